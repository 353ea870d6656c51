package io.hawser.gateway.decode;

import com.fasterxml.jackson.databind.JsonNode;
import io.hawser.gateway.wire.Fields;
import io.hawser.gateway.wire.Quantity;
import io.hawser.model.AutoscaleRules;
import io.hawser.model.AutoscaleRules.Policy;
import io.hawser.model.AutoscaleRules.Select;
import io.hawser.model.HorizontalPodAutoscaler.Metric;
import io.hawser.model.HorizontalPodAutoscaler.Resource;
import io.hawser.model.HorizontalPodAutoscaler.Spec;
import io.hawser.model.HorizontalPodAutoscaler.Target;
import io.hawser.model.ReplicaLimits;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Reads the specs of autoscalers, {@code autoscaling/v2} and {@code v1}. */
public final class AutoscalerFields {
  private static final int DEFAULT_CPU_PERCENT = 80;
  private static final List<String> RESOURCES = List.of("cpu", "memory");

  private AutoscalerFields() {}

  public static Optional<Spec> v2(Fields root) {
    return root.requiredObject("spec", "expected what is scaled, and by what")
        .map(
            spec -> {
              List<Metric> metrics =
                  spec.objects("metrics", AutoscalerFields::metric).stream()
                      .flatMap(Optional::stream)
                      .toList();
              Optional<Fields> behavior = spec.object("behavior");
              AutoscaleRules up = rules(behavior, "scaleUp", AutoscaleRules.UP);
              AutoscaleRules down = rules(behavior, "scaleDown", AutoscaleRules.DOWN);
              behavior.ifPresent(Fields::end);
              return spec(
                  spec, metrics.isEmpty() ? List.of(cpu(DEFAULT_CPU_PERCENT)) : metrics, up, down);
            });
  }

  /**
   * The old form, which knows cpu alone.
   *
   * @param current what the form can't say is kept of it
   */
  public static Optional<Spec> v1(Fields root, Optional<Spec> current) {
    return root.requiredObject("spec", "expected what is scaled, and by how much cpu")
        .map(
            spec -> {
              int percent =
                  spec.integer(
                      "targetCPUUtilizationPercentage", DEFAULT_CPU_PERCENT, 1, Integer.MAX_VALUE);
              List<Metric> others =
                  current.stream()
                      .flatMap(c -> c.metrics().stream())
                      .filter(m -> !isPlainCpu(m))
                      .toList();
              boolean hasCpu = spec.has("targetCPUUtilizationPercentage") || others.isEmpty();
              List<Metric> metrics =
                  hasCpu
                      ? java.util.stream.Stream.concat(
                              java.util.stream.Stream.of(cpu(percent)), others.stream())
                          .toList()
                      : others;
              return spec(
                  spec,
                  metrics,
                  current.map(Spec::up).orElse(AutoscaleRules.UP),
                  current.map(Spec::down).orElse(AutoscaleRules.DOWN));
            });
  }

  /** What {@code targetCPUUtilizationPercentage} stands for. */
  public static boolean isPlainCpu(Metric metric) {
    return metric.resource() == Resource.CPU
        && metric.container().isEmpty()
        && metric.utilization().isPresent();
  }

  private static Metric cpu(int percent) {
    return Metric.utilization(Resource.CPU, percent);
  }

  private static Spec spec(
      Fields spec, List<Metric> metrics, AutoscaleRules up, AutoscaleRules down) {
    Target target =
        spec.requiredObject("scaleTargetRef", "expected kind and name of what is scaled")
            .map(AutoscalerFields::target)
            .orElse(new Target("", "", ""));
    int most = ReplicaLimits.of(target.kind());
    int min = spec.integer("minReplicas", 1, 1, most);
    if (!spec.has("maxReplicas")) {
      spec.causes().required(spec.path("maxReplicas"), "expected the most pods");
    }
    int max = spec.integer("maxReplicas", min, 1, most);
    if (max < min) {
      spec.causes()
          .invalid(
              spec.path("maxReplicas"),
              Integer.toString(max),
              "must be greater than or equal to `minReplicas`");
    }
    spec.end();
    return new Spec(target, min, max, metrics, up, down);
  }

  private static Target target(Fields ref) {
    Target target =
        new Target(
            ref.text("apiVersion").orElse(""),
            ref.requiredText("kind", "such as Deployment"),
            ref.requiredText("name", "the name of what is scaled"));
    ref.end();
    return target;
  }

