package io.hawser.gateway.kind;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.replica.ReplicaProtocol.Change;
import io.hawser.cluster.state.ClusterState;
import io.hawser.gateway.decode.Target;
import io.hawser.gateway.wire.StatusError;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * One kind of object as the API serves it: where it is in the state, how it is written, shown in a
 * table and selected, and which request a write becomes.
 *
 * @param <T> the model's type
 */
public abstract class Resource<T> {
  private final ResourceType type;

  protected Resource(ResourceType type) {
    this.type = type;
  }

  /** A write, with the name of the object it is about. */
  public record Write(ClientRequest request, String name) {}

  /**
   * What a client may say about a deletion.
   *
   * @param dryRun it is only asked whether it would be done
   */
  public record DeleteOptions(
      Optional<Long> graceSeconds, Optional<String> ifUid, boolean orphan, boolean dryRun) {
    public static final DeleteOptions NONE =
        new DeleteOptions(Optional.empty(), Optional.empty(), false, false);
  }

  /** One object before and after a change; the same when the change did not touch it. */
  public record Touched<T>(Optional<T> before, Optional<T> after) {}

  public final ResourceType type() {
    return type;
  }

  /** Every object, in the order of their names. */
  public abstract Stream<T> all(ClusterState state);

  /**
   * @param namespace empty for a kind without namespaces
   */
  public abstract Optional<T> find(ClusterState state, String namespace, String name);

  public abstract ObjectNode encode(T object, ClusterState state);

  public abstract String namespace(T object);

  public abstract Map<String, String> labels(T object);

  /** The fields that field selectors may name. */
  public abstract Set<String> fieldNames();

  /** This object's values of {@link #fieldNames}. */
  public abstract Map<String, String> fields(T object);

  public abstract List<Column<T>> columns();

  /** The objects of this kind that a change may have made, changed or removed. */
  public abstract Stream<Touched<T>> touched(Change change);

  protected final Touched<T> touched(Change change, String namespace, String name) {
    return new Touched<>(
        find(change.before(), namespace, name), find(change.after(), namespace, name));
  }

  /** A configuration in the fields that the API shows, where a kind has others for writing. */
  public ObjectNode shown(ObjectNode config) {
    return config;
  }

  /**
   * @throws StatusError when the body is wrong or the kind can't be created
   */
  public Write create(ObjectNode body, Target target) {
    throw notAllowed("create");
  }

  /**
   * @param body the whole object as it shall be
   * @throws StatusError when the body is wrong or the kind can't be changed
   */
  public Write update(ObjectNode body, Target target, Optional<T> current) {
    throw notAllowed("update");
  }

  public Write delete(T current, DeleteOptions options) {
    throw notAllowed("delete");
  }

  protected final StatusError notAllowed(String verb) {
    return StatusError.of(
        405,
        "MethodNotAllowed",
        verb + " is not supported on resources of kind \"" + type.plural() + "\"");
  }
}
