package io.hawser.persistence;

import io.hawser.cluster.state.ClusterSnapshot;
import io.hawser.cluster.state.PodBlock;
import io.hawser.cluster.state.PodPack;
import io.hawser.cluster.state.SplitSnapshot;
import io.hawser.cluster.state.StillPacked;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.serialization.Serialization$;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.serialization.Serializer;
import org.apache.pekko.serialization.jackson.JacksonSerializer;

/**
 * Snapshots as bytes: a version, then serializer id, manifest and the serializer's bytes, deflated:
 * they are written whole, often, and shrink about fivefold. Of a {@link SplitSnapshot} each part is
 * deflated by itself, behind its length; one thread writes them, because actors need theirs, and
 * all processors read them, because a recovery waits for it.
 */
final class SnapshotCodec {
  private static final byte WHOLE_VERSION = 1;

  /** The object's bytes go to the end: they need not be there at once, nor fit one array. */
  private static final byte STREAMED_VERSION = 2;

  /** Its parts are blocks, of whose pods Jackson wrote all. */
  private static final byte SPLIT_VERSION = 3;

  /** Its parts are packs. */
  private static final byte PACKED_VERSION = 4;

  private static final int BUFFER_BYTES = 1 << 16;

  private final ExtendedActorSystem system;
  private final Serialization serialization;
  private final PayloadCodec objects;

  SnapshotCodec(ExtendedActorSystem system) {
    this.system = system;
    this.serialization = SerializationExtension.get(system);
    this.objects = new PayloadCodec(system);
  }

  byte[] encode(Object snapshot) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Serializer serializer = serialization.findSerializerFor(snapshot);
    if (!(serializer instanceof JacksonSerializer jackson)) {
      bytes.write(WHOLE_VERSION);
      deflate(bytes, out -> objects.writeObject(out, snapshot));
    } else if (snapshot instanceof SplitSnapshot split) {
      bytes.write(PACKED_VERSION);
      DataOutputStream out = new DataOutputStream(bytes);
      out.writeInt(split.blocks().size());
      writePart(out, jackson, split.rest());
      for (PodBlock block : split.blocks()) {
        writePart(out, jackson, PodPack.of(block));
      }
    } else {
      bytes.write(STREAMED_VERSION);
      deflate(bytes, out -> stream(out, jackson, snapshot));
    }
    return bytes.toByteArray();
  }

  private void writePart(DataOutputStream out, JacksonSerializer jackson, Object part)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(BUFFER_BYTES);
    deflate(bytes, deflated -> stream(deflated, jackson, part));
    out.writeInt(bytes.size());
    bytes.writeTo(out);
  }

  private static void deflate(OutputStream bytes, StoreCodec.Fields content) throws IOException {
    Deflater deflater = new Deflater(Deflater.BEST_SPEED);
    try (DataOutputStream out =
        new DataOutputStream(new DeflaterOutputStream(bytes, deflater, BUFFER_BYTES))) {
      content.writeTo(out);
    } finally {
      deflater.end();
    }
  }

  /** What {@link JacksonSerializer#toBinary} does, but for the array and compression of its own. */
  private void stream(DataOutputStream out, JacksonSerializer serializer, Object snapshot)
      throws IOException {
    out.writeInt(serializer.identifier());
    out.writeUTF(serializer.manifest(snapshot));
    // Written in small pieces: each would go through the deflater by itself.
    OutputStream buffered = new BufferedOutputStream(out, BUFFER_BYTES);
    Serialization$.MODULE$.withTransportInformation(
        system,
        () -> {
          try {
            serializer.objectMapper().writeValue(buffered, snapshot);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
          return null;
        });
  }

  Object decode(byte[] body) throws IOException {
    ByteArrayInputStream bytes = new ByteArrayInputStream(body);
    byte version = (byte) bytes.read();
    switch (version) {
      case SPLIT_VERSION:
        return readSplit(new DataInputStream(bytes), PodBlock.class, SplitSnapshot::new);
      case PACKED_VERSION:
        return readSplit(new DataInputStream(bytes), PodPack.class, StillPacked::new);
      case STREAMED_VERSION:
        return inflate(bytes, this::readStream);
      default:
        PayloadCodec.checkVersion(version, WHOLE_VERSION, "snapshot");
        return inflate(bytes, objects::readObject);
    }
  }

  private <T> Object readSplit(
      DataInputStream in, Class<T> type, BiFunction<ClusterSnapshot, List<T>, Object> made)
      throws IOException {
    int count = in.readInt();
    final ClusterSnapshot rest = readPart(StoreCodec.readBytes(in), ClusterSnapshot.class);
    List<byte[]> parts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      parts.add(StoreCodec.readBytes(in));
    }
    try {
      return made.apply(rest, parts.parallelStream().map(part -> readPart(part, type)).toList());
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /**
   * @throws UncheckedIOException when it is damaged or something else
   */
  private <T> T readPart(byte[] part, Class<T> type) {
    try {
      Object read = inflate(new ByteArrayInputStream(part), this::readStream);
      if (!type.isInstance(read)) {
        throw new IOException("part of a snapshot is a " + read.getClass().getName());
      }
      return type.cast(read);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private interface Reading {
    Object from(DataInputStream in) throws IOException;
  }

  private static Object inflate(InputStream bytes, Reading content) throws IOException {
    Inflater inflater = new Inflater();
    try (DataInputStream in =
        new DataInputStream(new InflaterInputStream(bytes, inflater, BUFFER_BYTES))) {
      return content.from(in);
    } finally {
      inflater.end();
    }
  }

  private Object readStream(DataInputStream in) throws IOException {
    int id = in.readInt();
    String manifest = in.readUTF();
    Class<?> type = typeOf(manifest);
    // Only what this serializer is configured to write is read with it.
    Serializer serializer = serialization.serializerFor(type);
    if (serializer.identifier() != id || !(serializer instanceof JacksonSerializer jackson)) {
      throw new IOException(
          "snapshot of serializer %d, which %s is not of".formatted(id, manifest));
    }
    return jackson.objectMapper().readValue((InputStream) in, type);
  }

  private Class<?> typeOf(String name) throws IOException {
    try {
      return Class.forName(name, false, system.dynamicAccess().classLoader());
    } catch (ClassNotFoundException e) {
      throw new IOException("a snapshot of an unknown type: " + name, e);
    }
  }
}
