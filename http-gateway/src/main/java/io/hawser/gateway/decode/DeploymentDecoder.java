package io.hawser.gateway.decode;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.wire.Causes;
import io.hawser.gateway.wire.Fields;
import io.hawser.model.DeploymentSpec;
import io.hawser.model.DeploymentSpec.Amount;
import io.hawser.model.DeploymentSpec.Strategy;
import io.hawser.model.DeploymentSpec.StrategyType;
import io.hawser.model.LabelSelector;
import io.hawser.model.PodSpec;
import io.hawser.model.PodTemplate;
import io.hawser.model.ReplicaLimits;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads an {@code apps/v1 Deployment}. */
public final class DeploymentDecoder {
  private DeploymentDecoder() {}

  /** A deployment as a client wrote it. */
  public record Decoded(Metadata meta, DeploymentSpec spec) {}

  /**
   * @throws io.hawser.gateway.wire.StatusError 422 naming every wrong field
   */
  public static Decoded decode(ObjectNode body, Target target) {
    Causes causes = new Causes();
    Fields root = Fields.of(body, causes);
    Metadata meta = Metadata.decode(root, target, false);
    Optional<DeploymentSpec> spec =
        root.requiredObject("spec", "a deployment needs a spec").map(DeploymentDecoder::spec);
    root.harmless("status");
    root.end();
    causes.throwIfAny(target.subject(meta.name()));
    return new Decoded(meta, spec.orElseThrow());
  }

  private static DeploymentSpec spec(Fields spec) {
    int replicas = spec.integer("replicas", 1, 0, ReplicaLimits.SORTED);
    LabelSelector selector =
        spec.requiredObject("selector", "expected matchLabels or matchExpressions")
            .map(SelectorDecoder::decode)
            .orElse(new LabelSelector(Map.of(), List.of()));
    Optional<PodTemplate> template =
        spec.requiredObject("template", "expected the pods' metadata and spec")
            .map(t -> template(t, List.of("Always")));
    template.ifPresent(t -> checkSelector(spec, selector, t));
    Strategy strategy =
        spec.object("strategy").map(DeploymentDecoder::strategy).orElse(Strategy.DEFAULT);
    int minReady = spec.integer("minReadySeconds", 0, 0, Integer.MAX_VALUE);
    int deadline =
        spec.integer(
            "progressDeadlineSeconds",
            DeploymentSpec.DEFAULT_PROGRESS_DEADLINE_SECONDS,
            1,
            Integer.MAX_VALUE);
    if (deadline <= minReady) {
      spec.causes()
          .invalid(
              spec.path("progressDeadlineSeconds"),
              deadline,
              "must be greater than minReadySeconds");
    }
    int history =
        spec.integer(
            "revisionHistoryLimit",
            DeploymentSpec.DEFAULT_REVISION_HISTORY_LIMIT,
            0,
            Integer.MAX_VALUE);
    boolean paused = spec.bool("paused").orElse(false);
    spec.end();
    return new DeploymentSpec(
        replicas, selector, template.orElse(null), strategy, minReady, deadline, history, paused);
  }

  static void checkSelector(Fields spec, LabelSelector selector, PodTemplate template) {
    if (!spec.has("selector")) {
      return;
    }
    if (selector.isEmpty()) {
      spec.causes()
          .invalid(spec.path("selector"), "{}", "an empty selector is invalid for a deployment");
    } else if (!selector.matches(template.labels())) {
      spec.causes()
          .invalid(
              spec.path("template.metadata.labels"),
              new java.util.TreeMap<>(template.labels()),
              "`selector` does not match template `labels`");
    }
  }

  /**
   * @param restartPolicies what the pods' may be; the first one when none is given
   */
  static PodTemplate template(Fields template, List<String> restartPolicies) {
    return template(template, restartPolicies, List.of());
  }

  /**
   * @param volumes names of those that the pods get besides their own
   */
  static PodTemplate template(Fields template, List<String> restartPolicies, List<String> volumes) {
    Metadata.OfTemplate meta =
        template.object("metadata").map(Metadata::ofTemplate).orElse(Metadata.OfTemplate.NONE);
    Optional<PodSpec> spec =
        template
            .requiredObject("spec", "expected the pods' spec")
            .map(s -> PodSpecDecoder.decode(s, restartPolicies, volumes));
    template.end();
    return new PodTemplate(meta.labels(), meta.annotations(), spec.orElse(null));
  }

  private static Strategy strategy(Fields strategy) {
    String type =
        strategy.oneOf("type", List.of("RollingUpdate", "Recreate")).orElse("RollingUpdate");
    if (type.equals("Recreate")) {
      if (strategy.has("rollingUpdate")) {
        strategy
            .causes()
            .forbidden(
                strategy.path("rollingUpdate"), "may not be set when strategy type is Recreate");
      }
      strategy.harmless("rollingUpdate");
      strategy.end();
      return new Strategy(
          StrategyType.RECREATE, Strategy.DEFAULT.maxSurge(), Strategy.DEFAULT.maxUnavailable());
    }
    Strategy rolling =
        strategy.object("rollingUpdate").map(DeploymentDecoder::rolling).orElse(Strategy.DEFAULT);
    strategy.end();
    return rolling;
  }

  private static Strategy rolling(Fields rolling) {
    Amount surge = amount(rolling, "maxSurge", Strategy.DEFAULT.maxSurge());
    Amount unavailable = amount(rolling, "maxUnavailable", Strategy.DEFAULT.maxUnavailable());
    if (surge.value() == 0 && unavailable.value() == 0) {
      rolling
          .causes()
          .invalid(rolling.path("maxUnavailable"), 0, "may not be 0 when `maxSurge` is 0");
    }
    if (unavailable.percent() && unavailable.value() > 100) {
      rolling
          .causes()
          .invalid(
              rolling.path("maxUnavailable"), unavailable.value() + "%", "must be at most 100%");
    }
    rolling.end();
    return new Strategy(StrategyType.ROLLING_UPDATE, surge, unavailable);
  }

  static Amount amount(Fields fields, String field, Amount ifAbsent) {
    Optional<JsonNode> value = fields.any(field);
    if (value.isEmpty()) {
      return ifAbsent;
    }
    JsonNode given = value.get();
    if (given.isIntegralNumber() && given.canConvertToInt() && given.intValue() >= 0) {
      return Amount.of(given.intValue());
    }
    if (given.isTextual() && given.textValue().matches("\\d{1,4}%")) {
      String digits = given.textValue().substring(0, given.textValue().length() - 1);
      return Amount.percent(Integer.parseInt(digits));
    }
    fields
        .causes()
        .invalid(
            fields.path(field),
            given.isTextual() ? given.textValue() : given,
            "must be a number of pods, 0 or more, or a percentage such as \"25%\"");
    return ifAbsent;
  }
}
