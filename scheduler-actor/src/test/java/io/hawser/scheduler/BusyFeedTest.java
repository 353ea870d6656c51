package io.hawser.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.protocol.FeedProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol.Command;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A replica asks a scheduler that never rests, and whose state takes long to be written down. */
class BusyFeedTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  /** More than the ring has, while one state is written down. */
  private static final int EVENTS_MEANWHILE = 3 * RecentEvents.RING_EVENTS;

  private record Happens(List<SchedulerEvent> events) implements Command {}

  private record Second() implements Command {}

  private final ActorTestKit kit = ActorTestKit.create();
  private final AtomicInteger writings = new AtomicInteger();
  private final CountDownLatch writing = new CountDownLatch(1);
  private final CountDownLatch mayEnd = new CountDownLatch(1);

  @AfterEach
  void stop() {
    mayEnd.countDown();
    kit.shutdownTestKit();
  }

  @Test
  void oneWritingIsEnoughWhateverHappensMeanwhile() throws InterruptedException {
    ActorRef<Command> scheduler = kit.spawn(scheduler());
    TestProbe<FeedProtocol.Message> replica = kit.createTestProbe();
    happen(scheduler, 10);

    scheduler.tell(new SchedulerProtocol.Subscribe(0, replica.ref(), true));
    assertThat(writing.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    happen(scheduler, EVENTS_MEANWHILE);
    mayEnd.countDown();

    FeedProtocol.SnapshotPart part = SchedulerFixture.nextPart(replica);
    assertThat(part.revision()).isEqualTo(10);
    assertThat(followed(replica, part.revision())).isEqualTo(10 + EVENTS_MEANWHILE);
    assertThat(writings).hasValue(1);
  }

  @Test
  void whoWaitsForAStateHearsEachSecondThatItComes() {
    ActorRef<Command> scheduler = kit.spawn(scheduler());
    happen(scheduler, 10);
    TestProbe<FeedProtocol.Message> replica = kit.createTestProbe();

    scheduler.tell(new SchedulerProtocol.Subscribe(0, replica.ref(), true));
    replica.expectMessage(PATIENCE, FeedProtocol.KeepAlive.whileAStateComes(0));
    scheduler.tell(new Second());
    replica.expectMessage(PATIENCE, FeedProtocol.KeepAlive.whileAStateComes(1));

    mayEnd.countDown();
    replica.expectMessageClass(FeedProtocol.SnapshotPart.class, PATIENCE);
    replica.expectMessage(PATIENCE, new FeedProtocol.KeepAlive(0, 10));
    scheduler.tell(new Second());
    replica.expectMessage(PATIENCE, new FeedProtocol.KeepAlive(1, 10));
  }

  @Test
  void whoLostSomeOfWhatCameAfterwardsGetsItWithoutAnotherWriting() {
    mayEnd.countDown();
    ActorRef<Command> scheduler = kit.spawn(scheduler());
    TestProbe<FeedProtocol.Message> replica = kit.createTestProbe();
    happen(scheduler, 10);
    scheduler.tell(new SchedulerProtocol.Subscribe(0, replica.ref(), true));
    SchedulerFixture.nextPart(replica);

    happen(scheduler, EVENTS_MEANWHILE);
    TestProbe<FeedProtocol.Message> later = kit.createTestProbe();
    scheduler.tell(new SchedulerProtocol.Subscribe(10, later.ref(), true));

    assertThat(followed(later, 10)).isEqualTo(10 + EVENTS_MEANWHILE);
    assertThat(writings).hasValue(1);
  }

  @Test
  void nothingIsHeldForAReplicaThatHadItsTime() {
    mayEnd.countDown();
    ActorRef<Command> scheduler = kit.spawn(scheduler());
    TestProbe<FeedProtocol.Message> replica = kit.createTestProbe();
    happen(scheduler, 10);
    scheduler.tell(new SchedulerProtocol.Subscribe(0, replica.ref(), true));
    SchedulerFixture.nextPart(replica);
    happen(scheduler, EVENTS_MEANWHILE);

    for (int i = 0; i < HeldRevisions.TICKS_AFTERWARDS; i++) {
      scheduler.tell(new Second());
    }
    TestProbe<FeedProtocol.Message> later = kit.createTestProbe();
    scheduler.tell(new SchedulerProtocol.Subscribe(10, later.ref(), true));

    assertThat(SchedulerFixture.nextPart(later).revision()).isEqualTo(10 + EVENTS_MEANWHILE);
  }

  /** What of {@link SchedulerActor} has to do with replicas. */
  private Behavior<Command> scheduler() {
    return Behaviors.setup(
        context -> {
          Replicas replicas = new Replicas(context, (snapshot, packed) -> writeSlowly());
          ClusterState[] state = {ClusterState.EMPTY};
          replicas.begin(state[0]);
          return Behaviors.receive(Command.class)
              .onMessage(
                  Happens.class,
                  m -> {
                    for (SchedulerEvent event : m.events()) {
                      state[0] = state[0].evolve(event);
                    }
                    replicas.publish(1, m.events());
                    return Behaviors.same();
                  })
              .onMessage(
                  Second.class,
                  m -> {
                    replicas.keepAlive(1);
                    return Behaviors.same();
                  })
              .onMessage(
                  SchedulerProtocol.Subscribe.class,
                  m -> {
                    replicas.subscribe(state[0], m);
                    return Behaviors.same();
                  })
              .onMessage(
                  Replicas.SnapshotReady.class,
                  m -> {
                    replicas.onPrepared(state[0], m);
                    return Behaviors.same();
                  })
              .onMessage(
                  Replicas.SnapshotFailed.class,
                  m -> {
                    replicas.onFailed(m);
                    return Behaviors.same();
                  })
              .build();
        });
  }

  private byte[] writeSlowly() {
    writings.incrementAndGet();
    writing.countDown();
    try {
      assertThat(mayEnd.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return new byte[] {1};
  }

  private static void happen(ActorRef<Command> scheduler, int events) {
    List<SchedulerEvent> all = new ArrayList<>();
    for (int i = 0; i < events; i++) {
      all.add(new SchedulerEvent.NodeRemoved("n" + i, NOW));
    }
    scheduler.tell(new Happens(all));
  }

  /** The last revision heard of, each in its turn. */
  private static long followed(TestProbe<FeedProtocol.Message> replica, long from) {
    long revision = from;
    while (true) {
      FeedProtocol.Message message = replica.receiveMessage(PATIENCE);
      if (message instanceof FeedProtocol.EventBatch batch) {
        assertThat(batch.firstRevision()).isEqualTo(revision + 1);
        revision += batch.events().size();
      } else if (message instanceof FeedProtocol.KeepAlive alive) {
        assertThat(alive.revision()).isEqualTo(revision);
        return revision;
      }
    }
  }
}
