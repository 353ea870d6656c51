package io.hawser.gateway.kind;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.decode.AutoscalerFields;
import io.hawser.gateway.encode.AutoscalerEncoder;
import io.hawser.gateway.wire.Fields;
import io.hawser.model.HorizontalPodAutoscaler;
import io.hawser.model.HorizontalPodAutoscaler.Status;
import io.hawser.model.ObjectMeta;
import java.util.List;
import java.util.Optional;

/** Autoscalers, {@code autoscaling/v2}. */
class AutoscalerResource extends ObjectResource<HorizontalPodAutoscaler> {
  AutoscalerResource(String version) {
    super(
        new ResourceType(
            "autoscaling",
            version,
            "HorizontalPodAutoscaler",
            "horizontalpodautoscalers",
            "horizontalpodautoscaler",
            List.of("hpa"),
            true,
            ResourceType.ALL,
            List.of("all")),
        HorizontalPodAutoscaler.class);
  }

  /** The present form; {@link OldForm} is the one of before. */
  AutoscalerResource() {
    this("v2");
  }

  @Override
  HorizontalPodAutoscaler read(ObjectMeta meta, Fields root) {
    return new HorizontalPodAutoscaler(meta, AutoscalerFields.v2(root).orElse(null), Status.NONE);
  }

  @Override
  void write(HorizontalPodAutoscaler autoscaler, ObjectNode node) {
    AutoscalerEncoder.v2(autoscaler, node);
  }

  @Override
  public List<Column<HorizontalPodAutoscaler>> columns() {
    return List.of(
        name(),
        Column.text(
            "Reference", (a, c) -> a.spec().target().kind() + "/" + a.spec().target().name()),
        Column.text("Targets", (a, c) -> AutoscalerEncoder.targets(a)),
        Column.text("MinPods", (a, c) -> Integer.toString(a.spec().min())),
        Column.number("MaxPods", (a, c) -> a.spec().max()),
        Column.number("Replicas", (a, c) -> a.status().replicas()),
        age());
  }

  /** The same objects as {@code autoscaling/v1}, which {@code kubectl autoscale} writes. */
  static final class OldForm extends AutoscalerResource {
    OldForm() {
      super("v1");
    }

    @Override
    HorizontalPodAutoscaler read(ObjectMeta meta, Fields root) {
      return read(meta, root, Optional.empty());
    }

    @Override
    HorizontalPodAutoscaler read(
        ObjectMeta meta, Fields root, Optional<HorizontalPodAutoscaler> current) {
      return new HorizontalPodAutoscaler(
          meta,
          AutoscalerFields.v1(root, current.map(HorizontalPodAutoscaler::spec)).orElse(null),
          Status.NONE);
    }

    @Override
    void write(HorizontalPodAutoscaler autoscaler, ObjectNode node) {
      AutoscalerEncoder.v1(autoscaler, node);
    }
  }
}
