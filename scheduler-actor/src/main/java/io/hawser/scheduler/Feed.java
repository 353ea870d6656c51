package io.hawser.scheduler;

import io.hawser.cluster.protocol.FeedProtocol;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.scheduler.core.ObjectWeight;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorRef;

/** Passes the durable events on to the replicas; the {@link RecentEvents} serve late comers. */
final class Feed {
  /** Most replicas; further ones are not heard, and ask again. */
  static final int MAX_SUBSCRIBERS = 1_024;

  /**
   * What one message may weigh, so that it stays below remoting's largest frame (2 MiB) even when
   * every template is as large as the core admits; see {@link #weight}.
   */
  private static final int MAX_BATCH_WEIGHT = 80;

  /** In templates: a deployment's event carries its spec and up to eleven revisions. */
  private static final int DEPLOYMENT_WEIGHT = 12;

  private final Set<ActorRef<FeedProtocol.Message>> subscribers = new LinkedHashSet<>();
  private final RecentEvents recent;

  /**
   * @param revision of the state that the first event to come will change
   */
  Feed(long revision) {
    recent = new RecentEvents(revision);
  }

  void publish(long epoch, List<SchedulerEvent> events) {
    long first = recent.revision() + 1;
    events.forEach(recent::add);
    List<FeedProtocol.EventBatch> batches = batches(epoch, first, events);
    for (ActorRef<FeedProtocol.Message> subscriber : subscribers) {
      batches.forEach(subscriber::tell);
    }
  }

  /** Whether everything after a revision is still here. */
  boolean covers(long revision) {
    return recent.covers(revision);
  }

  /** As {@link RecentEvents#hold}. */
  void hold(OptionalLong revision) {
    recent.hold(revision);
  }

  /**
   * Sends what happened after a revision that this {@link #covers}, and from then on everything.
   *
   * @return false: there are too many subscribers
   */
  boolean join(long epoch, long fromRevision, ActorRef<FeedProtocol.Message> subscriber) {
    if (subscribers.size() >= MAX_SUBSCRIBERS && !subscribers.contains(subscriber)) {
      return false;
    }
    subscribers.add(subscriber);
    batches(epoch, fromRevision + 1, recent.after(fromRevision)).forEach(subscriber::tell);
    subscriber.tell(new FeedProtocol.KeepAlive(epoch, recent.revision()));
    return true;
  }

  void leave(ActorRef<FeedProtocol.Message> subscriber) {
    subscribers.remove(subscriber);
  }

  void keepAlive(long epoch) {
    FeedProtocol.KeepAlive message = new FeedProtocol.KeepAlive(epoch, recent.revision());
    subscribers.forEach(s -> s.tell(message));
  }

  /** A whole state in pieces that fit into a message. */
  static List<FeedProtocol.SnapshotPart> parts(
      long epoch, long revision, byte[] bytes, boolean packed) {
    int size = FeedProtocol.MAX_PART_BYTES;
    int count = Math.max(1, (bytes.length + size - 1) / size);
    List<FeedProtocol.SnapshotPart> parts = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      byte[] piece = Arrays.copyOfRange(bytes, i * size, Math.min(bytes.length, (i + 1) * size));
      parts.add(new FeedProtocol.SnapshotPart(epoch, revision, i, count, piece, packed));
    }
    return parts;
  }

  private static List<FeedProtocol.EventBatch> batches(
      long epoch, long firstRevision, List<SchedulerEvent> events) {
    List<FeedProtocol.EventBatch> batches = new ArrayList<>();
    int from = 0;
    int weight = 0;
    for (int i = 0; i < events.size(); i++) {
      int more = weight(events.get(i));
      boolean full = i - from == FeedProtocol.MAX_BATCH_EVENTS || weight + more > MAX_BATCH_WEIGHT;
      if (full && i > from) {
        batches.add(batch(epoch, firstRevision, events, from, i));
        from = i;
        weight = 0;
      }
      weight += more;
    }
    if (from < events.size()) {
      batches.add(batch(epoch, firstRevision, events, from, events.size()));
    }
    return batches;
  }

  private static FeedProtocol.EventBatch batch(
      long epoch, long firstRevision, List<SchedulerEvent> events, int from, int to) {
    return new FeedProtocol.EventBatch(
        epoch, firstRevision + from, List.copyOf(events.subList(from, to)));
  }

  private static int weight(SchedulerEvent event) {
    if (event instanceof SchedulerEvent.DeploymentCreated
        || event instanceof SchedulerEvent.DeploymentChanged) {
      return DEPLOYMENT_WEIGHT;
    }
    if (event instanceof SchedulerEvent.ObjectCreated e) {
      return ObjectWeight.of(e.object());
    } else if (event instanceof SchedulerEvent.ObjectChanged e) {
      return ObjectWeight.of(e.object());
    }
    return event instanceof SchedulerEvent.PodCreated ? 1 : 0;
  }
}
