package io.hawser.gateway.decode;

import io.hawser.gateway.wire.Fields;
import io.hawser.gateway.wire.NameRules;
import io.hawser.model.LabelSelector;
import io.hawser.model.Scheduling;
import io.hawser.model.Scheduling.NodePolicy;
import io.hawser.model.Scheduling.PodAffinity;
import io.hawser.model.Scheduling.PodTerm;
import io.hawser.model.Scheduling.PreemptionPolicy;
import io.hawser.model.Scheduling.PreferredPods;
import io.hawser.model.Scheduling.SpreadConstraint;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Reads what a {@code core/v1 PodSpec} says about the choice of a node, by Kubernetes' rules. */
final class SchedulingDecoder {
  static final String REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
  static final String PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";
  private static final int MAX_WEIGHT = 100;

  private SchedulingDecoder() {}

  static Scheduling decode(Fields spec) {
    Optional<Fields> affinity = spec.object("affinity");
    Scheduling.NodeAffinity nodes = Scheduling.NodeAffinity.NONE;
    PodAffinity near = PodAffinity.NONE;
    PodAffinity away = PodAffinity.NONE;
    if (affinity.isPresent()) {
      Fields fields = affinity.get();
      nodes = fields.object("nodeAffinity").map(NodeAffinityDecoder::decode).orElse(nodes);
      near = fields.object("podAffinity").map(SchedulingDecoder::podAffinity).orElse(near);
      away = fields.object("podAntiAffinity").map(SchedulingDecoder::podAffinity).orElse(away);
      fields.end();
    }
    List<SpreadConstraint> spread =
        spec.objects("topologySpreadConstraints", SchedulingDecoder::spread);
    eachSpreadOnce(spec, spread);
    Optional<String> className = spec.text("priorityClassName");
    className.ifPresent(
        name -> NameRules.checkSubdomain(spec.causes(), spec.path("priorityClassName"), name));
    return new Scheduling(
        nodes,
        near,
        away,
        spread,
        priority(spec, className),
        className,
        spec.oneOf("preemptionPolicy", List.of("Never", "PreemptLowerPriority"))
                .filter("Never"::equals)
                .isPresent()
            ? PreemptionPolicy.NEVER
            : PreemptionPolicy.PREEMPT_LOWER_PRIORITY);
  }

  /** What a class gives, a user need not; but a server's own answer may come back. */
  private static Optional<Integer> priority(Fields spec, Optional<String> className) {
    long max =
        className
            .filter(Scheduling.SYSTEM_CLASSES::containsKey)
            .map(name -> (long) Scheduling.SYSTEM_CLASSES.get(name))
            .orElse((long) Scheduling.MAX_USER_PRIORITY);
    return spec.number("priority", Integer.MIN_VALUE, Integer.MAX_VALUE)
        .filter(
            value -> {
              if (value > max) {
                spec.causes()
                    .forbidden(spec.path("priority"), "must be at most " + max + " for users");
              }
              return value <= max;
            })
        .map(Math::toIntExact);
  }

  static int weight(Fields fields) {
    if (!fields.has("weight")) {
      fields.causes().required(fields.path("weight"), "must be in the range 1-100");
    }
    return fields.integer("weight", 1, 1, MAX_WEIGHT);
  }

  private static PodAffinity podAffinity(Fields fields) {
    List<PodTerm> required = fields.objects(REQUIRED, SchedulingDecoder::podTerm);
    List<PreferredPods> preferred = fields.objects(PREFERRED, SchedulingDecoder::preferredPods);
    fields.end();
    return new PodAffinity(required, preferred);
  }

  private static PreferredPods preferredPods(Fields fields) {
    int weight = weight(fields);
    PodTerm none =
        new PodTerm(Optional.empty(), "", Set.of(), Optional.empty(), List.of(), List.of());
    PodTerm term =
        fields
            .requiredObject("podAffinityTerm", "expected which pods are meant")
            .map(SchedulingDecoder::podTerm)
            .orElse(none);
    fields.end();
    return new PreferredPods(weight, term);
  }

