package io.hawser.persistence;

import io.hawser.persistence.StoreCommand.StoredEvent;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.persistence.PersistentRepr;
import org.apache.pekko.persistence.journal.Tagged;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.serialization.Serialization$;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.serialization.Serializer;
import org.apache.pekko.serialization.Serializers;
import org.apache.pekko.serialization.jackson.JacksonSerializer;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Pekko's events and snapshots as bytes: a version, what the journal needs, then serializer id,
 * manifest and the serializer's bytes. Snapshots are deflated: they are written whole, often, and
 * shrink about fivefold.
 */
final class PayloadCodec {
  private static final byte EVENT_VERSION = 1;
  private static final byte SNAPSHOT_VERSION = 1;

  /** The object's bytes go to the end: they need not be there at once, nor fit one array. */
  private static final byte STREAMED_SNAPSHOT_VERSION = 2;

  private final ExtendedActorSystem system;
  private final Serialization serialization;

  PayloadCodec(ExtendedActorSystem system) {
    this.system = system;
    this.serialization = SerializationExtension.get(system);
  }

  /** An event read back. */
  record DecodedEvent(PersistentRepr repr, Set<String> tags) {}

  /**
   * An event as it is stored; a {@link Tagged} payload is unwrapped and its tags kept beside it.
   *
   * @throws RuntimeException when the payload cannot be serialized
   */
  StoredEvent encode(PersistentRepr repr) {
    Object payload = repr.payload();
    Set<String> tags = Set.of();
    if (payload instanceof Tagged tagged) {
      payload = tagged.payload();
      tags = CollectionConverters.asJava(tagged.tags());
    }
    Object event = payload;
    Set<String> eventTags = tags;
    byte[] body =
        StoreCodec.bytes(
            out -> {
              out.writeByte(EVENT_VERSION);
              out.writeLong(repr.timestamp() == 0 ? System.currentTimeMillis() : repr.timestamp());
              out.writeUTF(repr.writerUuid());
              out.writeUTF(repr.manifest());
              out.writeShort(eventTags.size());
              for (String tag : eventTags) {
                out.writeUTF(tag);
              }
              writeObject(out, event);
              out.writeBoolean(repr.metadata().isDefined());
              if (repr.metadata().isDefined()) {
                writeObject(out, repr.metadata().get());
              }
            });
    return new StoredEvent(repr.sequenceNr(), body);
  }

  DecodedEvent decode(String persistenceId, StoredEvent event) {
    try {
      DataInputStream in = new DataInputStream(new ByteArrayInputStream(event.body()));
      checkVersion(in.readByte(), EVENT_VERSION, "event");
      final long timestamp = in.readLong();
      final String writerUuid = in.readUTF();
      final String manifest = in.readUTF();
      Set<String> tags = new LinkedHashSet<>();
      for (int count = in.readShort(); count > 0; count--) {
        tags.add(in.readUTF());
      }
      PersistentRepr repr =
          PersistentRepr.apply(
                  readObject(in),
                  event.sequenceNr(),
                  persistenceId,
                  manifest,
                  false,
                  ActorRef.noSender(),
                  writerUuid)
              .withTimestamp(timestamp);
      return new DecodedEvent(
          in.readBoolean() ? repr.withMetadata(readObject(in)) : repr, Set.copyOf(tags));
    } catch (IOException e) {
      throw new IllegalStateException(
          "event %d of %s is damaged".formatted(event.sequenceNr(), persistenceId), e);
    }
  }

  byte[] encodeSnapshot(Object snapshot) throws IOException {
    Serializer serializer = serialization.findSerializerFor(snapshot);
    boolean streamed = serializer instanceof JacksonSerializer;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(streamed ? STREAMED_SNAPSHOT_VERSION : SNAPSHOT_VERSION);
    Deflater deflater = new Deflater(Deflater.BEST_SPEED);
    try (DataOutputStream out =
        new DataOutputStream(new DeflaterOutputStream(bytes, deflater, 1 << 16))) {
      if (streamed) {
        stream(out, (JacksonSerializer) serializer, snapshot);
      } else {
        writeObject(out, snapshot);
      }
    } finally {
      deflater.end();
    }
    return bytes.toByteArray();
  }

  Object decodeSnapshot(byte[] body) throws IOException {
    ByteArrayInputStream bytes = new ByteArrayInputStream(body);
    byte version = (byte) bytes.read();
    if (version != STREAMED_SNAPSHOT_VERSION) {
      checkVersion(version, SNAPSHOT_VERSION, "snapshot");
    }
    Inflater inflater = new Inflater();
    try (DataInputStream in =
        new DataInputStream(new InflaterInputStream(bytes, inflater, 1 << 16))) {
      return version == STREAMED_SNAPSHOT_VERSION ? readStream(in) : readObject(in);
    } finally {
      inflater.end();
    }
  }

  /** What {@link JacksonSerializer#toBinary} does, but for the array and compression of its own. */
  private void stream(DataOutputStream out, JacksonSerializer serializer, Object snapshot)
      throws IOException {
    out.writeInt(serializer.identifier());
    out.writeUTF(serializer.manifest(snapshot));
    // Written in small pieces: each would go through the deflater by itself.
    OutputStream buffered = new BufferedOutputStream(out, 1 << 16);
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

  private static void checkVersion(byte found, byte known, String what) throws IOException {
    if (found != known) {
      throw new IOException("%s format %d, this program knows %d".formatted(what, found, known));
    }
  }

  private void writeObject(DataOutputStream out, Object object) throws IOException {
    Serializer serializer = serialization.findSerializerFor(object);
    out.writeInt(serializer.identifier());
    out.writeUTF(Serializers.manifestFor(serializer, object));
    // Actor references inside the payload are written with this system's address.
    byte[] bytes =
        Serialization$.MODULE$.withTransportInformation(system, () -> serializer.toBinary(object));
    StoreCodec.writeBytes(out, bytes);
  }

  private Object readObject(DataInputStream in) throws IOException {
    int serializerId = in.readInt();
    String manifest = in.readUTF();
    byte[] bytes = StoreCodec.readBytes(in);
    return serialization.deserialize(bytes, serializerId, manifest).get();
  }
}
