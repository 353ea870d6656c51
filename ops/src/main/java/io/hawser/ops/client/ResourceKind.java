package io.hawser.ops.client;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The kinds of objects the command line knows by name, with their place in the API. */
public enum ResourceKind {
  PODS("Pod", "", "v1", true, "pods", "pod", "po"),
  DEPLOYMENTS("Deployment", "apps", "v1", true, "deployments", "deployment", "deploy"),
  REPLICASETS("ReplicaSet", "apps", "v1", true, "replicasets", "replicaset", "rs"),
  NODES("Node", "", "v1", false, "nodes", "node", "no"),
  NAMESPACES("Namespace", "", "v1", false, "namespaces", "namespace", "ns"),
  EVENTS("Event", "", "v1", true, "events", "event", "ev"),
  CONFIG_MAPS("ConfigMap", "", "v1", true, "configmaps", "configmap", "cm"),
  SECRETS("Secret", "", "v1", true, "secrets", "secret"),
  PRIORITY_CLASSES(
      "PriorityClass", "scheduling.k8s.io", "v1", false, "priorityclasses", "priorityclass", "pc"),
  RUNTIME_CLASSES("RuntimeClass", "node.k8s.io", "v1", false, "runtimeclasses", "runtimeclass"),
  STATEFUL_SETS("StatefulSet", "apps", "v1", true, "statefulsets", "statefulset", "sts"),
  DAEMON_SETS("DaemonSet", "apps", "v1", true, "daemonsets", "daemonset", "ds"),
  CONTROLLER_REVISIONS(
      "ControllerRevision", "apps", "v1", true, "controllerrevisions", "controllerrevision"),
  JOBS("Job", "batch", "v1", true, "jobs", "job"),
  CRON_JOBS("CronJob", "batch", "v1", true, "cronjobs", "cronjob", "cj"),
  DISRUPTION_BUDGETS(
      "PodDisruptionBudget",
      "policy",
      "v1",
      true,
      "poddisruptionbudgets",
      "poddisruptionbudget",
      "pdb"),
  AUTOSCALERS(
      "HorizontalPodAutoscaler",
      "autoscaling",
      "v2",
      true,
      "horizontalpodautoscalers",
      "horizontalpodautoscaler",
      "hpa"),
  QUOTAS("ResourceQuota", "", "v1", true, "resourcequotas", "resourcequota", "quota"),
  LIMIT_RANGES("LimitRange", "", "v1", true, "limitranges", "limitrange", "limits");

  /** What {@code get all} shows, in this order. */
  public static final List<ResourceKind> ALL =
      List.of(
          PODS, DEPLOYMENTS, REPLICASETS, STATEFUL_SETS, DAEMON_SETS, JOBS, CRON_JOBS, AUTOSCALERS);

  private final String kind;
  private final String group;
  private final String version;
  private final boolean namespaced;
  private final List<String> names;

  ResourceKind(String kind, String group, String version, boolean namespaced, String... names) {
    this.kind = kind;
    this.group = group;
    this.version = version;
    this.namespaced = namespaced;
    this.names = List.of(names);
  }

  /** By plural, singular or short name, in any case; with or without the API group behind it. */
  public static Optional<ResourceKind> named(String name) {
    String wanted = name.toLowerCase(java.util.Locale.ROOT);
    int dot = wanted.indexOf('.');
    String bare = dot < 0 ? wanted : wanted.substring(0, dot);
    return Arrays.stream(values()).filter(k -> k.names.contains(bare)).findFirst();
  }

  /** By a manifest's {@code apiVersion} and {@code kind}. */
  public static Optional<ResourceKind> of(String apiVersion, String kind) {
    return Arrays.stream(values())
        .filter(k -> k.kind.equals(kind) && k.apiVersion().equals(apiVersion))
        .findFirst();
  }

  /** For messages: {@code pods, deployments, …}. */
  public static String known() {
    return Arrays.stream(values()).map(ResourceKind::plural).collect(Collectors.joining(", "));
  }

  public String kind() {
    return kind;
  }

  public String apiVersion() {
    return group.isEmpty() ? version : group + "/" + version;
  }

  public boolean namespaced() {
    return namespaced;
  }

  public String plural() {
    return names.get(0);
  }

  /** As kubectl prints it before a name: {@code deployment.apps}. */
  public String label() {
    return names.get(1) + (group.isEmpty() ? "" : "." + group);
  }

  /**
   * The collection's path.
   *
   * @param namespace empty: of all namespaces
   */
  public String path(Optional<String> namespace) {
    String base = group.isEmpty() ? "/api/" + version : "/apis/" + group + "/" + version;
    String scope = namespaced ? namespace.map(n -> "/namespaces/" + encode(n)).orElse("") : "";
    return base + scope + "/" + plural();
  }

  public String path(String namespace, String name) {
    return path(Optional.of(namespace)) + "/" + encode(name);
  }

  /** For a path segment or a query's value. */
  public static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