  private static PodTerm podTerm(Fields fields) {
    Optional<LabelSelector> selector = fields.object("labelSelector").map(SelectorDecoder::decode);
    String topologyKey = topologyKey(fields);
    Set<String> namespaces = new TreeSet<>(fields.strings("namespaces"));
    namespaces.forEach(
        name -> NameRules.checkLabel(fields.causes(), fields.path("namespaces"), name));
    Optional<LabelSelector> namespaceSelector =
        fields.object("namespaceSelector").map(SelectorDecoder::decode);
    List<String> match = labelKeys(fields, "matchLabelKeys", selector);
    List<String> mismatch = labelKeys(fields, "mismatchLabelKeys", selector);
    for (String key : match) {
      if (mismatch.contains(key)) {
        fields.causes().invalid(fields.path("matchLabelKeys"), key, "exists in both lists of keys");
      }
    }
    fields.end();
    return new PodTerm(selector, topologyKey, namespaces, namespaceSelector, match, mismatch);
  }

  private static String topologyKey(Fields fields) {
    String key = fields.requiredText("topologyKey", "can not be empty");
    if (!key.isEmpty()) {
      NameRules.checkKey(fields.causes(), fields.path("topologyKey"), key);
    }
    return key;
  }

  private static List<String> labelKeys(
      Fields fields, String field, Optional<LabelSelector> selector) {
    List<String> keys = fields.strings(field);
    if (!keys.isEmpty() && selector.isEmpty()) {
      fields
          .causes()
          .forbidden(fields.path(field), "must not be specified when labelSelector is not set");
    }
    Set<String> seen = new HashSet<>();
    for (String key : keys) {
      NameRules.checkKey(fields.causes(), fields.path(field), key);
      if (!seen.add(key)) {
        fields.causes().duplicate(fields.path(field), key);
      } else if (selector.isPresent() && selects(selector.get(), key)) {
        fields.causes().invalid(fields.path(field), key, "exists in labelSelector as well");
      }
    }
    return keys;
  }

  private static boolean selects(LabelSelector selector, String key) {
    return selector.matchLabels().containsKey(key)
        || selector.matchExpressions().stream().anyMatch(r -> r.key().equals(key));
  }

  private static SpreadConstraint spread(Fields fields) {
    if (!fields.has("maxSkew")) {
      fields.causes().required(fields.path("maxSkew"), "must be greater than zero");
    }
    int maxSkew = fields.integer("maxSkew", 1, 1, Integer.MAX_VALUE);
    String topologyKey = topologyKey(fields);
    List<String> actions = List.of("DoNotSchedule", "ScheduleAnyway");
    fields.requiredText("whenUnsatisfiable", "expected DoNotSchedule or ScheduleAnyway");
    boolean hard =
        fields.oneOf("whenUnsatisfiable", actions).orElse("DoNotSchedule").equals("DoNotSchedule");
    Optional<LabelSelector> selector = fields.object("labelSelector").map(SelectorDecoder::decode);
    Optional<Integer> minDomains =
        fields.number("minDomains", 1, Integer.MAX_VALUE).map(Math::toIntExact);
    if (minDomains.isPresent() && !hard) {
      fields
          .causes()
          .invalid(
              fields.path("minDomains"),
              minDomains.get(),
              "can only use minDomains if whenUnsatisfiable=DoNotSchedule");
    }
    NodePolicy affinity = policy(fields, "nodeAffinityPolicy", NodePolicy.HONOR);
    NodePolicy taints = policy(fields, "nodeTaintsPolicy", NodePolicy.IGNORE);
    List<String> keys = labelKeys(fields, "matchLabelKeys", selector);
    fields.end();
    return new SpreadConstraint(
        maxSkew, topologyKey, hard, selector, minDomains, affinity, taints, keys);
  }

  private static NodePolicy policy(Fields fields, String field, NodePolicy ifAbsent) {
    return fields
        .oneOf(field, List.of("Honor", "Ignore"))
        .map(value -> value.equals("Honor") ? NodePolicy.HONOR : NodePolicy.IGNORE)
        .orElse(ifAbsent);
  }

  private static void eachSpreadOnce(Fields spec, List<SpreadConstraint> all) {
    Set<List<Object>> seen = new HashSet<>();
    for (int i = 0; i < all.size(); i++) {
      if (!seen.add(List.of(all.get(i).topologyKey(), all.get(i).hard()))) {
        spec.causes()
            .duplicate(
                spec.path("topologySpreadConstraints") + "[" + i + "]",
                "{topologyKey, whenUnsatisfiable}");
      }
    }
  }
}
