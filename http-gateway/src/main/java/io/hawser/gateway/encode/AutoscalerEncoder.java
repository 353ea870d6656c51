package io.hawser.gateway.encode;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.decode.AutoscalerFields;
import io.hawser.gateway.wire.Json;
import io.hawser.gateway.wire.Quantity;
import io.hawser.model.AutoscaleRules;
import io.hawser.model.Condition;
import io.hawser.model.HorizontalPodAutoscaler;
import io.hawser.model.HorizontalPodAutoscaler.Current;
import io.hawser.model.HorizontalPodAutoscaler.Metric;
import io.hawser.model.HorizontalPodAutoscaler.Resource;
import io.hawser.model.HorizontalPodAutoscaler.Status;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** Writes autoscalers, {@code autoscaling/v2} and {@code v1}. */
public final class AutoscalerEncoder {
  private AutoscalerEncoder() {}

  public static void v2(HorizontalPodAutoscaler autoscaler, ObjectNode node) {
    ObjectNode spec = spec(autoscaler, node);
    ArrayNode metrics = spec.putArray("metrics");
    for (Metric metric : autoscaler.spec().metrics()) {
      ObjectNode target =
          source(metrics.addObject(), metric.resource(), metric.container()).putObject("target");
      target.put("type", metric.utilization().isPresent() ? "Utilization" : "AverageValue");
      metric.utilization().ifPresent(u -> target.put("averageUtilization", u));
      metric.average().ifPresent(a -> target.put("averageValue", amount(metric.resource(), a)));
    }
    ObjectNode behavior = spec.putObject("behavior");
    rules(behavior.putObject("scaleUp"), autoscaler.spec().up());
    rules(behavior.putObject("scaleDown"), autoscaler.spec().down());
    Status status = autoscaler.status();
    ObjectNode out = status(status, node);
    if (!status.metrics().isEmpty()) {
      ArrayNode currents = out.putArray("currentMetrics");
      for (Current current : status.metrics()) {
        ObjectNode value =
            source(currents.addObject(), current.resource(), current.container())
                .putObject("current");
        current.utilization().ifPresent(u -> value.put("averageUtilization", u));
        value.put("averageValue", amount(current.resource(), current.average()));
      }
    } else {
      out.putNull("currentMetrics");
    }
    conditions(out, status);
  }

  public static void v1(HorizontalPodAutoscaler autoscaler, ObjectNode node) {
    ObjectNode spec = spec(autoscaler, node);
    autoscaler.spec().metrics().stream()
        .filter(AutoscalerFields::isPlainCpu)
        .findFirst()
        .ifPresent(m -> spec.put("targetCPUUtilizationPercentage", m.utilization().get()));
    ObjectNode out = status(autoscaler.status(), node);
    autoscaler.status().metrics().stream()
        .filter(c -> c.resource() == Resource.CPU && c.container().isEmpty())
        .flatMap(c -> c.utilization().stream())
        .findFirst()
        .ifPresent(u -> out.put("currentCPUUtilizationPercentage", u));
  }

  private static ObjectNode spec(HorizontalPodAutoscaler autoscaler, ObjectNode node) {
    ObjectNode spec = node.putObject("spec");
    ObjectNode ref = spec.putObject("scaleTargetRef");
    Json.putIfSet(ref, "apiVersion", autoscaler.spec().target().apiVersion());
    ref.put("kind", autoscaler.spec().target().kind());
    ref.put("name", autoscaler.spec().target().name());
    return spec.put("minReplicas", autoscaler.spec().min())
        .put("maxReplicas", autoscaler.spec().max());
  }

  private static ObjectNode status(Status status, ObjectNode node) {
    ObjectNode out = node.putObject("status");
    if (status.observedGeneration() > 0) {
      out.put("observedGeneration", status.observedGeneration());
    }
    status.lastScaledAt().ifPresent(t -> out.put("lastScaleTime", Json.time(t)));
    return out.put("currentReplicas", status.replicas()).put("desiredReplicas", status.desired());
  }

  private static void conditions(ObjectNode out, Status status) {
    ArrayNode list = out.putArray("conditions");
    for (Condition condition : status.conditions()) {
      list.addObject()
          .put("type", condition.type())
          .put("status", condition.status())
          .put("lastTransitionTime", Json.time(condition.lastTransitionAt()))
          .put("reason", condition.reason())
          .put("message", condition.message());
    }
  }

  private static ObjectNode source(ObjectNode node, Resource resource, Optional<String> container) {
    node.put("type", container.isPresent() ? "ContainerResource" : "Resource");
    ObjectNode source = node.putObject(container.isPresent() ? "containerResource" : "resource");
    source.put("name", name(resource));
    Json.putIfSet(source, "container", container);
    return source;
  }

  private static void rules(ObjectNode node, AutoscaleRules rules) {
    node.put("stabilizationWindowSeconds", rules.windowSeconds());
    node.put("selectPolicy", Words.camel(rules.select()));
    ArrayNode policies = node.putArray("policies");
    rules
        .policies()
        .forEach(
            p ->
                policies
                    .addObject()
                    .put("type", p.percent() ? "Percent" : "Pods")
                    .put("value", p.value())
                    .put("periodSeconds", p.periodSeconds()));
  }

  private static String name(Resource resource) {
    return resource.name().toLowerCase(Locale.ROOT);
  }

  private static String amount(Resource resource, long amount) {
    return resource == Resource.CPU ? Quantity.cpu(amount) : Quantity.bytes(amount);
  }

  /** What is used and what is wanted of each, as {@code kubectl get} shows it. */
  public static String targets(HorizontalPodAutoscaler autoscaler) {
    return autoscaler.spec().metrics().stream()
        .map(m -> name(m.resource()) + ": " + current(autoscaler.status(), m) + "/" + wanted(m))
        .collect(Collectors.joining(", "));
  }

  private static String wanted(Metric metric) {
    return metric
        .utilization()
        .map(u -> u + "%")
        .orElseGet(() -> amount(metric.resource(), metric.average().orElse(0L)));
  }

  private static String current(Status status, Metric metric) {
    return status.metrics().stream()
        .filter(c -> c.resource() == metric.resource() && c.container().equals(metric.container()))
        .filter(c -> c.utilization().isPresent() == metric.utilization().isPresent())
        .findFirst()
        .map(
            c ->
                c.utilization()
                    .map(u -> u + "%")
                    .orElseGet(() -> amount(c.resource(), c.average())))
        .orElse("<unknown>");
  }
}
