package io.hawser.cluster;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import io.hawser.cluster.entity.DeploymentEntity;
import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.protocol.ControllerProtocol;
import io.hawser.cluster.protocol.FeedProtocol;
import io.hawser.cluster.protocol.ImageProtocol;
import io.hawser.cluster.protocol.NodeProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.cluster.protocol.SecurityEvent;
import io.hawser.cluster.protocol.SecurityProtocol;
import io.hawser.cluster.state.ClusterSnapshot;
import io.hawser.cluster.state.PackedSnapshot;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.cluster.state.SplitSnapshot;
import io.hawser.model.ApiObject;
import io.hawser.model.ObjectKey;
import io.hawser.model.ObjectStatus;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.stream.SinkRef;
import org.apache.pekko.stream.SourceRef;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.stream.javadsl.StreamRefs;
import org.apache.pekko.util.ByteString;

/**
 * A sample of everything that crosses JVMs or is kept in the journal, built from the records'
 * components, so that a new field or a new message is in it without being thought of.
 */
final class MessageSamples {
  /** Where messages are declared: every nested {@link ClusterMessage} record is one. */
  static final List<Class<?>> HOLDERS =
      List.of(
          SchedulerEvent.class,
          ClientRequest.class,
          Answer.class,
          SchedulerProtocol.class,
          NodeProtocol.class,
          FeedProtocol.class,
          SecurityProtocol.class,
          SecurityEvent.class,
          ControllerProtocol.class,
          ImageProtocol.class,
          DeploymentEntity.class);

  /** Interfaces whose messages are told apart by a name in the message. */
  static final List<Class<?>> NAMED =
      List.of(
          SchedulerEvent.class,
          ClientRequest.class,
          Answer.class,
          SchedulerProtocol.Command.class,
          NodeProtocol.Command.class,
          NodeProtocol.LogOpened.class,
          NodeProtocol.ExecOpened.class,
          FeedProtocol.Message.class,
          SecurityProtocol.Command.class,
          SecurityEvent.class,
          ControllerProtocol.Command.class,
          ImageProtocol.Command.class,
          DeploymentEntity.Command.class);

  private final ActorSystem<?> system;
  private final ActorRef<Object> actor;
  private final boolean full;

  /**
   * @param full true: every option present, every list with an element; false: all of them empty
   */
  MessageSamples(ActorSystem<?> system, ActorRef<Object> actor, boolean full) {
    this.system = system;
    this.actor = actor;
    this.full = full;
  }

  static List<Class<?>> messageTypes() {
    List<Class<?>> types = new ArrayList<>();
    for (Class<?> holder : HOLDERS) {
      Arrays.stream(holder.getDeclaredClasses())
          .filter(c -> c.isRecord() && ClusterMessage.class.isAssignableFrom(c))
          .forEach(types::add);
    }
    types.add(ClusterSnapshot.class);
    types.add(PackedSnapshot.class);
    types.add(SplitSnapshot.class);
    return types;
  }

  /** Roots of the model, which has no annotations of its own, and where their names are. */
  static final Map<Class<?>, Class<?>> NAMED_ELSEWHERE =
      Map.of(
          ApiObject.class, ModelModule.Kinds.class, ObjectStatus.class, ModelModule.Statuses.class);

  static JsonSubTypes names(Class<?> root) {
    return NAMED_ELSEWHERE.getOrDefault(root, root).getAnnotation(JsonSubTypes.class);
  }

  static List<Class<?>> named(Class<?> root) {
    return Stream.of(names(root).value()).<Class<?>>map(JsonSubTypes.Type::value).toList();
  }

  /** The message that carries an object of the kind. */
  static Object carrier(MessageSamples samples, Class<?> kind) {
    Instant at = Instant.parse("2026-01-02T03:04:05Z");
    Object sample = samples.of(kind);
    return sample instanceof ApiObject object
        ? new SchedulerEvent.ObjectChanged(object, at)
        : new SchedulerEvent.ObjectStatusChanged(
            new ObjectKey("K", "ns", "name"), (ObjectStatus) sample, at);
  }

  Object of(Class<?> message) {
    return make(message, message.getSimpleName());
  }

  private Object make(Type type, String field) {
    if (type instanceof ParameterizedType generic) {
      return generic((Class<?>) generic.getRawType(), generic.getActualTypeArguments(), field);
    }
    Class<?> plain = (Class<?>) type;
    if (plain == String.class) {
      return field;
    } else if (plain == int.class || plain == Integer.class) {
      return 7;
    } else if (plain == long.class || plain == Long.class) {
      return 1L << 40;
    } else if (plain == boolean.class || plain == Boolean.class) {
      return full;
    } else if (plain == Object.class) {
      return List.of("text", 7L, 0.5, full, Map.of("of", 1L << 40));
    } else if (plain == Instant.class) {
      return Instant.parse("2026-01-02T03:04:05.678901Z");
    } else if (plain == byte[].class) {
      return new byte[] {1, 0, -1};
    } else if (plain.isEnum()) {
      return plain.getEnumConstants()[0];
    } else if (plain.isRecord()) {
      return record(plain);
    } else if (NAMED.contains(plain) || NAMED_ELSEWHERE.containsKey(plain)) {
      return make(named(plain).get(0), field);
    }
    throw new IllegalArgumentException("no sample for " + type + " " + field);
  }

  private Object generic(Class<?> raw, Type[] arguments, String field) {
    if (raw == ActorRef.class) {
      return actor;
    } else if (raw == SourceRef.class) {
      Source<ByteString, NotUsed> never =
          Source.maybe()
              .mapMaterializedValue(m -> NotUsed.notUsed())
              .map(b -> ByteString.emptyByteString());
      return never.runWith(StreamRefs.sourceRef(), system);
    } else if (raw == SinkRef.class) {
      SinkRef<ByteString> ref = StreamRefs.<ByteString>sinkRef().to(Sink.ignore()).run(system);
      return ref;
    } else if (raw == Optional.class) {
      return full ? Optional.of(make(arguments[0], field)) : Optional.empty();
    } else if (raw == List.class) {
      return full ? List.of(make(arguments[0], field)) : List.of();
    } else if (raw == Set.class) {
      return full ? Set.of(make(arguments[0], field)) : Set.of();
    } else if (raw == Map.class) {
      return full ? Map.of("key-" + field, make(arguments[1], field)) : Map.of();
    }
    throw new IllegalArgumentException("no sample for " + raw + " " + field);
  }

  private Object record(Class<?> type) {
    RecordComponent[] components = type.getRecordComponents();
    Class<?>[] types = Stream.of(components).map(RecordComponent::getType).toArray(Class[]::new);
    Object[] values =
        Stream.of(components).map(c -> make(c.getGenericType(), c.getName())).toArray();
    try {
      return type.getDeclaredConstructor(types).newInstance(values);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("can't make a sample of " + type, e);
    }
  }
}
