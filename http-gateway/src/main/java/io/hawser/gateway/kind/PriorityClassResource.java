package io.hawser.gateway.kind;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.wire.Fields;
import io.hawser.gateway.wire.Json;
import io.hawser.model.ObjectMeta;
import io.hawser.model.PriorityClass;
import java.util.List;

/** Priority classes, {@code scheduling.k8s.io/v1}. */
final class PriorityClassResource extends ObjectResource<PriorityClass> {
  private static final String PREEMPTS = "PreemptLowerPriority";

  PriorityClassResource() {
    super(
        new ResourceType(
            "scheduling.k8s.io",
            "v1",
            "PriorityClass",
            "priorityclasses",
            "priorityclass",
            List.of("pc"),
            false,
            ResourceType.CLUSTER,
            List.of()),
        PriorityClass.class);
  }

  @Override
  PriorityClass read(ObjectMeta meta, Fields root) {
    if (!root.has("value")) {
      root.causes().required(root.path("value"), "expected the priority as a whole number");
    }
    int value = root.integer("value", 0, Integer.MIN_VALUE, PriorityClass.MAX_USER_VALUE);
    boolean isDefault = root.bool("globalDefault").orElse(false);
    String description = root.text("description").orElse("");
    String policy = root.oneOf("preemptionPolicy", List.of(PREEMPTS, "Never")).orElse(PREEMPTS);
    return new PriorityClass(meta, value, isDefault, description, policy.equals(PREEMPTS));
  }

  @Override
  void write(PriorityClass priority, ObjectNode node) {
    node.put("value", priority.value());
    if (priority.globalDefault()) {
      node.put("globalDefault", true);
    }
    Json.putIfSet(node, "description", priority.description());
    node.put("preemptionPolicy", priority.preempts() ? PREEMPTS : "Never");
  }

  @Override
  public List<Column<PriorityClass>> columns() {
    return List.of(
        name(),
        Column.number("Value", (p, c) -> p.value()),
        Column.text("Global-Default", (p, c) -> p.globalDefault()),
        age(),
        Column.text("PreemptionPolicy", (p, c) -> p.preempts() ? PREEMPTS : "Never"));
  }
}
