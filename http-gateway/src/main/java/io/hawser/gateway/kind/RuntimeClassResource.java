package io.hawser.gateway.kind;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.decode.RuntimeClassFields;
import io.hawser.gateway.encode.RuntimeClassEncoder;
import io.hawser.gateway.wire.Fields;
import io.hawser.model.ObjectMeta;
import io.hawser.model.RuntimeClass;
import java.util.List;

/** Runtime classes, {@code node.k8s.io/v1}. */
final class RuntimeClassResource extends ObjectResource<RuntimeClass> {
  RuntimeClassResource() {
    super(
        new ResourceType(
            "node.k8s.io",
            "v1",
            "RuntimeClass",
            "runtimeclasses",
            "runtimeclass",
            List.of(),
            false,
            ResourceType.CLUSTER,
            List.of()),
        RuntimeClass.class);
  }

  @Override
  RuntimeClass read(ObjectMeta meta, Fields root) {
    return RuntimeClassFields.read(meta, root);
  }

  @Override
  void write(RuntimeClass runtime, ObjectNode node) {
    RuntimeClassEncoder.write(runtime, node);
  }

  @Override
  public List<Column<RuntimeClass>> columns() {
    return List.of(name(), Column.text("Handler", (r, c) -> r.handler()), age());
  }
}