  private static Optional<Metric> metric(Fields metric) {
    metric.requiredText("type", "expected Resource or ContainerResource");
    Optional<String> type = metric.oneOf("type", List.of("ContainerResource", "Resource"));
    metric.unsupportedPresent("pods", "object", "external");
    boolean ofContainer = type.filter("ContainerResource"::equals).isPresent();
    Optional<Metric> read =
        type.isEmpty()
            ? Optional.empty()
            : metric
                .requiredObject(
                    ofContainer ? "containerResource" : "resource", "expected name and target")
                .flatMap(source -> source(source, ofContainer));
    metric.end();
    return read;
  }

  private static Optional<Metric> source(Fields source, boolean ofContainer) {
    source.requiredText("name", "expected cpu or memory");
    Optional<Resource> resource =
        source.oneOf("name", RESOURCES).map(n -> Resource.valueOf(n.toUpperCase(Locale.ROOT)));
    Optional<String> container =
        ofContainer
            ? Optional.of(source.requiredText("container", "the container's name"))
            : Optional.empty();
    Optional<Fields> target = source.requiredObject("target", "expected how much");
    source.end();
    return resource.isEmpty()
        ? Optional.empty()
        : target.flatMap(t -> metric(t, resource.get(), container));
  }

  private static Optional<Metric> metric(
      Fields target, Resource resource, Optional<String> container) {
    target.requiredText("type", "expected Utilization or AverageValue");
    Optional<String> type = target.oneOf("type", List.of("AverageValue", "Utilization"));
    boolean percent = type.filter("Utilization"::equals).isPresent();
    Optional<Integer> utilization = Optional.empty();
    Optional<Long> average = Optional.empty();
    if (percent) {
      utilization = target.number("averageUtilization", 1, Integer.MAX_VALUE).map(Math::toIntExact);
      if (!target.has("averageUtilization")) {
        target.causes().required(target.path("averageUtilization"), "for the type Utilization");
      }
      target.unsupported("averageValue");
    } else if (type.isPresent()) {
      average = amount(target, resource);
      target.unsupported("averageUtilization");
    }
    target.unsupported("value");
    target.end();
    return utilization.isPresent() || average.isPresent()
        ? Optional.of(new Metric(resource, container, utilization, average))
        : Optional.empty();
  }

  private static Optional<Long> amount(Fields target, Resource resource) {
    Optional<JsonNode> value = target.any("averageValue");
    Optional<Long> amount =
        value.flatMap(v -> resource == Resource.CPU ? Quantity.millis(v) : Quantity.units(v));
    if (value.isEmpty()) {
      target.causes().required(target.path("averageValue"), "for the type AverageValue");
    } else if (amount.filter(a -> a > 0).isEmpty()) {
      target.causes().invalid(target.path("averageValue"), value.get(), "must be positive");
    }
    return amount.filter(a -> a > 0);
  }

  /** What is not said of a direction is as by default. */
  private static AutoscaleRules rules(
      Optional<Fields> behavior, String field, AutoscaleRules otherwise) {
    return behavior
        .flatMap(b -> b.object(field))
        .map(
            rules -> {
              List<Policy> policies = rules.objects("policies", AutoscalerFields::policy);
              Select select =
                  rules
                      .oneOf("selectPolicy", List.of("Disabled", "Max", "Min"))
                      .map(s -> Select.valueOf(s.toUpperCase(Locale.ROOT)))
                      .orElse(otherwise.select());
              int window =
                  rules.integer(
                      "stabilizationWindowSeconds",
                      otherwise.windowSeconds(),
                      0,
                      AutoscaleRules.MAX_WINDOW_SECONDS);
              rules.end();
              return new AutoscaleRules(
                  window, select, policies.isEmpty() ? otherwise.policies() : policies);
            })
        .orElse(otherwise);
  }

  private static Policy policy(Fields policy) {
    policy.requiredText("type", "expected Pods or Percent");
    boolean percent =
        policy.oneOf("type", List.of("Percent", "Pods")).filter("Percent"::equals).isPresent();
    for (String field : List.of("value", "periodSeconds")) {
      if (!policy.has(field)) {
        policy.causes().required(policy.path(field), "must be greater than zero");
      }
    }
    Policy read =
        new Policy(
            percent,
            policy.integer("value", 1, 1, ReplicaLimits.SORTED),
            policy.integer("periodSeconds", 1, 1, AutoscaleRules.MAX_PERIOD_SECONDS));
    policy.end();
    return read;
  }
}
