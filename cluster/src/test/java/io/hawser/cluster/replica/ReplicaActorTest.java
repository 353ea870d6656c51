package io.hawser.cluster.replica;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.hawser.cluster.ClusterConfig;
import io.hawser.cluster.protocol.FeedProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.cluster.replica.ReplicaProtocol.View;
import io.hawser.cluster.replica.ReplicaProtocol.WatchMessage;
import io.hawser.cluster.state.ClusterSnapshot;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.ConfigMap;
import io.hawser.model.Namespace;
import io.hawser.model.ObjectMeta;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.serialization.SerializationExtension;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReplicaActorTest {
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
  private static ActorTestKit kit;
  private static ManualTime time;

  private TestProbe<SchedulerProtocol.Command> scheduler;
  private TestProbe<View> views;
  private TestProbe<WatchMessage> watcher;
  private ActorRef<ReplicaProtocol.Command> replica;
  private ActorRef<FeedProtocol.Message> feed;

  @BeforeAll
  static void startSystem() {
    kit =
        ActorTestKit.create(
            "replica",
            ManualTime.config()
                .withFallback(
                    ClusterConfig.load(ConfigFactory.parseString("pekko.actor.provider = local"))));
    time = ManualTime.get(kit.system());
  }

  @AfterAll
  static void stopSystem() {
    kit.shutdownTestKit();
  }

  @BeforeEach
  void startReplica() {
    scheduler = kit.createTestProbe(SchedulerProtocol.Command.class);
    views = kit.createTestProbe(View.class);
    watcher = kit.createTestProbe(WatchMessage.class);
    replica = kit.spawn(ReplicaActor.create(scheduler.ref()));
    feed = expectSubscription(0);
  }

  @AfterEach
  void stopReplica() {
    kit.stop(replica);
  }

  @Test
  void eventsAreFoldedInOrder() {
    feedEvents(1, 1, "a", "b");
    feedEvents(1, 3, "c");
    assertThat(state().namespaces().keySet()).containsExactly("a", "b", "c");
    assertThat(state().revision()).isEqualTo(3);
  }

  @Test
  void eventsItHasAlreadyAreSkipped() {
    feedEvents(1, 1, "a", "b");
    feedEvents(1, 2, "b", "c");
    assertThat(state().revision()).isEqualTo(3);
    assertThat(state().namespaces().keySet()).containsExactly("a", "b", "c");
  }

  @Test
  void aGapMakesItSubscribeAgainOnceFromWhatItHas() {
    feedEvents(1, 1, "a");
    feedEvents(1, 3, "c");
    feedEvents(1, 4, "d");
    expectSubscription(1);
    scheduler.expectNoMessage(Duration.ofMillis(50));
    feedEvents(1, 2, "b", "c", "d");
    assertThat(state().revision()).isEqualTo(4);
  }

  @Test
  void aKeepAliveAheadOfItMakesItSubscribeAgain() {
    feedEvents(1, 1, "a");
    feed.tell(new FeedProtocol.KeepAlive(1, 5));
    expectSubscription(1);
  }

  @Test
  void threeSilentSecondsDisconnectItUntilTheSchedulerSpeaksAgain() {
    feedEvents(1, 1, "a");
    assertThat(view().connected()).isTrue();
    time.timePasses(Duration.ofSeconds(4));
    expectSubscription(1);
    assertThat(view().connected()).isFalse();
    feed.tell(new FeedProtocol.KeepAlive(1, 1));
    assertThat(view().connected()).isTrue();
  }

  @Test
  void aLostSubscriptionIsRepeatedEverySecondWhileNobodyAnswers() {
    time.timePasses(Duration.ofSeconds(4));
    expectSubscription(0);
    time.timePasses(Duration.ofSeconds(1));
    expectSubscription(0);
    feedEvents(2, 1, "a");
    assertThat(view().connected()).isTrue();
    time.timePasses(Duration.ofSeconds(1));
    scheduler.expectNoMessage(Duration.ofMillis(50));
  }

  @Test
  void nothingIsKnownBeforeTheFirstStateHasCome() {
    feed.tell(new FeedProtocol.KeepAlive(1, 7));
    assertThat(view().connected()).isFalse();
    assertThat(view().isKnown()).isFalse();
    feedEvents(1, 1, "a");
    assertThat(view().connected()).isTrue();
    assertThat(view().isKnown()).isTrue();
  }

  @Test
  void keepAlivesKeepItConnected() {
    feedEvents(1, 1, "a");
    for (int second = 0; second < 10; second++) {
      feed.tell(new FeedProtocol.KeepAlive(1, 1));
      assertThat(view().connected()).isTrue();
      time.timePasses(Duration.ofSeconds(1));
    }
    scheduler.expectNoMessage(Duration.ofMillis(50));
  }

  @Test
  void aReplacedSchedulerIsNotHeard() {
    feedEvents(2, 1, "a");
    feedEvents(1, 2, "stale");
    assertThat(state().namespaces().keySet()).containsExactly("a");
  }

  @Test
  void aSnapshotInPartsReplacesTheStateAndExpiresWatches() {
    feedEvents(1, 1, "a");
    replica.tell(new ReplicaProtocol.Watch(1, watcher.ref()));
    ClusterState far = ClusterState.EMPTY;
    for (int i = 0; i < 50; i++) {
      far = far.evolve(created("ns-" + i));
    }
    feedSnapshot(far, 100, true);
    assertThat(watcher.expectMessageClass(ReplicaProtocol.Expired.class).oldestRevision())
        .isEqualTo(50);
    assertThat(state()).isEqualTo(far);
    feedEvents(1, 51, "next");
    assertThat(reached(51).revision()).isEqualTo(51);
    watcher.expectNoMessage(Duration.ofMillis(50));
  }

  @Test
  void anOlderSnapshotIsIgnored() {
    feedEvents(1, 1, "a", "b");
    feedSnapshot(ClusterState.EMPTY.evolve(created("a")), 1_000, true);
    feedEvents(1, 3, "c");
    assertThat(reached(3).namespaces().keySet()).containsExactly("a", "b", "c");
  }

  @Test
  void aSnapshotOfAnEarlierSchedulerIsRead() {
    feedSnapshot(ClusterState.EMPTY.evolve(created("a")), 100, false);
    assertThat(reached(1).namespaces().keySet()).containsExactly("a");
  }

  @Test
  void whatHappensWhileASnapshotIsReadIsNotLost() {
    feedSnapshot(ClusterState.EMPTY.evolve(created("a")), 1_000, true);
    feedEvents(1, 2, "b");
    feedEvents(1, 3, "c");
    assertThat(reached(3).namespaces().keySet()).containsExactly("a", "b", "c");
    scheduler.expectNoMessage(Duration.ofMillis(50));
  }

  @Test
  void anUnreadableSnapshotIsAskedForAgain() {
    feed.tell(new FeedProtocol.SnapshotPart(1, 5, 0, 1, new byte[] {9}, true));
    feed.tell(new FeedProtocol.KeepAlive(1, 5));
    expectSubscription(0);
  }

  @Test
  void whileAStateIsWrittenDownForItItAsksForNoOther() {
    for (int second = 0; second < 10; second++) {
      feed.tell(FeedProtocol.KeepAlive.whileAStateComes(1));
      replica.tell(new ReplicaProtocol.AwaitRevision(1, Duration.ofSeconds(30), views.ref()));
      feed.tell(new FeedProtocol.EventBatch(1, 7, List.of(created("later"))));
      assertThat(view().isKnown()).isFalse();
      time.timePasses(Duration.ofSeconds(1));
    }
    scheduler.expectNoMessage(Duration.ofMillis(50));
  }

  @Test
  void aStateThatDoesNotComeIsAskedForAgain() {
    feed.tell(FeedProtocol.KeepAlive.whileAStateComes(1));
    assertThat(view().connected()).isFalse();
    time.timePasses(Duration.ofSeconds(4));
    expectSubscription(0);
  }

  @Test
  void whoeverWaitsForARevisionGetsItFromTheStateThatIsOnItsWay() {
    ClusterState state = ClusterState.EMPTY.evolve(created("a"));
    feed.tell(parts(state, 100, true).get(0));
    replica.tell(new ReplicaProtocol.AwaitRevision(1, Duration.ofSeconds(30), views.ref()));
    time.timePasses(ReplicaActor.LAG);
    scheduler.expectNoMessage(Duration.ofMillis(50));

    parts(state, 100, true).stream().skip(1).forEach(feed::tell);
    assertThat(views.receiveMessage().state()).isEqualTo(state);
  }

  @Test
  void aStateOfWhichAPartWasLostIsAskedForAgain() {
    ClusterState state = ClusterState.EMPTY.evolve(created("a"));
    feed.tell(FeedProtocol.KeepAlive.whileAStateComes(1));
    parts(state, 100, true).stream().skip(1).forEach(feed::tell);
    scheduler.expectNoMessage(Duration.ofMillis(50));
    feed.tell(new FeedProtocol.KeepAlive(1, 1));
    expectSubscription(0);
  }

  @Test
  void theLargestSnapshotIsOneThatItTakes() {
    SnapshotAssembly assembly = new SnapshotAssembly();
    int parts = FeedProtocol.MAX_SNAPSHOT_BYTES / FeedProtocol.MAX_PART_BYTES;
    for (int i = 0; i < parts - 1; i++) {
      assertThat(assembly.add(part(i, parts))).isEmpty();
    }
    assertThat(assembly.add(part(parts - 1, parts))).hasValueSatisfying(a -> {});
    assertThat(assembly.add(part(0, SnapshotAssembly.MAX_PARTS + 1))).isEmpty();
  }

  private static FeedProtocol.SnapshotPart part(int part, int parts) {
    return new FeedProtocol.SnapshotPart(1, 1, part, parts, new byte[1], true);
  }

  @Test
  void aWaiterIsAnsweredWhenItsRevisionIsReached() {
    replica.tell(new ReplicaProtocol.AwaitRevision(2, Duration.ofSeconds(5), views.ref()));
    feedEvents(1, 1, "a");
    views.expectNoMessage(Duration.ofMillis(50));
    feedEvents(1, 2, "b");
    assertThat(views.receiveMessage().state().revision()).isEqualTo(2);
  }

  @Test
  void aRevisionThatDoesNotComeIsAskedForWithWhoeverIsTheSchedulerNow() {
    feedEvents(1, 1, "a");
    replica.tell(new ReplicaProtocol.AwaitRevision(2, Duration.ofSeconds(5), views.ref()));
    scheduler.expectNoMessage(Duration.ofMillis(50));
    time.timePasses(ReplicaActor.LAG);
    assertThat(scheduler.expectMessageClass(SchedulerProtocol.Subscribe.class).fromRevision())
        .isEqualTo(1);
  }

  @Test
  void aWaiterGetsThePresentStateAfterItsTimeout() {
    replica.tell(new ReplicaProtocol.AwaitRevision(9, Duration.ofMillis(500), views.ref()));
    assertThat(state().revision()).isZero();
    time.timePasses(Duration.ofMillis(500));
    assertThat(views.receiveMessage().state().revision()).isZero();
  }

  @Test
  void aWatchGetsWhatItMissedAndEverythingNew() {
    feedEvents(1, 1, "a", "b");
    replica.tell(new ReplicaProtocol.Watch(1, watcher.ref()));
    feedEvents(1, 3, "c");
    assertThat(watcher.expectMessageClass(ReplicaProtocol.Change.class).after().revision())
        .isEqualTo(2);
    assertThat(watcher.expectMessageClass(ReplicaProtocol.Change.class).after().revision())
        .isEqualTo(3);
    time.timePasses(Duration.ofSeconds(1));
    assertThat(watcher.expectMessageClass(ReplicaProtocol.Bookmark.class).revision()).isEqualTo(3);
    replica.tell(new ReplicaProtocol.Unwatch(watcher.ref()));
    feedEvents(1, 4, "d");
    watcher.expectNoMessage(Duration.ofMillis(50));
  }

  @Test
  void aWatchFromAheadOfTheReplicaSkipsWhatItsClientHasSeen() {
    replica.tell(new ReplicaProtocol.Watch(2, watcher.ref()));
    feedEvents(1, 1, "a", "b", "c");
    assertThat(watcher.expectMessageClass(ReplicaProtocol.Change.class).after().revision())
        .isEqualTo(3);
  }

  @Test
  void aWatchOlderThanTheKeptChangesHasExpired() {
    String[] names =
        LongStream.rangeClosed(0, ReplicaProtocol.MAX_CHANGES)
            .mapToObj(i -> "n" + i)
            .toArray(String[]::new);
    feedEvents(1, 1, names);
    replica.tell(new ReplicaProtocol.Watch(0, watcher.ref()));
    assertThat(watcher.expectMessageClass(ReplicaProtocol.Expired.class).oldestRevision())
        .isEqualTo(1);
    replica.tell(new ReplicaProtocol.Watch(1, watcher.ref()));
    watcher.expectMessageClass(ReplicaProtocol.Change.class);
  }

  /** A map of a megabyte that is changed again and again would fill the heap with its past. */
  @Test
  void longChangesExpireSooner() {
    int chars = 1 << 20;
    long kept = ReplicaProtocol.MAX_CHANGES_CHARS / chars;
    for (long revision = 1; revision <= 2 * kept; revision++) {
      feed.tell(new FeedProtocol.EventBatch(1, revision, List.of(changed(chars))));
    }
    replica.tell(new ReplicaProtocol.Watch(kept / 2, watcher.ref()));
    assertThat(watcher.expectMessageClass(ReplicaProtocol.Expired.class).oldestRevision())
        .isBetween(kept - 1, kept + 2);
    replica.tell(new ReplicaProtocol.Watch(2 * kept - 1, watcher.ref()));
    assertThat(watcher.expectMessageClass(ReplicaProtocol.Change.class).after().revision())
        .isEqualTo(2 * kept);
  }

  private static SchedulerEvent changed(int chars) {
    ObjectMeta meta = new ObjectMeta("default", "m", "", 0, 0, Instant.EPOCH, Map.of(), Map.of());
    return new SchedulerEvent.ObjectChanged(
        new ConfigMap(meta, Map.of("data", "x".repeat(chars)), Map.of(), false), Instant.EPOCH);
  }

  @Test
  void itUnsubscribesWhenItStops() {
    kit.stop(replica);
    assertThat(scheduler.expectMessageClass(SchedulerProtocol.Unsubscribe.class).subscriber())
        .isEqualTo(feed);
  }

  private ActorRef<FeedProtocol.Message> expectSubscription(long from) {
    SchedulerProtocol.Subscribe ask =
        scheduler.expectMessageClass(SchedulerProtocol.Subscribe.class);
    assertThat(ask.fromRevision()).isEqualTo(from);
    return ask.subscriber();
  }

  private View view() {
    replica.tell(new ReplicaProtocol.GetState(views.ref()));
    return views.receiveMessage();
  }

  /** Once a snapshot was read. */
  private ClusterState reached(long revision) {
    replica.tell(new ReplicaProtocol.AwaitRevision(revision, Duration.ofSeconds(5), views.ref()));
    return views.receiveMessage().state();
  }

  private ClusterState state() {
    return view().state();
  }

  private void feedEvents(long epoch, long firstRevision, String... namespaces) {
    List<SchedulerEvent> events = Arrays.stream(namespaces).map(ReplicaActorTest::created).toList();
    feed.tell(new FeedProtocol.EventBatch(epoch, firstRevision, events));
  }

  /** The last part first: parts may come in any order. */
  private void feedSnapshot(ClusterState state, int partBytes, boolean packed) {
    List<FeedProtocol.SnapshotPart> parts = new ArrayList<>(parts(state, partBytes, packed));
    Collections.reverse(parts);
    parts.forEach(feed::tell);
  }

  private static List<FeedProtocol.SnapshotPart> parts(
      ClusterState state, int partBytes, boolean packed) {
    Serialization serialization = SerializationExtension.get(kit.system());
    ClusterSnapshot snapshot = ClusterSnapshot.of(state);
    byte[] whole =
        packed
            ? PackedState.write(serialization, snapshot)
            : serialization.serialize(snapshot).get();
    int count = (whole.length + partBytes - 1) / partBytes;
    List<FeedProtocol.SnapshotPart> parts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] part =
          Arrays.copyOfRange(whole, i * partBytes, Math.min(whole.length, (i + 1) * partBytes));
      parts.add(new FeedProtocol.SnapshotPart(1, state.revision(), i, count, part, packed));
    }
    return parts;
  }

  private static SchedulerEvent created(String name) {
    return new SchedulerEvent.NamespaceCreated(
        new Namespace(new ObjectMeta("", name, "uid-" + name, 1, 0, NOON, Map.of(), Map.of())),
        NOON);
  }
}
