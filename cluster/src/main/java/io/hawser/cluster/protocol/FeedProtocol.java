package io.hawser.cluster.protocol;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.hawser.cluster.ClusterMessage;
import io.hawser.cluster.state.SchedulerEvent;
import java.util.List;

/** The scheduler's durable events on their way to replicas. */
public final class FeedProtocol {
  /**
   * Largest piece of a snapshot in bytes. Below remoting's largest frame; and all the pieces of the
   * largest snapshot fit into remoting's queue (3,072 messages), which drops what is too much.
   */
  public static final int MAX_PART_BYTES = 512 * 1024;

  /** Largest snapshot, as much as the store keeps of one (limits.snapshot-bytes). */
  public static final int MAX_SNAPSHOT_BYTES = 1 << 30;

  /** Most events in one message. */
  public static final int MAX_BATCH_EVENTS = 200;

  private FeedProtocol() {}

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = SnapshotPart.class, name = "snapshot-part"),
    @JsonSubTypes.Type(value = EventBatch.class, name = "event-batch"),
    @JsonSubTypes.Type(value = KeepAlive.class, name = "keep-alive"),
  })
  public interface Message extends ClusterMessage {}

  /**
   * A piece of a whole state.
   *
   * @param part from 0 to {@code parts - 1}
   * @param bytes of the {@code ClusterSnapshot} in CBOR, or of a {@code PackedState}
   * @param packed the latter; an earlier version's never is
   */
  public record SnapshotPart(
      long epoch, long revision, int part, int parts, byte[] bytes, boolean packed)
      implements Message {}

  /**
   * Events with the sequence numbers {@code firstRevision}, {@code firstRevision + 1}, … A gap to
   * what the subscriber has means: subscribe again.
   */
  public record EventBatch(long epoch, long firstRevision, List<SchedulerEvent> events)
      implements Message {}

  /**
   * Nothing new since {@code revision}. Missing for three seconds: subscribe again.
   *
   * @param revision 0: a whole state is being written down for who gets this
   */
  public record KeepAlive(long epoch, long revision) implements Message {

    /** To who waits for a state: asking again would bring another one. */
    public static KeepAlive whileAStateComes(long epoch) {
      return new KeepAlive(epoch, 0);
    }

    public boolean isOfComingState() {
      return revision == 0;
    }
  }
}
