package io.hawser.gateway.kind;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.replica.ReplicaProtocol.Change;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.gateway.decode.DeploymentDecoder;
import io.hawser.gateway.decode.Target;
import io.hawser.gateway.encode.DeploymentEncoder;
import io.hawser.gateway.wire.Causes;
import io.hawser.gateway.wire.StatusError;
import io.hawser.model.Deployment;
import io.hawser.model.LabelSelector;
import io.hawser.model.ObjectName;
import io.hawser.model.PodContainer;
import io.hawser.model.PodTemplate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Deployments, {@code apps/v1}. */
public final class DeploymentResource extends Resource<Deployment> {
  public DeploymentResource() {
    super(
        new ResourceType(
            "apps",
            "v1",
            "Deployment",
            "deployments",
            "deployment",
            List.of("deploy"),
            true,
            ResourceType.ALL,
            List.of("all")));
  }

  @Override
  public Stream<Deployment> all(ClusterState state) {
    return state.deployments().values().stream();
  }

  @Override
  public Optional<Deployment> find(ClusterState state, String namespace, String name) {
    return state.deployment(new ObjectName(namespace, name));
  }

  @Override
  public ObjectNode encode(Deployment deployment, ClusterState state) {
    return DeploymentEncoder.encode(deployment);
  }

  @Override
  public String namespace(Deployment deployment) {
    return deployment.meta().namespace();
  }

  @Override
  public Map<String, String> labels(Deployment deployment) {
    return deployment.meta().labels();
  }

  @Override
  public Set<String> fieldNames() {
    return Set.of("metadata.name", "metadata.namespace");
  }

  @Override
  public Map<String, String> fields(Deployment deployment) {
    return Map.of(
        "metadata.name", deployment.meta().name(),
        "metadata.namespace", deployment.meta().namespace());
  }

  @Override
  public List<Column<Deployment>> columns() {
    return List.of(
        Column.text("Name", (d, c) -> d.meta().name()),
        Column.text("Ready", (d, c) -> d.status().readyReplicas() + "/" + d.spec().replicas()),
        Column.number("Up-to-date", (d, c) -> d.status().updatedReplicas()),
        Column.number("Available", (d, c) -> d.status().availableReplicas()),
        Column.text("Age", (d, c) -> c.age(d.meta().createdAt())),
        Column.wide("Containers", (d, c) -> of(d.spec().template(), PodContainer::name)),
        Column.wide("Images", (d, c) -> of(d.spec().template(), PodContainer::image)),
        Column.wide("Selector", (d, c) -> text(d.spec().selector())));
  }

  static String of(PodTemplate template, Function<PodContainer, String> what) {
    return template.spec().containers().stream().map(what).collect(Collectors.joining(","));
  }

  /** The deployment's selector as a query's {@code labelSelector} writes it. */
  public static String selectorText(Deployment deployment) {
    return text(deployment.spec().selector());
  }

  /** As a query's {@code labelSelector} writes it. */
  public static String text(LabelSelector selector) {
    Stream<String> labels =
        new TreeMap<>(selector.matchLabels())
            .entrySet().stream().map(e -> e.getKey() + "=" + e.getValue());
    Stream<String> expressions =
        selector.matchExpressions().stream()
            .map(
                r ->
                    switch (r.operator()) {
                      case IN -> r.key() + " in (" + String.join(",", r.values()) + ")";
                      case NOT_IN -> r.key() + " notin (" + String.join(",", r.values()) + ")";
                      case EXISTS -> r.key();
                      case DOES_NOT_EXIST -> "!" + r.key();
                    });
    return Stream.concat(labels, expressions).collect(Collectors.joining(","));
  }

  @Override
  public Stream<Touched<Deployment>> touched(Change change) {
    return deploymentOf(change.event()).map(n -> touched(change, n.namespace(), n.name())).stream();
  }

  static Optional<ObjectName> deploymentOf(SchedulerEvent event) {
    if (event instanceof SchedulerEvent.DeploymentCreated e) {
      return Optional.of(e.deployment().name());
    } else if (event instanceof SchedulerEvent.DeploymentChanged e) {
      return Optional.of(e.name());
    } else if (event instanceof SchedulerEvent.DeploymentStatusChanged e) {
      return Optional.of(e.name());
    } else if (event instanceof SchedulerEvent.DeploymentDeleted e) {
      return Optional.of(e.name());
    }
    return Optional.empty();
  }

  @Override
  public Write create(ObjectNode body, Target target) {
    DeploymentDecoder.Decoded decoded = DeploymentDecoder.decode(body, target);
    return new Write(
        new ClientRequest.CreateDeployment(
            decoded.meta().objectName(),
            decoded.meta().labels(),
            decoded.meta().annotations(),
            decoded.spec()),
        decoded.meta().name());
  }

  @Override
  public Write update(ObjectNode body, Target target, Optional<Deployment> current) {
    DeploymentDecoder.Decoded decoded = DeploymentDecoder.decode(body, target);
    Deployment old =
        current.orElseThrow(
            () -> StatusError.notFound(type().subject(decoded.meta().name()), type().plural()));
    if (!old.spec().selector().equals(decoded.spec().selector())) {
      Causes causes = new Causes();
      causes.invalid("spec.selector", text(decoded.spec().selector()), "field is immutable");
      causes.throwIfAny(type().subject(decoded.meta().name()));
    }
    return new Write(
        new ClientRequest.UpdateDeployment(
            decoded.meta().objectName(),
            decoded.meta().labels(),
            decoded.meta().annotations(),
            decoded.spec(),
            decoded.meta().ifResourceVersion(),
            decoded.meta().ifUid()),
        decoded.meta().name());
  }

  @Override
  public Write delete(Deployment deployment, DeleteOptions options) {
    return new Write(
        new ClientRequest.DeleteDeployment(deployment.name(), options.ifUid(), options.orphan()),
        deployment.meta().name());
  }
}
