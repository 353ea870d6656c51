package io.hawser.cluster.replica;

import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.EventText;
import io.hawser.cluster.state.SchedulerEvent;
import java.time.Duration;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * What the gateway, the entities and the drills of one JVM say to that JVM's ReplicaActor, which
 * folds the scheduler's feed. Never crosses nodes.
 */
public final class ReplicaProtocol {
  private ReplicaProtocol() {}

  public interface Command {}

  /** The present state, at once. */
  public record GetState(ActorRef<View> replyTo) implements Command {}

  /**
   * The state once it has reached a revision, or the present one after the time-out: the asker
   * compares {@code view.state().revision()}.
   */
  public record AwaitRevision(long revision, Duration timeout, ActorRef<View> replyTo)
      implements Command {}

  /**
   * Every change after {@code fromRevision}, in order, until {@link Unwatch} or the watcher's end.
   * Changes are kept for {@link #MAX_CHANGES}; older: {@link Expired}.
   */
  public record Watch(long fromRevision, ActorRef<WatchMessage> watcher) implements Command {}

  public record Unwatch(ActorRef<WatchMessage> watcher) implements Command {}

  /**
   * @param connected false: the scheduler has not been heard of for three seconds, and the state
   *     may be old; or what it has told so far is no state yet
   */
  public record View(ClusterState state, boolean connected) {
    /**
     * False until the state has come for the first time: a scheduler's start is an event itself.
     */
    public boolean isKnown() {
      return state.revision() > 0;
    }
  }

  public interface WatchMessage {}

  /** One event with the states around it. */
  public record Change(ClusterState before, SchedulerEvent event, ClusterState after)
      implements WatchMessage {

    /** Of what the change replaced or removed, which only the states before it have. */
    public long pastChars() {
      return EventText.chars(event) + before.chars() - after.chars();
    }
  }

  /** Nothing new up to this revision; about once a second. */
  public record Bookmark(long revision) implements WatchMessage {}

  /** The wanted revision is no longer at hand (or the replica took a new snapshot): list again. */
  public record Expired(long oldestRevision) implements WatchMessage {}

  /** How many changes a replica keeps for late watchers. */
  public static final int MAX_CHANGES = 4_096;

  /** What those may keep of objects that are not so any more, in characters. */
  public static final long MAX_CHANGES_CHARS = Runtime.getRuntime().maxMemory() / 40;
}
