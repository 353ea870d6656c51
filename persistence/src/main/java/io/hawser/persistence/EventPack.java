package io.hawser.persistence;

import io.hawser.persistence.StoreCommand.StoredEvent;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;

/**
 * The events of one write, deflated together: those of a decision are alike but for names, and
 * shrink about twentyfold. The first event's body has all of them, the others' only say how far
 * back it is; so each keeps its number. Whoever deletes or pages must keep the first one while any
 * of the others is there ({@link EventLog} does).
 */
final class EventPack {
  /** A few events gain nothing. */
  static final int FEWEST = 8;

  // The first four bytes of a body; one that stands for itself begins with its version, 1.
  private static final int FIRST = 0xB550_4B31;
  private static final int OTHER = 0xB550_4B32;
  private static final int OTHER_BYTES = 2 * Integer.BYTES;
  private static final int BUFFER_BYTES = 1 << 14;

  private EventPack() {}

  /**
   * @param events of one write, in their order
   */
  static List<StoredEvent> of(List<StoredEvent> events) {
    if (events.size() < FEWEST) {
      return events;
    }
    List<StoredEvent> packed = new ArrayList<>(events.size());
    packed.add(new StoredEvent(events.get(0).sequenceNr(), deflated(events)));
    for (int i = 1; i < events.size(); i++) {
      byte[] body = ByteBuffer.allocate(OTHER_BYTES).putInt(OTHER).putInt(i).array();
      packed.add(new StoredEvent(events.get(i).sequenceNr(), body));
    }
    return packed;
  }

  private static byte[] deflated(List<StoredEvent> events) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(BUFFER_BYTES);
    bytes.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(FIRST).array());
    Deflater deflater = new Deflater(Deflater.BEST_SPEED);
    try (DataOutputStream out =
        new DataOutputStream(new DeflaterOutputStream(bytes, deflater, BUFFER_BYTES))) {
      out.writeInt(events.size());
      for (StoredEvent event : events) {
        StoreCodec.writeBytes(out, event.body());
      }
    } catch (IOException e) {
      throw new IllegalStateException("memory has no errors of its own", e);
    } finally {
      deflater.end();
    }
    return bytes.toByteArray();
  }

  /** How many events back the body is that has this one; 0: its own. */
  static int stepsBack(StoredEvent event) {
    byte[] body = event.body();
    return body.length == OTHER_BYTES && begins(body, OTHER)
        ? ByteBuffer.wrap(body).getInt(Integer.BYTES)
        : 0;
  }

  private static boolean begins(byte[] body, int with) {
    return body.length > Integer.BYTES && ByteBuffer.wrap(body).getInt() == with;
  }

  /** Reads events in their order, each of them on its own again. */
  static final class Reader {
    private long first;
    private List<byte[]> bodies = List.of();

    /**
     * @throws IOException when the event's pack was not read before, or is damaged
     */
    StoredEvent alone(StoredEvent event) throws IOException {
      long number = event.sequenceNr();
      int back = stepsBack(event);
      if (back == 0 && !begins(event.body(), FIRST)) {
        return event;
      } else if (back == 0) {
        bodies = inflated(event.body());
        first = number;
      } else if (number - back != first || back >= bodies.size()) {
        throw new IOException("event %d is without its first, %d".formatted(number, number - back));
      }
      return new StoredEvent(number, bodies.get(back));
    }

    private static List<byte[]> inflated(byte[] body) throws IOException {
      ByteArrayInputStream bytes = new ByteArrayInputStream(body, Integer.BYTES, body.length);
      List<byte[]> all = new ArrayList<>();
      try (DataInputStream in = new DataInputStream(new InflaterInputStream(bytes))) {
        for (int count = in.readInt(); count > 0; count--) {
          all.add(StoreCodec.readBytes(in));
        }
      }
      return all;
    }
  }
}
