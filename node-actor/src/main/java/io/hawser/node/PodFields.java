package io.hawser.node;

import io.hawser.model.AssignedPod;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The pod's own fields as its containers may see them (Kubernetes' downward API).
 *
 * @param podIp the sandbox' address
 * @param hostIp the machine's address
 */
record PodFields(AssignedPod pod, String nodeName, String podIp, String hostIp) {
  private static final String LABEL = "metadata.labels['";
  private static final String ANNOTATION = "metadata.annotations['";
  private static final int LONGEST_HOSTNAME = 63;

  /**
   * @param path such as {@code metadata.name}; of a label or annotation that the pod does not have
   *     the value is empty
   * @throws ConfigFault for a path that does not exist
   */
  String value(String path) {
    if (path.startsWith(LABEL) && path.endsWith("']")) {
      return entry(pod.labels(), LABEL, path);
    }
    if (path.startsWith(ANNOTATION) && path.endsWith("']")) {
      return entry(pod.annotations(), ANNOTATION, path);
    }
    return switch (path) {
      case "metadata.name" -> pod.name().name();
      case "metadata.namespace" -> pod.name().namespace();
      case "metadata.uid" -> pod.uid();
      case "metadata.labels" -> lines(pod.labels());
      case "metadata.annotations" -> lines(pod.annotations());
      case "spec.nodeName" -> nodeName;
      case "status.podIP", "status.podIPs" -> podIp;
      case "status.hostIP", "status.hostIPs" -> hostIp;
      default ->
          throw new ConfigFault(
              ConfigFault.CONFIG,
              "fieldPath \""
                  + path
                  + "\" is not supported: expected metadata.name, .namespace, .uid, .labels['…'],"
                  + " .annotations['…'], spec.nodeName, status.podIP or status.hostIP");
    };
  }

  /** The spec's host name, else the pod's name, cut to what Linux and DNS allow. */
  static String hostname(AssignedPod pod) {
    String name = pod.spec().hostname().filter(h -> !h.isEmpty()).orElse(pod.name().name());
    return name.length() <= LONGEST_HOSTNAME ? name : name.substring(0, LONGEST_HOSTNAME);
  }

  /** As Kubernetes writes them: {@code key="value"}, a line each. */
  private static String lines(Map<String, String> entries) {
    return new TreeMap<>(entries)
        .entrySet().stream()
            .map(e -> e.getKey() + "=\"" + escaped(e.getValue()) + "\"")
            .collect(Collectors.joining("\n"));
  }

  private static String escaped(String value) {
    return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }

  private static String entry(Map<String, String> entries, String prefix, String path) {
    String key = path.substring(prefix.length(), path.length() - "']".length());
    return entries.getOrDefault(key, "");
  }
}
