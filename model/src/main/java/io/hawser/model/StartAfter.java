package io.hawser.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What must be ready before a pod is given a node, from its annotation {@link #ANNOTATION}: names
 * such as {@code deployment/db}, with commas between them, in the pod's own namespace.
 */
public final class StartAfter {
  public static final String ANNOTATION = "hawser.io/start-after";

  /** Most names of one pod. */
  public static final int MAX_NAMES = 20;

  public static final String EXPECTED =
      "must be at most %d names such as deployment/db, statefulset/db, daemonset/agent or job/seed"
          .formatted(MAX_NAMES);

  private static final Map<String, String> KINDS =
      Map.of(
          "deployment", "Deployment",
          "statefulset", "StatefulSet",
          "daemonset", "DaemonSet",
          "job", "Job");

  private StartAfter() {}

  /** In the order they are written; what makes no sense is left out. */
  public static List<ObjectKey> of(String namespace, Map<String, String> annotations) {
    String text = annotations.get(ANNOTATION);
    if (text == null) {
      return List.of();
    }
    List<ObjectKey> keys = new ArrayList<>();
    for (String word : text.split(",")) {
      key(namespace, word.strip()).ifPresent(keys::add);
    }
    return keys;
  }

  private static Optional<ObjectKey> key(String namespace, String word) {
    int slash = word.indexOf('/');
    String kind = slash < 0 ? null : KINDS.get(word.substring(0, slash));
    String name = word.substring(slash + 1);
    return kind == null || !name.matches("[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?")
        ? Optional.empty()
        : Optional.of(new ObjectKey(kind, namespace, name));
  }

  /** Whether every name makes sense. */
  public static boolean isValid(Map<String, String> annotations) {
    String text = annotations.get(ANNOTATION);
    int words = text == null ? 0 : text.split(",").length;
    return words <= MAX_NAMES && of("", annotations).size() == words;
  }
}
