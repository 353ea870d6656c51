package io.hawser.gateway.kind;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.decode.WorkloadFields;
import io.hawser.gateway.encode.WorkloadEncoder;
import io.hawser.gateway.wire.Fields;
import io.hawser.model.DeploymentSpec.Amount;
import io.hawser.model.ObjectMeta;
import io.hawser.model.PodDisruptionBudget;
import java.util.List;
import java.util.Optional;

/** Disruption budgets, {@code policy/v1}. */
final class PodDisruptionBudgetResource extends ObjectResource<PodDisruptionBudget> {
  PodDisruptionBudgetResource() {
    super(
        new ResourceType(
            "policy",
            "v1",
            "PodDisruptionBudget",
            "poddisruptionbudgets",
            "poddisruptionbudget",
            List.of("pdb"),
            true,
            ResourceType.ALL,
            List.of()),
        PodDisruptionBudget.class);
  }

  @Override
  PodDisruptionBudget read(ObjectMeta meta, Fields root) {
    return WorkloadFields.budget(meta, root);
  }

  @Override
  void write(PodDisruptionBudget budget, ObjectNode node) {
    WorkloadEncoder.budget(budget, node);
  }

  @Override
  public List<Column<PodDisruptionBudget>> columns() {
    return List.of(
        name(),
        Column.text("Min Available", (b, c) -> text(b.minAvailable())),
        Column.text("Max Unavailable", (b, c) -> text(b.maxUnavailable())),
        Column.number("Allowed Disruptions", (b, c) -> b.status().allowed()),
        age());
  }

  private static String text(Optional<Amount> amount) {
    return amount.map(a -> a.percent() ? a.value() + "%" : "" + a.value()).orElse("N/A");
  }
}
