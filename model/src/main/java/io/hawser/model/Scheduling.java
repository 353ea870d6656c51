package io.hawser.model;

import io.hawser.model.LabelSelector.Requirement;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a pod asks of the choice of its node, beyond room; the fields of Kubernetes' {@code core/v1
 * PodSpec} of the same names.
 *
 * @param priority the larger is placed first and may push smaller ones out; empty: that of its
 *     class
 */
public record Scheduling(
    NodeAffinity nodeAffinity,
    PodAffinity podAffinity,
    PodAffinity podAntiAffinity,
    List<SpreadConstraint> topologySpread,
    Optional<Integer> priority,
    Optional<String> priorityClassName,
    PreemptionPolicy preemptionPolicy) {

  /** Largest priority a user may give; above are the system's own classes. */
  public static final int MAX_USER_PRIORITY = 1_000_000_000;

  /** Kubernetes' built-in classes. */
  public static final Map<String, Integer> SYSTEM_CLASSES =
      Map.of("system-cluster-critical", 2_000_000_000, "system-node-critical", 2_000_001_000);

  public static final Scheduling NONE =
      new Scheduling(
          NodeAffinity.NONE,
          PodAffinity.NONE,
          PodAffinity.NONE,
          List.of(),
          Optional.empty(),
          Optional.empty(),
          PreemptionPolicy.PREEMPT_LOWER_PRIORITY);

  public Scheduling {
    topologySpread = List.copyOf(topologySpread);
  }

  /** Whether a pod may push others out. */
  public enum PreemptionPolicy {
    PREEMPT_LOWER_PRIORITY,
    NEVER
  }

  /** True when it says anything about other pods. */
  public boolean looksAtPods() {
    return !podAffinity.isEmpty() || !podAntiAffinity.isEmpty() || !topologySpread.isEmpty();
  }

  /**
   * Which nodes a pod must and would like to run on.
   *
   * @param required one of the terms must hold; none: no condition
   */
  public record NodeAffinity(List<NodeTerm> required, List<PreferredNodes> preferred) {
    public static final NodeAffinity NONE = new NodeAffinity(List.of(), List.of());

    public NodeAffinity {
      required = List.copyOf(required);
      preferred = List.copyOf(preferred);
    }

    /** Whether the required terms let a pod on a node. */
    public boolean allows(String node, Map<String, String> labels) {
      return required.isEmpty() || required.stream().anyMatch(t -> t.matches(node, labels));
    }
  }

  /** Conditions that must all hold; a term without any matches no node. */
  public record NodeTerm(List<NodeRequirement> expressions, List<NodeRequirement> fields) {
    public NodeTerm {
      expressions = List.copyOf(expressions);
      fields = List.copyOf(fields);
    }

    public boolean matches(String node, Map<String, String> labels) {
      if (expressions.isEmpty() && fields.isEmpty()) {
        return false;
      }
      return expressions.stream().allMatch(e -> e.matches(labels.get(e.key())))
          && fields.stream().allMatch(f -> f.matches(f.key().equals(NODE_NAME) ? node : null));
    }
  }

  /** The only field of a node that can be asked for. */
  public static final String NODE_NAME = "metadata.name";

  /** A node's label compared; GT and LT read both sides as whole numbers. */
  public enum NodeOperator {
    IN,
    NOT_IN,
    EXISTS,
    DOES_NOT_EXIST,
    GT,
    LT
  }

  /** One condition on a node. */
  public record NodeRequirement(String key, NodeOperator operator, List<String> values) {
    public NodeRequirement {
      values = List.copyOf(values);
    }

    /**
     * @param value of the label; null without one, which satisfies NOT_IN and DOES_NOT_EXIST
     */
    public boolean matches(String value) {
      return switch (operator) {
        case IN -> value != null && values.contains(value);
        case NOT_IN -> value == null || !values.contains(value);
        case EXISTS -> value != null;
        case DOES_NOT_EXIST -> value == null;
        case GT -> compare(value, 1);
        case LT -> compare(value, -1);
      };
    }

    private boolean compare(String value, int wanted) {
      if (value == null || values.size() != 1) {
        return false;
      }
      try {
        long left = Long.parseLong(value);
        return Long.compare(left, Long.parseLong(values.get(0))) == wanted;
      } catch (NumberFormatException e) {
        return false; // as in Kubernetes: a label that is no number is neither more nor less
      }
    }
  }

  /**
   * @param weight 1 to 100
   */
  public record PreferredNodes(int weight, NodeTerm term) {}

  /** Pods a pod must and would like to be near to, or away from. */
  public record PodAffinity(List<PodTerm> required, List<PreferredPods> preferred) {
    public static final PodAffinity NONE = new PodAffinity(List.of(), List.of());

    public PodAffinity {
      required = List.copyOf(required);
      preferred = List.copyOf(preferred);
    }

    public boolean isEmpty() {
      return required.isEmpty() && preferred.isEmpty();
    }
  }

  /**
   * Pods in the same value of a node's label.
   *
   * @param selector empty: no pod
   * @param namespaces besides those selected; with neither: the pod's own
   * @param namespaceSelector an empty selector means every namespace
   * @param matchLabelKeys labels whose value must equal the incoming pod's
   * @param mismatchLabelKeys labels whose value must not
   */
  public record PodTerm(
      Optional<LabelSelector> selector,
      String topologyKey,
      Set<String> namespaces,
      Optional<LabelSelector> namespaceSelector,
      List<String> matchLabelKeys,
      List<String> mismatchLabelKeys) {
    public PodTerm {
      namespaces = Set.copyOf(namespaces);
      matchLabelKeys = List.copyOf(matchLabelKeys);
      mismatchLabelKeys = List.copyOf(mismatchLabelKeys);
    }

    /** The selector with the pod's own values of the keys; empty: no pod. */
    public Optional<LabelSelector> resolved(Map<String, String> labels) {
      return selector.map(s -> narrowed(s, labels, matchLabelKeys, mismatchLabelKeys));
    }
  }

  /**
   * @param weight 1 to 100
   */
  public record PreferredPods(int weight, PodTerm term) {}

  /** Whether nodes that the pod could not use anyway count for a spread. */
  public enum NodePolicy {
    HONOR,
    IGNORE
  }

  /**
   * How evenly matching pods lie over the values of a node's label.
   *
   * @param maxSkew most pods that one value may have more than the least, at least 1
   * @param hard false: only a wish
   * @param minDomains fewer values than this: the least counts as 0
   */
  public record SpreadConstraint(
      int maxSkew,
      String topologyKey,
      boolean hard,
      Optional<LabelSelector> selector,
      Optional<Integer> minDomains,
      NodePolicy nodeAffinityPolicy,
      NodePolicy nodeTaintsPolicy,
      List<String> matchLabelKeys) {
    public SpreadConstraint {
      matchLabelKeys = List.copyOf(matchLabelKeys);
    }

    /** The selector with the pod's own values of the keys; empty: no pod. */
    public Optional<LabelSelector> resolved(Map<String, String> labels) {
      return selector.map(s -> narrowed(s, labels, matchLabelKeys, List.of()));
    }
  }

  private static LabelSelector narrowed(
      LabelSelector selector, Map<String, String> labels, List<String> same, List<String> other) {
    List<Requirement> all = new java.util.ArrayList<>(selector.matchExpressions());
    for (String key : same) {
      if (labels.containsKey(key)) {
        all.add(new Requirement(key, LabelSelector.Operator.IN, List.of(labels.get(key))));
      }
    }
    for (String key : other) {
      if (labels.containsKey(key)) {
        all.add(new Requirement(key, LabelSelector.Operator.NOT_IN, List.of(labels.get(key))));
      }
    }
    return new LabelSelector(selector.matchLabels(), all);
  }
}
