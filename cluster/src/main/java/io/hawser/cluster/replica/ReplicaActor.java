package io.hawser.cluster.replica;

import io.hawser.cluster.protocol.FeedProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.cluster.replica.ReplicaProtocol.AwaitRevision;
import io.hawser.cluster.replica.ReplicaProtocol.Bookmark;
import io.hawser.cluster.replica.ReplicaProtocol.Change;
import io.hawser.cluster.replica.ReplicaProtocol.Expired;
import io.hawser.cluster.replica.ReplicaProtocol.GetState;
import io.hawser.cluster.replica.ReplicaProtocol.Unwatch;
import io.hawser.cluster.replica.ReplicaProtocol.View;
import io.hawser.cluster.replica.ReplicaProtocol.Watch;
import io.hawser.cluster.replica.ReplicaProtocol.WatchMessage;
import io.hawser.cluster.state.ClusterSnapshot;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.StashBuffer;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.serialization.SerializationExtension;

/**
 * The cluster's state as this JVM sees it, folded from the scheduler's feed. The gateway, the
 * entities and the drills of the same JVM read it.
 */
public final class ReplicaActor extends AbstractBehavior<ReplicaProtocol.Command> {
  /** Without a word from the scheduler for so long, the replica subscribes again at each tick. */
  static final Duration SILENCE = Duration.ofSeconds(3);

  /** How often watchers get a bookmark and the feed's silence is looked at. */
  static final Duration TICK = Duration.ofSeconds(1);

  /**
   * A revision that is waited for for so long was made by a scheduler that does not know of this
   * replica, so the replica subscribes again: after a move nobody waits until the silence is
   * noticed.
   */
  static final Duration LAG = Duration.ofMillis(250);

  /** Most askers that wait for a revision at a time; one more gets the present state at once. */
  static final int MAX_WAITERS = 10_000;

  /**
   * Most messages of the feed that wait until a snapshot is read; what is beyond is a gap later on,
   * and asked for again.
   */
  static final int MAX_STASHED = 10_000;

  private record FromFeed(FeedProtocol.Message message) implements ReplicaProtocol.Command {}

  private record Tick() implements ReplicaProtocol.Command {}

  private record SnapshotRead(ClusterState read) implements ReplicaProtocol.Command {}

  private record SnapshotUnreadable(Throwable cause) implements ReplicaProtocol.Command {}

  private record WaitEnded(AwaitRevision waiter) implements ReplicaProtocol.Command {}

  private record Lagging() implements ReplicaProtocol.Command {}

  private final ActorRef<SchedulerProtocol.Command> scheduler;
  private final TimerScheduler<ReplicaProtocol.Command> timers;
  private final StashBuffer<ReplicaProtocol.Command> stash;
  private final ActorRef<FeedProtocol.Message> feed;
  private final SnapshotAssembly assembly = new SnapshotAssembly();
  private final ArrayDeque<Change> changes = new ArrayDeque<>();
  private final Map<ActorRef<WatchMessage>, Long> watchers = new HashMap<>();
  private final List<AwaitRevision> waiters = new ArrayList<>();
  private long pastChars;
  private ClusterState state = ClusterState.EMPTY;
  private long epoch;
  private boolean connected;
  private boolean reading;
  private boolean resubscribed;
  private long silentTicks;

  /** Above 0: the scheduler said lately that it writes a state down for this replica. */
  private long stateComesTicks;

