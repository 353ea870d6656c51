package io.hawser.gateway.kind;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.cluster.replica.ReplicaProtocol.Change;
import io.hawser.cluster.spi.WorkloadKind;
import io.hawser.cluster.state.ClusterState;
import io.hawser.gateway.decode.CustomFields;
import io.hawser.gateway.encode.DeploymentEncoder;
import io.hawser.gateway.wire.Fields;
import io.hawser.gateway.wire.Json;
import io.hawser.model.CustomObject;
import io.hawser.model.ObjectKey;
import io.hawser.model.ObjectMeta;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** A workload kind that a jar added. */
final class CustomResource extends ObjectResource<CustomObject> {
  private final WorkloadKind kind;
  private final String name;

  CustomResource(WorkloadKind kind) {
    super(type(kind.names()), CustomObject.class);
    this.kind = kind;
    this.name = kind.names().type();
  }

  private static ResourceType type(WorkloadKind.Names names) {
    return new ResourceType(
        names.group(),
        names.version(),
        names.kind(),
        names.plural(),
        names.kind().toLowerCase(Locale.ROOT),
        names.shortNames(),
        true,
        ResourceType.ALL,
        List.of("all"));
  }

  @Override
  CustomObject read(ObjectMeta meta, Fields root) {
    CustomObject object = CustomFields.read(meta, root, name);
    if (root.causes().isEmpty()) {
      kind.refusal(object).ifPresent(why -> root.causes().forbidden(root.path("spec"), why));
    }
    return object;
  }

  @Override
  void write(CustomObject object, ObjectNode node) {
    ObjectNode spec = node.putObject("spec");
    object.fields().forEach((field, value) -> spec.set(field, Json.MAPPER.valueToTree(value)));
    object.template().ifPresent(t -> spec.set("template", DeploymentEncoder.template(t)));
    ObjectNode status = node.putObject("status");
    CustomObject.Status now = object.status();
    now.fields().forEach((field, value) -> status.set(field, Json.MAPPER.valueToTree(value)));
    status.put("observedGeneration", now.observedGeneration()).put("pods", now.pods());
    Json.putIfSet(status, "problem", now.problem());
  }

  @Override
  public Stream<CustomObject> all(ClusterState state) {
    return state.objects().all(name).stream().map(CustomObject.class::cast);
  }

  @Override
  public Optional<CustomObject> find(ClusterState state, String namespace, String objectName) {
    return state
        .objects()
        .find(new ObjectKey(name, namespace, objectName))
        .map(CustomObject.class::cast);
  }

  @Override
  public Stream<Touched<CustomObject>> touched(Change change) {
    return keyOf(change.event()).filter(k -> k.kind().equals(name)).stream()
        .map(k -> touched(change, k.namespace(), k.name()));
  }

  @Override
  public List<Column<CustomObject>> columns() {
    return List.of(
        name(),
        Column.number("Pods", (o, c) -> o.status().pods()),
        Column.text("Problem", (o, c) -> o.status().problem().orElse("")),
        age());
  }
}
