package io.hawser.persistence;

import io.hawser.persistence.StoreCommand.StoredEvent;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.Set;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.persistence.PersistentRepr;
import org.apache.pekko.persistence.journal.Tagged;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.serialization.Serialization$;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.serialization.Serializer;
import org.apache.pekko.serialization.Serializers;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Pekko's events as bytes: a version, what the journal needs, then serializer id, manifest and the
 * serializer's bytes.
 */
final class PayloadCodec {
  private static final byte EVENT_VERSION = 1;

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

  static void checkVersion(byte found, byte known, String what) throws IOException {
    if (found != known) {
      throw new IOException("%s format %d, this program knows %d".formatted(what, found, known));
    }
  }

  void writeObject(DataOutputStream out, Object object) throws IOException {
    Serializer serializer = serialization.findSerializerFor(object);
    out.writeInt(serializer.identifier());
    out.writeUTF(Serializers.manifestFor(serializer, object));
    // Actor references inside the payload are written with this system's address.
    byte[] bytes =
        Serialization$.MODULE$.withTransportInformation(system, () -> serializer.toBinary(object));
    StoreCodec.writeBytes(out, bytes);
  }

  Object readObject(DataInputStream in) throws IOException {
    int serializerId = in.readInt();
    String manifest = in.readUTF();
    byte[] bytes = StoreCodec.readBytes(in);
    return serialization.deserialize(bytes, serializerId, manifest).get();
  }
}