  /**
   * @param scheduler the singleton's proxy
   */
  public static Behavior<ReplicaProtocol.Command> create(
      ActorRef<SchedulerProtocol.Command> scheduler) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers ->
                    Behaviors.withStash(
                        MAX_STASHED,
                        stash -> new ReplicaActor(context, timers, stash, scheduler))));
  }

  private ReplicaActor(
      ActorContext<ReplicaProtocol.Command> context,
      TimerScheduler<ReplicaProtocol.Command> timers,
      StashBuffer<ReplicaProtocol.Command> stash,
      ActorRef<SchedulerProtocol.Command> scheduler) {
    super(context);
    this.stash = stash;
    this.scheduler = scheduler;
    this.timers = timers;
    this.feed = context.messageAdapter(FeedProtocol.Message.class, FromFeed::new);
    timers.startTimerWithFixedDelay(new Tick(), TICK);
    subscribe();
  }

  @Override
  public Receive<ReplicaProtocol.Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(GetState.class, this::onGetState)
        .onMessage(AwaitRevision.class, this::onAwaitRevision)
        .onMessage(Watch.class, this::onWatch)
        .onMessage(Unwatch.class, this::onUnwatch)
        .onMessage(FromFeed.class, this::onFeed)
        .onMessage(Tick.class, this::onTick)
        .onMessage(SnapshotRead.class, this::onSnapshotRead)
        .onMessage(SnapshotUnreadable.class, this::onSnapshotUnreadable)
        .onMessage(WaitEnded.class, this::onWaitEnded)
        .onMessage(Lagging.class, this::onLagging)
        .onSignal(PostStop.class, this::onStop)
        .build();
  }

  private Behavior<ReplicaProtocol.Command> onGetState(GetState ask) {
    ask.replyTo().tell(view());
    return this;
  }

  private Behavior<ReplicaProtocol.Command> onAwaitRevision(AwaitRevision ask) {
    if (state.revision() >= ask.revision() || waiters.size() >= MAX_WAITERS) {
      ask.replyTo().tell(view());
    } else {
      waiters.add(ask);
      timers.startSingleTimer(ask, new WaitEnded(ask), ask.timeout());
      if (!timers.isTimerActive(Lagging.class)) {
        timers.startSingleTimer(Lagging.class, new Lagging(), LAG);
      }
    }
    return this;
  }

  /** What is waited for is known to a scheduler of which this replica has not heard yet. */
  private Behavior<ReplicaProtocol.Command> onLagging(Lagging lagging) {
    if (!waiters.isEmpty() && !reading && !assembly.isUnderWay()) {
      subscribeOnce();
    }
    return this;
  }

  private Behavior<ReplicaProtocol.Command> onWaitEnded(WaitEnded ended) {
    if (waiters.remove(ended.waiter())) {
      ended.waiter().replyTo().tell(view());
    }
    return this;
  }

  private Behavior<ReplicaProtocol.Command> onWatch(Watch ask) {
    long oldest = changes.isEmpty() ? state.revision() : changes.peek().before().revision();
    if (ask.fromRevision() < oldest) {
      ask.watcher().tell(new Expired(oldest));
      return this;
    }
    changes.stream()
        .filter(change -> change.after().revision() > ask.fromRevision())
        .forEach(ask.watcher()::tell);
    if (!watchers.containsKey(ask.watcher())) {
      getContext().watchWith(ask.watcher(), new Unwatch(ask.watcher()));
    }
    watchers.put(ask.watcher(), ask.fromRevision());
    return this;
  }

  private Behavior<ReplicaProtocol.Command> onUnwatch(Unwatch ask) {
    if (watchers.remove(ask.watcher()) != null) {
      getContext().unwatch(ask.watcher());
    }
    return this;
  }

  private Behavior<ReplicaProtocol.Command> onFeed(FromFeed wrapped) {
    if (reading) {
      silentTicks = 0;
      if (!stash.isFull()) {
        stash.stash(wrapped);
      }
      return this;
    }
    FeedProtocol.Message message = wrapped.message();
    if (message instanceof FeedProtocol.EventBatch batch && isCurrent(batch.epoch())) {
      onEvents(batch);
    } else if (message instanceof FeedProtocol.KeepAlive alive && alive.isOfComingState()) {
      onStateComes(alive.epoch());
    } else if (message instanceof FeedProtocol.KeepAlive alive && isCurrent(alive.epoch())) {
      if (alive.revision() > state.revision()) {
        subscribeOnce();
      }
    } else if (message instanceof FeedProtocol.SnapshotPart part && isCurrent(part.epoch())) {
      // What is missing afterwards got lost.
      stateComesTicks = 0;
      assembly.add(part).ifPresent(bytes -> read(bytes, part.packed()));
    }
    return this;
  }

  /** What this replica has is no newer for it: it is not connected by that. */
  private void onStateComes(long messageEpoch) {
    if (messageEpoch >= epoch) {
      epoch = messageEpoch;
      silentTicks = 0;
      stateComesTicks = SILENCE.toSeconds();
    }
  }

  /** A scheduler of an older epoch has been replaced: what it still says does not count. */
  private boolean isCurrent(long messageEpoch) {
    if (messageEpoch < epoch) {
      return false;
    }
    epoch = messageEpoch;
    connected = true;
    silentTicks = 0;
    return true;
  }

  private void onEvents(FeedProtocol.EventBatch batch) {
    long skip = state.revision() + 1 - batch.firstRevision();
    if (skip < 0) {
      subscribeOnce();
      return;
    }
    resubscribed = false;
    batch.events().stream().skip(skip).forEach(this::fold);
    answerWaiters();
  }

  private void fold(SchedulerEvent event) {
    Change change = new Change(state, event, state.evolve(event));
    state = change.after();
    changes.add(change);
    pastChars += change.pastChars();
    while (changes.size() > ReplicaProtocol.MAX_CHANGES
        || pastChars > ReplicaProtocol.MAX_CHANGES_CHARS) {
      pastChars -= changes.remove().pastChars();
    }
    watchers.forEach(
        (watcher, from) -> {
          if (state.revision() > from) {
            watcher.tell(change);
          }
        });
  }

  /** Elsewhere: of a large state it takes seconds. What the feed says next waits for it. */
  private void read(byte[] bytes, boolean packed) {
    reading = true;
    Serialization serialization = SerializationExtension.get(getContext().getSystem());
    getContext()
        .pipeToSelf(
            CompletableFuture.supplyAsync(
                () ->
                    packed
                        ? PackedState.read(serialization, bytes)
                        : serialization.deserialize(bytes, ClusterSnapshot.class).get().toState(),
                getContext().getExecutionContext()),
            (read, failure) ->
                failure == null ? new SnapshotRead(read) : new SnapshotUnreadable(failure));
  }

  private Behavior<ReplicaProtocol.Command> onSnapshotUnreadable(SnapshotUnreadable unreadable) {
    getContext()
        .getLog()
        .error("The scheduler's state is unreadable and asked for again", unreadable.cause());
    reading = false;
    return stash.unstashAll(this);
  }

  private Behavior<ReplicaProtocol.Command> onSnapshotRead(SnapshotRead snapshot) {
    reading = false;
    resubscribed = false;
    if (snapshot.read().revision() > state.revision()) {
      replaceBy(snapshot.read());
    }
    return stash.unstashAll(this);
  }

  /** What lay between the old state and the snapshot is not known: watchers must list again. */
  private void replaceBy(ClusterState newer) {
    state = newer;
    changes.clear();
    pastChars = 0;
    watchers
        .keySet()
        .forEach(
            watcher -> {
              getContext().unwatch(watcher);
              watcher.tell(new Expired(state.revision()));
            });
    watchers.clear();
    answerWaiters();
  }

  private void answerWaiters() {
    for (Iterator<AwaitRevision> all = waiters.iterator(); all.hasNext(); ) {
      AwaitRevision waiter = all.next();
      if (state.revision() >= waiter.revision()) {
        all.remove();
        timers.cancel(waiter);
        waiter.replyTo().tell(view());
      }
    }
  }

  private Behavior<ReplicaProtocol.Command> onTick(Tick tick) {
    // Every second until somebody answers: what was sent to a scheduler that died is lost.
    if (++silentTicks > SILENCE.toSeconds()) {
      connected = false;
      subscribeUnlessReading();
    }
    stateComesTicks = Math.max(0, stateComesTicks - 1);
    // A subscription whose answer got lost is asked for again, at most once a tick.
    resubscribed = false;
    Bookmark bookmark = new Bookmark(state.revision());
    watchers.keySet().forEach(watcher -> watcher.tell(bookmark));
    return this;
  }

  /** With what it has by then it may need a few events instead of another state. */
  private void subscribeUnlessReading() {
    if (!reading) {
      subscribe();
    }
  }

  /** A gap shows in every batch that follows it: one new subscription is enough. */
  private void subscribeOnce() {
    if (!resubscribed && stateComesTicks == 0) {
      resubscribed = true;
      subscribe();
    }
  }

  private void subscribe() {
    scheduler.tell(new SchedulerProtocol.Subscribe(state.revision(), feed, true));
  }

  private Behavior<ReplicaProtocol.Command> onStop(PostStop signal) {
    scheduler.tell(new SchedulerProtocol.Unsubscribe(feed));
    return this;
  }

  /** A keep-alive or half a snapshot may come before the first state does. */
  private View view() {
    return new View(state, connected && state.revision() > 0);
  }
}
