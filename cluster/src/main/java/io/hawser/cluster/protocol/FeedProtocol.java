package io.hawser.cluster.protocol;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.hawser.cluster.ClusterMessage;
import io.hawser.cluster.state.SchedulerEvent;
import java.util.List;

/** The scheduler's durable events on their way to replicas. */
public final class FeedProtocol {
  /** Largest piece of a snapshot in bytes; well below remoting's largest frame. */
  public static final int MAX_PART_BYTES = 128 * 1024;

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
   * @param bytes of the {@code ClusterSnapshot} in CBOR
   */
  public record SnapshotPart(long epoch, long revision, int part, int parts, byte[] bytes)
      implements Message {}

  /**
   * Events with the sequence numbers {@code firstRevision}, {@code firstRevision + 1}, … A gap to
   * what the subscriber has means: subscribe again.
   */
  public record EventBatch(long epoch, long firstRevision, List<SchedulerEvent> events)
      implements Message {}

  /** Nothing new since {@code revision}. Missing for three seconds: subscribe again. */
  public record KeepAlive(long epoch, long revision) implements Message {}
}
