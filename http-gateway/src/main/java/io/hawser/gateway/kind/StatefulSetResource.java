package io.hawser.gateway.kind;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.decode.WorkloadFields;
import io.hawser.gateway.encode.WorkloadEncoder;
import io.hawser.gateway.wire.Fields;
import io.hawser.model.ObjectMeta;
import io.hawser.model.PodContainer;
import io.hawser.model.StatefulSet;
import java.util.List;

/** Stateful sets, {@code apps/v1}. */
public final class StatefulSetResource extends ObjectResource<StatefulSet> {
  public StatefulSetResource() {
    super(
        new ResourceType(
            "apps",
            "v1",
            "StatefulSet",
            "statefulsets",
            "statefulset",
            List.of("sts"),
            true,
            ResourceType.ALL,
            List.of("all")),
        StatefulSet.class);
  }

  @Override
  StatefulSet read(ObjectMeta meta, Fields root) {
    return WorkloadFields.statefulSet(meta, root);
  }

  @Override
  void write(StatefulSet set, ObjectNode node) {
    WorkloadEncoder.statefulSet(set, node);
  }

  @Override
  public List<Column<StatefulSet>> columns() {
    return List.of(
        name(),
        Column.text("Ready", (s, c) -> s.status().ready() + "/" + s.spec().replicas()),
        age(),
        Column.wide(
            "Containers", (s, c) -> DeploymentResource.of(s.spec().template(), PodContainer::name)),
        Column.wide(
            "Images", (s, c) -> DeploymentResource.of(s.spec().template(), PodContainer::image)));
  }
}
