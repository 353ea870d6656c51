package io.hawser.model;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What becomes of a pod whose node is lost to the cluster.
 *
 * <p>How long to wait is said as to Kubernetes, by a toleration of its taint {@value #UNREACHABLE}
 * with the effect NoExecute: {@code tolerationSeconds}, or for ever without them. A pod without one
 * is replaced at once; Kubernetes would add 300 s by itself.
 *
 * @param replaceAfter how long it is waited for before the pod is replaced; empty: for ever
 * @param onReturn which one stays when the node is back and both run; only Deployments' pods can
 *     have two
 */
public record NodeLossPolicy(Optional<Duration> replaceAfter, Keep onReturn) {
  /** The taint's key that Kubernetes puts on a node it does not hear from. */
  public static final String UNREACHABLE = "node.kubernetes.io/unreachable";

  /**
   * On a pod: {@code stop} (the default) or {@code keep}; its node obeys when it lost the cluster.
   */
  public static final String ON_LOST_CLUSTER = "hawser.io/on-lost-cluster";

  /** On every pod of a stateful set, as in Kubernetes. */
  private static final String MEMBER = "statefulset.kubernetes.io/pod-name";

  /** {@code newer} (the default), {@code older} or {@code healthier}. */
  public static final String ON_NODE_RETURN = "hawser.io/on-node-return";

  private static final Taint TAINT = new Taint(UNREACHABLE, "", Taint.Effect.NO_EXECUTE);

  /** Of a pod and its replacement. */
  public enum Keep {
    /** The replacement; what the lost node still runs is ended. */
    NEWER,
    /** The one that was lost, if it is ready. */
    OLDER,
    /** The one that was lost, if it is ready and some pod of its owner is not. */
    HEALTHIER
  }

  public static NodeLossPolicy of(Pod pod) {
    Map<String, String> annotations = pod.meta().annotations();
    return new NodeLossPolicy(wait(pod.spec().tolerations()), keep(annotations).orElse(Keep.NEWER));
  }

  /**
   * Whether a node that has lost the cluster lets a pod run on. A stateful set's never: it may run
   * elsewhere by then.
   */
  public static boolean keepsRunning(Map<String, String> labels, Map<String, String> annotations) {
    return "keep".equals(annotations.get(ON_LOST_CLUSTER)) && !labels.containsKey(MEMBER);
  }

  private static Optional<Duration> wait(List<Toleration> tolerations) {
    List<Toleration> matching = tolerations.stream().filter(t -> t.tolerates(TAINT)).toList();
    if (matching.isEmpty()) {
      return Optional.of(Duration.ZERO);
    }
    // Kubernetes takes the shortest; one without seconds is for ever.
    return matching.stream()
        .flatMap(t -> t.tolerationSeconds().stream())
        .min(Long::compare)
        .map(seconds -> Duration.ofSeconds(Math.max(0, seconds)));
  }

  private static Optional<Keep> keep(Map<String, String> annotations) {
    return Arrays.stream(Keep.values())
        .filter(k -> k.name().toLowerCase(Locale.ROOT).equals(annotations.get(ON_NODE_RETURN)))
        .findFirst();
  }

  /** Annotations whose values make no sense; gateways refuse them. */
  public static List<AnnotationProblem> problems(Map<String, String> annotations) {
    List<AnnotationProblem> problems = new ArrayList<>();
    String lost = annotations.getOrDefault(ON_LOST_CLUSTER, "stop");
    if (!lost.equals("stop") && !lost.equals("keep")) {
      problems.add(new AnnotationProblem(ON_LOST_CLUSTER, lost, "must be stop or keep"));
    }
    if (annotations.containsKey(ON_NODE_RETURN) && keep(annotations).isEmpty()) {
      problems.add(
          new AnnotationProblem(
              ON_NODE_RETURN,
              annotations.get(ON_NODE_RETURN),
              "must be newer, older or healthier"));
    }
    return problems;
  }
}
