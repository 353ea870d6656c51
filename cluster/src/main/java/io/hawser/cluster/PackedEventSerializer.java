package io.hawser.cluster;

import io.hawser.cluster.state.PackedEvent;
import io.hawser.cluster.state.SchedulerEvent.PodStatusChanged;
import java.io.NotSerializableException;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.serialization.SerializerWithStringManifest;

/**
 * The journal's most frequent event in a form of its own ({@link PackedEvent}), read many times as
 * fast as Jackson reads it. One that the form can't say goes through Jackson, as all of them did in
 * earlier versions. Made by Pekko from the configuration, {@code pekko.actor.serializers}.
 */
public final class PackedEventSerializer extends SerializerWithStringManifest {
  /** Part of the journal's format. */
  private static final int IDENTIFIER = 48_575_301;

  /** Pekko's, in its {@code reference.conf}. */
  private static final int JACKSON_CBOR = 33;

  private static final String PACKED = "pod-status-changed";
  private static final String JACKSON = "pod-status-changed-cbor";

  private final ExtendedActorSystem system;

  /** As Pekko calls it. */
  public PackedEventSerializer(ExtendedActorSystem system) {
    this.system = system;
  }

  @Override
  public int identifier() {
    return IDENTIFIER;
  }

  @Override
  public String manifest(Object event) {
    return PackedEvent.isPlain((PodStatusChanged) event) ? PACKED : JACKSON;
  }

  @Override
  public byte[] toBinary(Object event) {
    PodStatusChanged changed = (PodStatusChanged) event;
    return PackedEvent.isPlain(changed) ? PackedEvent.write(changed) : jackson().toBinary(changed);
  }

  @Override
  public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
    return switch (manifest) {
      case PACKED -> PackedEvent.read(bytes);
      case JACKSON -> jackson().fromBinary(bytes, PodStatusChanged.class.getName());
      default -> throw new NotSerializableException("an event of the unknown kind " + manifest);
    };
  }

  /** Looked up when it is needed: the serializers are made one after the other. */
  private SerializerWithStringManifest jackson() {
    return (SerializerWithStringManifest)
        SerializationExtension.get(system).serializerByIdentity().apply(JACKSON_CBOR);
  }
}
