package io.hawser.cluster.state;

import io.hawser.cluster.state.SchedulerEvent.PodStatusChanged;
import io.hawser.model.ObjectName;
import java.time.Instant;

/**
 * A {@link PodStatusChanged} as the journal has it, by itself: most events of a large cluster are
 * of this kind, and a recovery reads hundreds of thousands of them. A change of the form needs
 * another version.
 */
public final class PackedEvent {
  private static final byte VERSION = 1;

  /** What most of them take. */
  private static final int USUAL_BYTES = 512;

  private PackedEvent() {}

  /** False: it has what hardly any has, and is written otherwise. */
  public static boolean isPlain(PodStatusChanged event) {
    return PackedStatus.isPlain(event.status());
  }

  /**
   * @param event which {@link #isPlain}
   */
  public static byte[] write(PodStatusChanged event) {
    PackedOutput out = new PackedOutput(USUAL_BYTES);
    out.number(VERSION);
    out.text(event.name().namespace());
    out.text(event.name().name());
    out.instant(event.at());
    PackedStatus.write(out, event.status());
    return out.toBytes();
  }

  /**
   * @throws IllegalArgumentException when it is damaged or of a later version
   */
  public static PodStatusChanged read(byte[] bytes) {
    PackedInput in = new PackedInput(bytes);
    long version = in.number();
    if (version != VERSION) {
      throw new IllegalArgumentException(
          "an event in form %d, this program knows %d".formatted(version, VERSION));
    }
    ObjectName name = new ObjectName(in.text(), in.text());
    Instant at = in.instant();
    PodStatusChanged event = new PodStatusChanged(name, PackedStatus.read(in), at);
    if (!in.isAtEnd()) {
      throw new IllegalArgumentException("there is more behind the event of " + name);
    }
    return event;
  }
}
