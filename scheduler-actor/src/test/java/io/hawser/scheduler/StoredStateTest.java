package io.hawser.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.hawser.cluster.protocol.FeedProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol.Command;
import io.hawser.cluster.state.ClusterState;
import io.hawser.scheduler.core.Samples;
import io.hawser.scheduler.core.placement.PlacementSettings;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.persistence.testkit.javadsl.SnapshotTestKit;
import org.junit.jupiter.api.Test;

/** A scheduler that begins from a snapshot of the one before. */
class StoredStateTest extends SchedulerFixture {
  @Test
  void theStateSurvivesASnapshotAndTheEventsAfterIt() {
    ActorRef<Command> first = kit.spawn(SchedulerActor.create("n1"));
    first.tell(new SchedulerProtocol.RegisterNode(info, List.of(), 0, node.ref()));
    for (int i = 0; i < 14; i++) {
      first.tell(
          new SchedulerProtocol.Submit(
              Samples.create("web" + i, Samples.spec(40, "v1")), answers.ref()));
      accepted();
    }
    TestProbe<FeedProtocol.Message> replica = kit.createTestProbe();
    first.tell(new SchedulerProtocol.Subscribe(0, replica.ref(), true));
    ClusterState before = snapshot(replica);
    assertThat(before.revision()).isGreaterThan(SchedulerSettings.SNAPSHOT_EVERY_EVENTS);
    stop(first);

    ActorRef<Command> second = kit.spawn(SchedulerActor.create("n2"));
    TestProbe<FeedProtocol.Message> again = kit.createTestProbe();
    second.tell(new SchedulerProtocol.Subscribe(0, again.ref(), true));

    ClusterState after = snapshot(again);
    assertThat(after.pods()).isEqualTo(before.pods());
    assertThat(after.loads()).isEqualTo(before.loads());
    assertThat(after.deployments()).isEqualTo(before.deployments());
  }

  @Test
  void twoSnapshotsAndTheEventsSinceTheOlderOneAreKept() {
    ActorRef<Command> first = kit.spawn(SchedulerActor.create("n1", everyEvents(20)));
    first.tell(new SchedulerProtocol.RegisterNode(info, List.of(), 0, node.ref()));
    SnapshotTestKit snapshots = SnapshotTestKit.create(kit.system());
    List<Long> stored = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      long before = stored.isEmpty() ? 0 : stored.get(stored.size() - 1);
      first.tell(
          new SchedulerProtocol.Submit(
              Samples.create("web" + i, Samples.spec(20, "v1")), answers.ref()));
      accepted();
      await()
          .atMost(PATIENCE)
          .until(() -> newestSnapshot(snapshots).filter(n -> n > before).isPresent());
      stored.add(newestSnapshot(snapshots).orElseThrow());
    }

    // The last deletions come after the last snapshot.
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              assertThat(snapshots.persistedInStorage(ID)).hasSizeLessThanOrEqualTo(2);
              assertThat(journal.persistedInStorage(ID)).hasSizeLessThan(stored.get(4).intValue());
            });
    ClusterState before = stateOf(first);
    stop(first);

    ClusterState after = stateOf(kit.spawn(SchedulerActor.create("n2", everyEvents(20))));
    assertThat(after.pods()).isEqualTo(before.pods());
    assertThat(after.deployments()).isEqualTo(before.deployments());
  }

  private static SchedulerSettings everyEvents(int events) {
    return new SchedulerSettings(
        "",
        "",
        Clock.systemUTC(),
        PlacementSettings.DEFAULT,
        Duration.ofHours(1),
        0,
        events,
        Long.MAX_VALUE);
  }

  private static Optional<Long> newestSnapshot(SnapshotTestKit snapshots) {
    return snapshots.persistedInStorage(ID).stream()
        .map(stored -> stored.first().sequenceNr())
        .max(Long::compare);
  }

  private ClusterState stateOf(ActorRef<Command> scheduler) {
    TestProbe<FeedProtocol.Message> replica = kit.createTestProbe();
    scheduler.tell(new SchedulerProtocol.Subscribe(0, replica.ref(), true));
    return snapshot(replica);
  }
}
