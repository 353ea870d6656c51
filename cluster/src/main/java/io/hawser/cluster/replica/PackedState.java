package io.hawser.cluster.replica;

import io.hawser.cluster.state.ClusterSnapshot;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.PodBlock;
import io.hawser.cluster.state.PodPack;
import io.hawser.cluster.state.SplitSnapshot;
import io.hawser.cluster.state.StillPacked;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;
import org.apache.pekko.serialization.Serialization;

/**
 * A whole state on its way to a replica: the snapshot without its pods, then packs of pods, each
 * deflated behind its length: of a million pods, each with its spec, a replica could not hold the
 * bytes.
 */
public final class PackedState {
  private static final byte VERSION = 1;
  private static final int BUFFER_BYTES = 1 << 16;

  private PackedState() {}

  /** As bytes. Takes seconds when the state is large. */
  public static byte[] write(Serialization serialization, ClusterSnapshot snapshot) {
    SplitSnapshot split = SplitSnapshot.of(snapshot);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(BUFFER_BYTES);
    try {
      DataOutputStream out = new DataOutputStream(bytes);
      out.writeByte(VERSION);
      out.writeInt(split.blocks().size());
      writePart(out, serialization.serialize(split.rest()).get());
      for (PodBlock block : split.blocks()) {
        writePart(out, serialization.serialize(PodPack.of(block)).get());
      }
    } catch (IOException e) {
      throw new IllegalStateException("memory has no errors of its own", e);
    }
    return bytes.toByteArray();
  }

  private static void writePart(DataOutputStream out, byte[] part) throws IOException {
    ByteArrayOutputStream deflated = new ByteArrayOutputStream(BUFFER_BYTES);
    Deflater deflater = new Deflater(Deflater.BEST_SPEED);
    try (DeflaterOutputStream content =
        new DeflaterOutputStream(deflated, deflater, BUFFER_BYTES)) {
      content.write(part);
    } finally {
      deflater.end();
    }
    out.writeInt(deflated.size());
    deflated.writeTo(out);
  }

  /**
   * The state again, with its indexes; on all processors.
   *
   * @throws IllegalArgumentException when the bytes are not those of a state
   */
  public static ClusterState read(Serialization serialization, byte[] bytes) {
    try {
      DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
      byte version = in.readByte();
      if (version != VERSION) {
        throw new IOException("form %d, this program knows %d".formatted(version, VERSION));
      }
      int count = in.readInt();
      final ClusterSnapshot rest =
          serialization.deserialize(readPart(in), ClusterSnapshot.class).get();
      List<byte[]> packs = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        packs.add(readPart(in));
      }
      List<PodPack> read =
          packs.parallelStream()
              .map(pack -> serialization.deserialize(pack, PodPack.class).get())
              .toList();
      return new StillPacked(rest, read).whole().toState();
    } catch (IOException e) {
      throw new IllegalArgumentException("not a state: " + e.getMessage(), e);
    }
  }

  private static byte[] readPart(DataInputStream in) throws IOException {
    int length = in.readInt();
    byte[] deflated = in.readNBytes(length);
    if (deflated.length != length) {
      throw new IOException("expected %d bytes, found %d".formatted(length, deflated.length));
    }
    return new InflaterInputStream(new ByteArrayInputStream(deflated)).readAllBytes();
  }
}
