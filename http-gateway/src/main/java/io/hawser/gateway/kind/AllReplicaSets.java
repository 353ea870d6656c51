package io.hawser.gateway.kind;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.cluster.replica.ReplicaProtocol.Change;
import io.hawser.cluster.state.ClusterState;
import io.hawser.gateway.decode.Target;
import io.hawser.gateway.encode.ReplicaSetView;
import io.hawser.gateway.wire.StatusError;
import io.hawser.model.PodContainer;
import io.hawser.model.ReplicaSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * {@code apps/v1} ReplicaSets: those that users made, and those that stand for the revisions of
 * deployments, which can only be read.
 */
public final class AllReplicaSets extends Resource<Object> {
  private final ReplicaSetResource shown = new ReplicaSetResource();
  private final OwnReplicaSets own;

  public AllReplicaSets() {
    super(
        new ResourceType(
            "apps",
            "v1",
            "ReplicaSet",
            "replicasets",
            "replicaset",
            List.of("rs"),
            true,
            ResourceType.ALL,
            List.of("all")));
    this.own = new OwnReplicaSets(type());
  }

  /** The part that can be changed. */
  public Resource<ReplicaSet> own() {
    return own;
  }

  private static <A> A of(
      Object set, Function<ReplicaSet, A> made, Function<ReplicaSetView, A> shown) {
    return set instanceof ReplicaSet object
        ? made.apply(object)
        : shown.apply((ReplicaSetView) set);
  }

  @Override
  public Stream<Object> all(ClusterState state) {
    return Stream.concat(own.all(state), shown.all(state));
  }

  @Override
  public Optional<Object> find(ClusterState state, String namespace, String name) {
    return own.find(state, namespace, name)
        .<Object>map(s -> s)
        .or(() -> shown.find(state, namespace, name));
  }

  @Override
  public ObjectNode encode(Object set, ClusterState state) {
    return of(set, s -> own.encode(s, state), s -> shown.encode(s, state));
  }

  @Override
  public String namespace(Object set) {
    return of(set, own::namespace, shown::namespace);
  }

  @Override
  public Map<String, String> labels(Object set) {
    return of(set, own::labels, shown::labels);
  }

  @Override
  public Set<String> fieldNames() {
    return shown.fieldNames();
  }

  @Override
  public Map<String, String> fields(Object set) {
    return of(set, own::fields, shown::fields);
  }

  @Override
  public List<Column<Object>> columns() {
    return List.of(
        Column.text("Name", (s, c) -> of(s, o -> o.meta().name(), ReplicaSetView::name)),
        Column.number(
            "Desired", (s, c) -> of(s, o -> o.spec().replicas(), ReplicaSetView::wantedReplicas)),
        Column.number("Current", (s, c) -> of(s, o -> o.status().replicas(), v -> v.pods().size())),
        Column.number(
            "Ready", (s, c) -> of(s, o -> o.status().ready(), ReplicaSetView::readyReplicas)),
        Column.text(
            "Age", (s, c) -> c.age(of(s, o -> o.meta().createdAt(), ReplicaSetView::createdAt))),
        Column.wide("Containers", (s, c) -> containers(s, PodContainer::name)),
        Column.wide("Images", (s, c) -> containers(s, PodContainer::image)),
        Column.wide(
            "Selector",
            (s, c) ->
                DeploymentResource.text(
                    of(s, o -> o.spec().selector(), v -> v.deployment().spec().selector()))));
  }

  private static String containers(Object set, Function<PodContainer, String> word) {
    return DeploymentResource.of(
        of(set, o -> o.spec().template(), v -> v.revision().template()), word);
  }

  @Override
  public Stream<Touched<Object>> touched(Change change) {
    return Stream.concat(
        own.touched(change).map(AllReplicaSets::any),
        shown.touched(change).map(AllReplicaSets::any));
  }

  private static Touched<Object> any(Touched<?> touched) {
    return new Touched<>(touched.before().map(s -> s), touched.after().map(s -> s));
  }

  @Override
  public Write create(ObjectNode body, Target target) {
    return own.create(body, target);
  }

  @Override
  public Write update(ObjectNode body, Target target, Optional<Object> current) {
    current.ifPresent(s -> requireOwn(s, "update"));
    return own.update(body, target, current.map(ReplicaSet.class::cast));
  }

  @Override
  public Write delete(Object set, DeleteOptions options) {
    return own.delete(requireOwn(set, "delete"), options);
  }

  private ReplicaSet requireOwn(Object set, String verb) {
    if (set instanceof ReplicaSet object) {
      return object;
    }
    String deployment = ((ReplicaSetView) set).deployment().meta().name();
    throw StatusError.of(
        405,
        "MethodNotAllowed",
        verb
            + " is not supported on the replica sets of deployments; change deployment \""
            + deployment
            + "\"");
  }
}
