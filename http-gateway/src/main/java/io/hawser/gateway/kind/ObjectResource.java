package io.hawser.gateway.kind;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.replica.ReplicaProtocol.Change;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.gateway.decode.Metadata;
import io.hawser.gateway.decode.Target;
import io.hawser.gateway.encode.MetaEncoder;
import io.hawser.gateway.wire.Causes;
import io.hawser.gateway.wire.Fields;
import io.hawser.gateway.wire.Json;
import io.hawser.model.ApiObject;
import io.hawser.model.ObjectKey;
import io.hawser.model.ObjectMeta;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A kind that is stored, changed and deleted as all of its sort are: it only says how its own
 * fields are read and written, and which columns it has.
 */
abstract class ObjectResource<T extends ApiObject> extends Resource<T> {
  private final Class<T> model;

  ObjectResource(ResourceType type, Class<T> model) {
    super(type);
    this.model = model;
  }

  /** Reads everything beside {@code apiVersion}, {@code kind} and {@code metadata}. */
  abstract T read(ObjectMeta meta, Fields root);

  /**
   * The same for an update.
   *
   * @param current for a form that can't say everything of its kind
   */
  T read(ObjectMeta meta, Fields root, Optional<T> current) {
    return read(meta, root);
  }

  /** With the owner that its metadata names; only for kinds whose metadata may. */
  T ownedBy(T object, Pod.Owner owner) {
    throw new IllegalArgumentException(type().kind() + " has no owner");
  }

  /** Writes the same. */
  abstract void write(T object, ObjectNode node);

  @Override
  public Stream<T> all(ClusterState state) {
    return state.objects().all(model).stream();
  }

  @Override
  public Optional<T> find(ClusterState state, String namespace, String name) {
    return state.objects().find(model, new ObjectName(namespace, name));
  }

  @Override
  public ObjectNode encode(T object, ClusterState state) {
    ObjectNode node = Json.object(type().kind(), type().apiVersion());
    node.set("metadata", MetaEncoder.encode(object.meta()));
    write(object, node);
    return node;
  }

  @Override
  public String namespace(T object) {
    return object.meta().namespace();
  }

  @Override
  public Map<String, String> labels(T object) {
    return object.meta().labels();
  }

  @Override
  public Set<String> fieldNames() {
    return Set.of("metadata.name", "metadata.namespace");
  }

  @Override
  public Map<String, String> fields(T object) {
    return Map.of(
        "metadata.name", object.meta().name(), "metadata.namespace", object.meta().namespace());
  }

  @Override
  public List<Column<T>> columns() {
    return List.of(name(), age());
  }

  static <T extends ApiObject> Column<T> name() {
    return Column.text("Name", (o, c) -> o.meta().name());
  }

  static <T extends ApiObject> Column<T> age() {
    return Column.text("Age", (o, c) -> c.age(o.meta().createdAt()));
  }

  @Override
  public Stream<Touched<T>> touched(Change change) {
    return keyOf(change.event()).filter(k -> k.kind().equals(model.getSimpleName())).stream()
        .map(k -> touched(change, k.namespace(), k.name()));
  }

  static Optional<ObjectKey> keyOf(SchedulerEvent event) {
    if (event instanceof SchedulerEvent.ObjectCreated e) {
      return Optional.of(e.object().key());
    } else if (event instanceof SchedulerEvent.ObjectChanged e) {
      return Optional.of(e.object().key());
    } else if (event instanceof SchedulerEvent.ObjectStatusChanged e) {
      return Optional.of(e.key());
    } else if (event instanceof SchedulerEvent.ObjectDeleted e) {
      return Optional.of(e.key());
    }
    return Optional.empty();
  }

  @Override
  public Write create(ObjectNode body, Target target) {
    Decoded<T> decoded = decode(body, target, Optional.empty());
    return new Write(new ClientRequest.CreateObject(decoded.object()), decoded.meta().name());
  }

  @Override
  public Write update(ObjectNode body, Target target, Optional<T> current) {
    Decoded<T> decoded = decode(body, target, current);
    Metadata meta = decoded.meta();
    return new Write(
        new ClientRequest.UpdateObject(decoded.object(), meta.ifResourceVersion(), meta.ifUid()),
        meta.name());
  }

  @Override
  public Write delete(T object, DeleteOptions options) {
    return new Write(
        new ClientRequest.DeleteObject(object.key(), options.ifUid(), options.orphan()),
        object.meta().name());
  }

  private record Decoded<T>(Metadata meta, T object) {}

  private Decoded<T> decode(ObjectNode body, Target target, Optional<T> current) {
    Causes causes = new Causes();
    Fields root = Fields.of(body, causes);
    Metadata meta = Metadata.decode(root, target, false);
    ObjectMeta wanted =
        new ObjectMeta(
            meta.namespace(),
            meta.name(),
            "",
            0,
            0,
            Instant.EPOCH,
            meta.labels(),
            meta.annotations());
    T object = read(wanted, root, current);
    root.harmless("status");
    root.end();
    causes.throwIfAny(target.subject(meta.name()));
    return new Decoded<>(meta, meta.owner().map(o -> ownedBy(object, o)).orElse(object));
  }
}
