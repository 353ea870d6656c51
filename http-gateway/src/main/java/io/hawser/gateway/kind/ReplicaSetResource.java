package io.hawser.gateway.kind;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.cluster.replica.ReplicaProtocol.Change;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.EventSubject;
import io.hawser.gateway.encode.ReplicaSetEncoder;
import io.hawser.gateway.encode.ReplicaSetView;
import io.hawser.model.Deployment;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.model.PodContainer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The revisions of deployments, shown as {@code apps/v1} ReplicaSets: the part of {@link
 * AllReplicaSets} that can only be read.
 */
final class ReplicaSetResource extends Resource<ReplicaSetView> {
  ReplicaSetResource() {
    super(
        new ResourceType(
            "apps",
            "v1",
            "ReplicaSet",
            "replicasets",
            "replicaset",
            List.of("rs"),
            true,
            ResourceType.READ,
            List.of("all")));
  }

  @Override
  public Stream<ReplicaSetView> all(ClusterState state) {
    return state.deployments().values().stream().flatMap(d -> ReplicaSetView.of(d, state).stream());
  }

  /** Its name is its deployment's and the template's hash, which has no dash. */
  @Override
  public Optional<ReplicaSetView> find(ClusterState state, String namespace, String name) {
    int dash = name.lastIndexOf('-');
    if (dash <= 0) {
      return Optional.empty();
    }
    return state
        .deployment(new ObjectName(namespace, name.substring(0, dash)))
        .flatMap(
            d -> ReplicaSetView.of(d, state).stream().filter(v -> v.name().equals(name)).findAny());
  }

  @Override
  public ObjectNode encode(ReplicaSetView view, ClusterState state) {
    return ReplicaSetEncoder.encode(view);
  }

  @Override
  public String namespace(ReplicaSetView view) {
    return view.deployment().meta().namespace();
  }

  @Override
  public Map<String, String> labels(ReplicaSetView view) {
    return view.labels();
  }

  @Override
  public Set<String> fieldNames() {
    return Set.of("metadata.name", "metadata.namespace");
  }

  @Override
  public Map<String, String> fields(ReplicaSetView view) {
    return Map.of("metadata.name", view.name(), "metadata.namespace", namespace(view));
  }

  @Override
  public List<Column<ReplicaSetView>> columns() {
    return List.of(
        Column.text("Name", (v, c) -> v.name()),
        Column.number("Desired", (v, c) -> v.wantedReplicas()),
        Column.number("Current", (v, c) -> v.pods().size()),
        Column.number("Ready", (v, c) -> v.readyReplicas()),
        Column.text("Age", (v, c) -> c.age(v.createdAt())),
        Column.wide(
            "Containers",
            (v, c) -> DeploymentResource.of(v.revision().template(), PodContainer::name)),
        Column.wide(
            "Images",
            (v, c) -> DeploymentResource.of(v.revision().template(), PodContainer::image)),
        Column.wide(
            "Selector", (v, c) -> DeploymentResource.text(v.deployment().spec().selector())));
  }

  @Override
  public Stream<Touched<ReplicaSetView>> touched(Change change) {
    return DeploymentResource.deploymentOf(change.event())
        .or(() -> EventSubject.pod(change.event()).flatMap(p -> ownerOf(change, p)))
        .stream()
        .flatMap(name -> touchedOf(change, name));
  }

  private static Optional<ObjectName> ownerOf(Change change, ObjectName pod) {
    return change.after().pod(pod).or(() -> change.before().pod(pod)).flatMap(Pod::deployment);
  }

  private static Stream<Touched<ReplicaSetView>> touchedOf(Change change, ObjectName deployment) {
    Map<String, ReplicaSetView> before = views(change.before(), deployment);
    Map<String, ReplicaSetView> after = views(change.after(), deployment);
    Set<String> names = new TreeSet<>(before.keySet());
    names.addAll(after.keySet());
    return names.stream()
        .map(
            n ->
                new Touched<>(
                    Optional.ofNullable(before.get(n)), Optional.ofNullable(after.get(n))));
  }

  private static Map<String, ReplicaSetView> views(ClusterState state, ObjectName name) {
    Map<String, ReplicaSetView> views = new LinkedHashMap<>();
    Optional<Deployment> deployment = state.deployment(name);
    deployment.ifPresent(d -> ReplicaSetView.of(d, state).forEach(v -> views.put(v.name(), v)));
    return views;
  }
}
