package io.hawser.gateway.kind;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.decode.WorkloadFields;
import io.hawser.gateway.encode.WorkloadEncoder;
import io.hawser.gateway.wire.Fields;
import io.hawser.model.DaemonSet;
import io.hawser.model.ObjectMeta;
import io.hawser.model.PodContainer;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Daemon sets, {@code apps/v1}. */
final class DaemonSetResource extends ObjectResource<DaemonSet> {
  DaemonSetResource() {
    super(
        new ResourceType(
            "apps",
            "v1",
            "DaemonSet",
            "daemonsets",
            "daemonset",
            List.of("ds"),
            true,
            ResourceType.ALL,
            List.of("all")),
        DaemonSet.class);
  }

  @Override
  DaemonSet read(ObjectMeta meta, Fields root) {
    return WorkloadFields.daemonSet(meta, root);
  }

  @Override
  void write(DaemonSet set, ObjectNode node) {
    WorkloadEncoder.daemonSet(set, node);
  }

  @Override
  public List<Column<DaemonSet>> columns() {
    return List.of(
        name(),
        Column.number("Desired", (d, c) -> d.status().desired()),
        Column.number("Current", (d, c) -> d.status().current()),
        Column.number("Ready", (d, c) -> d.status().ready()),
        Column.number("Up-to-date", (d, c) -> d.status().updated()),
        Column.number("Available", (d, c) -> d.status().available()),
        Column.text("Node Selector", (d, c) -> nodes(d)),
        age(),
        Column.wide(
            "Containers", (d, c) -> DeploymentResource.of(d.spec().template(), PodContainer::name)),
        Column.wide(
            "Images", (d, c) -> DeploymentResource.of(d.spec().template(), PodContainer::image)),
        Column.wide("Selector", (d, c) -> DeploymentResource.text(d.spec().selector())));
  }

  private static String nodes(DaemonSet set) {
    Map<String, String> selector = new TreeMap<>(set.spec().template().spec().nodeSelector());
    return selector.isEmpty()
        ? "<none>"
        : selector.entrySet().stream()
            .map(e -> e.getKey() + "=" + e.getValue())
            .collect(Collectors.joining(","));
  }
}
