package io.hawser.gateway;

import java.util.List;

/** Wrong fields of affinities, spreads and priorities. */
final class BadScheduling {
  private static final String SPEC = "spec.template.spec.";
  private static final String NODES =
      SPEC + "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution";
  private static final String PODS =
      SPEC + "affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]";
  private static final String SPREAD = SPEC + "topologySpreadConstraints[0]";
  private static final String INVALID = "FieldValueInvalid";
  private static final String REQUIRED = "FieldValueRequired";
  private static final String FORBIDDEN = "FieldValueForbidden";
  private static final String UNSUPPORTED = "FieldValueNotSupported";

  private BadScheduling() {}

  static List<BadManifest> all() {
    return List.of(
        nodes("no node term", "{}", NODES + ".nodeSelectorTerms", REQUIRED, "at least one"),
        nodes(
            "an unknown operator",
            "{nodeSelectorTerms: [{matchExpressions: [{key: a, operator: Like}]}]}",
            NODES + ".nodeSelectorTerms[0].matchExpressions[0].operator",
            UNSUPPORTED,
            "DoesNotExist"),
        nodes(
            "In without values",
            "{nodeSelectorTerms: [{matchExpressions: [{key: a, operator: In}]}]}",
            NODES + ".nodeSelectorTerms[0].matchExpressions[0].values",
            REQUIRED,
            "'In' or 'NotIn'"),
        nodes(
            "Exists with values",
            "{nodeSelectorTerms: [{matchExpressions: [{key: a, operator: Exists, values: [b]}]}]}",
            NODES + ".nodeSelectorTerms[0].matchExpressions[0].values",
            FORBIDDEN,
            "Exists"),
        nodes(
            "Gt with a word",
            "{nodeSelectorTerms: [{matchExpressions: [{key: a, operator: Gt, values: [b]}]}]}",
            NODES + ".nodeSelectorTerms[0].matchExpressions[0].values",
            REQUIRED,
            "whole number"),
        nodes(
            "another field of a node",
            "{nodeSelectorTerms: [{matchFields: [{key: spec.x, operator: In, values: [b]}]}]}",
            NODES + ".nodeSelectorTerms[0].matchFields[0].key",
            UNSUPPORTED,
            "metadata.name"),
        bad(
            "a weight of nothing",
            "affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution:"
                + " [{weight: 0, preference: {}}]}}",
            SPEC
                + "affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight",
            INVALID,
            "between 1 and 100"),
        pods(
            "no topology key", "{labelSelector: {}}", ".topologyKey", REQUIRED, "can not be empty"),
        pods(
            "a key that is selected as well",
            "{topologyKey: z, labelSelector: {matchLabels: {a: b}}, matchLabelKeys: [a]}",
            ".matchLabelKeys",
            INVALID,
            "labelSelector"),
        pods(
            "keys without a selector",
            "{topologyKey: z, mismatchLabelKeys: [a]}",
            ".mismatchLabelKeys",
            FORBIDDEN,
            "labelSelector is not set"),
        spread("a skew of nothing", "{maxSkew: 0}", ".maxSkew", INVALID, "greater than"),
        spread("no action", "{maxSkew: 1}", ".whenUnsatisfiable", REQUIRED, "DoNotSchedule"),
        spread(
            "domains of a wish",
            "{maxSkew: 1, topologyKey: z, whenUnsatisfiable: ScheduleAnyway, minDomains: 2}",
            ".minDomains",
            INVALID,
            "DoNotSchedule"),
        bad(
            "a spread said twice",
            "topologySpreadConstraints: [{maxSkew: 1, topologyKey: z, whenUnsatisfiable:"
                + " DoNotSchedule}, {maxSkew: 2, topologyKey: z, whenUnsatisfiable: DoNotSchedule}]",
            SPEC + "topologySpreadConstraints[1]",
            "FieldValueDuplicate",
            "topologyKey"),
        bad(
            "a priority of the system",
            "priority: 2000000000",
            SPEC + "priority",
            FORBIDDEN,
            "1000000000"),
        bad(
            "an unknown preemption policy",
            "preemptionPolicy: Always",
            SPEC + "preemptionPolicy",
            UNSUPPORTED,
            "Never"));
  }

  private static BadManifest nodes(
      String what, String term, String field, String reason, String says) {
    return bad(
        what,
        "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: " + term + "}}",
        field,
        reason,
        says);
  }

  private static BadManifest pods(
      String what, String term, String field, String reason, String says) {
    return bad(
        what,
        "affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [" + term + "]}}",
        PODS + field,
        reason,
        says);
  }

  private static BadManifest spread(
      String what, String constraint, String field, String reason, String says) {
    return bad(
        what, "topologySpreadConstraints: [" + constraint + "]", SPREAD + field, reason, says);
  }

  private static BadManifest bad(
      String what, String line, String field, String reason, String says) {
    return new BadManifest(what, "volumes:", line + "\n      volumes:", field, reason, says);
  }
}
