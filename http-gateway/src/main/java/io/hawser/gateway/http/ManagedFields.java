package io.hawser.gateway.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.cluster.state.ClusterState;
import io.hawser.gateway.apply.FieldOwner;
import io.hawser.gateway.apply.FieldOwners;
import io.hawser.gateway.apply.Ownership;
import io.hawser.gateway.apply.Ownership.Applied;
import io.hawser.gateway.decode.Metadata;
import io.hawser.gateway.decode.Target;
import io.hawser.gateway.kind.Preview;
import io.hawser.gateway.kind.Resource;
import io.hawser.gateway.kind.Resource.Write;
import io.hawser.gateway.wire.StatusError;
import io.hawser.model.HorizontalPodAutoscaler;
import io.hawser.model.ObjectMeta;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * Who owns the fields of one object, at each write to it: nobody's bodies reach the decoders with
 * {@code managedFields} that were not worked out here.
 */
final class ManagedFields<T> {
  private static final Set<String> SERVED = Set.of(Metadata.REVISION_ANNOTATION);
  private static final String MANAGED_FIELDS = "managedFields";

  private final Resource<T> resource;
  private final Target target;
  private final ClusterState state;
  private final Ownership ownership;
  private final Instant now;

  /**
   * @param target names the object
   */
  ManagedFields(Resource<T> resource, Target target, ClusterState state, Instant now) {
    this.resource = resource;
    this.target = target;
    this.state = state;
    this.ownership = new Ownership(SERVED, now);
    this.now = now;
  }

  /** Then giving up the number of pods is not to reset it. */
  private boolean isAutoscaled() {
    return state.objects().all(HorizontalPodAutoscaler.class).stream()
        .filter(scaler -> scaler.meta().namespace().equals(target.namespace()))
        .map(scaler -> scaler.spec().target())
        .anyMatch(
            scaled ->
                scaled.kind().equals(target.kind())
                    && target.name().filter(scaled.name()::equals).isPresent());
  }

  static ObjectNode without(ObjectNode body) {
    if (!body.path("metadata").has(MANAGED_FIELDS)) {
      return body;
    }
    ObjectNode copy = body.deepCopy();
    copy.withObject("metadata").remove(MANAGED_FIELDS);
    return copy;
  }

  private static ObjectNode with(ObjectNode body, FieldOwners managers) {
    ObjectNode copy = without(body).deepCopy();
    if (!managers.isEmpty()) {
      copy.withObject("metadata").set(MANAGED_FIELDS, managers.toJson());
    }
    return copy;
  }

  /** The body of a new object; it has the name of the target. */
  ObjectNode created(ObjectNode config, FieldOwner who) {
    ObjectNode body = config.deepCopy();
    target.name().ifPresent(name -> body.withObject("metadata").put("name", name));
    return with(body, ownership.create(resource.shown(config), who));
  }

  /**
   * The body of the update that an apply comes to; empty when it changes nothing.
   *
   * @throws StatusError 409 when others own what would change, or what is wrong with the outcome
   */
  Optional<ObjectNode> applied(T current, ObjectNode config, FieldOwner who, boolean force) {
    ObjectNode live = resource.encode(current, state);
    boolean fixed = !resource.type().verbs().contains("update");
    Ownership rules = isAutoscaled() ? ownership.controlled("spec", "replicas") : ownership;
    Applied applied =
        rules.apply(
            live,
            resource.shown(config),
            who,
            force,
            merged -> fixed ? merged : stored(current, merged));
    // A kind that can't be changed has no place for owners either.
    if (applied.unchanged() || (fixed && without(applied.object()).equals(without(live)))) {
      return Optional.empty();
    }
    return Optional.of(with(applied.object(), applied.managers()));
  }

  /** The body of any other write, as its client wants it, with the owners that it leads to. */
  ObjectNode updated(T current, ObjectNode wanted, FieldOwner who) {
    ObjectNode live = resource.encode(current, state);
    if (FieldOwners.of(live).isEmpty()) {
      return without(wanted);
    }
    return with(wanted, ownership.update(live, wanted, stored(current, without(wanted)), who));
  }

  /**
   * The meta of an object with another number of replicas.
   *
   * @param meta of both
   */
  static <T> ObjectMeta scaled(
      Resource<T> resource,
      ClusterState state,
      ApiRequest request,
      ObjectMeta meta,
      T current,
      T scaled) {
    if (meta.managedFields().isEmpty()) {
      return meta;
    }
    FieldOwner who = Writer.updater(request, resource.type().apiVersion(), Optional.of("scale"));
    ObjectNode live = resource.encode(current, state);
    ObjectNode next = resource.encode(scaled, state);
    FieldOwners managers = new Ownership(SERVED, Instant.now()).update(live, next, next, who);
    return meta.withManagedFields(managers.toJson().toString());
  }

  private ObjectNode stored(T current, ObjectNode body) {
    Write write = resource.update(without(body), target, Optional.of(current));
    return resource.encode(Preview.of(resource, write, Optional.of(current), now), state);
  }
}
