package io.hawser.ops.client;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A kind of objects and its place in the API. The constants are those that the command line itself
 * has something to do with; all others are what the cluster's discovery tells ({@link ApiKinds}).
 *
 * @param group empty for the core group
 * @param scalable whether the API has the number of its pods as an object of its own
 * @param names plural, singular, then short ones
 */
public record ResourceKind(
    String kind,
    String group,
    String version,
    boolean namespaced,
    boolean scalable,
    List<String> names) {
  public static final ResourceKind PODS = core("Pod", true, "pods", "pod", "po");
  public static final ResourceKind NODES = core("Node", false, "nodes", "node", "no");
  public static final ResourceKind EVENTS = core("Event", true, "events", "event", "ev");
  public static final ResourceKind DEPLOYMENTS =
      apps("Deployment", true, "deployments", "deployment", "deploy");
  public static final ResourceKind REPLICASETS =
      apps("ReplicaSet", true, "replicasets", "replicaset", "rs");
  public static final ResourceKind STATEFUL_SETS =
      apps("StatefulSet", true, "statefulsets", "statefulset", "sts");
  public static final ResourceKind DAEMON_SETS =
      apps("DaemonSet", false, "daemonsets", "daemonset", "ds");
  public static final ResourceKind CONTROLLER_REVISIONS =
      apps("ControllerRevision", false, "controllerrevisions", "controllerrevision");

  /** Known without asking the cluster. */
  static final List<ResourceKind> BUILT_IN =
      List.of(
          PODS,
          DEPLOYMENTS,
          REPLICASETS,
          STATEFUL_SETS,
          DAEMON_SETS,
          NODES,
          EVENTS,
          CONTROLLER_REVISIONS);

  private static ResourceKind core(String kind, boolean namespaced, String... names) {
    return new ResourceKind(kind, "", "v1", namespaced, false, List.of(names));
  }

  private static ResourceKind apps(String kind, boolean scalable, String... names) {
    return new ResourceKind(kind, "apps", "v1", true, scalable, List.of(names));
  }

  /** Whether the command line knows it without asking the cluster. */
  public boolean isBuiltIn() {
    return BUILT_IN.contains(this);
  }

  /**
   * Whether a user's word means this kind: its plural, singular or short name, in any case; with or
   * without the API group behind it.
   */
  public boolean isMeantBy(String word) {
    String wanted = word.toLowerCase(Locale.ROOT);
    int dot = wanted.indexOf('.');
    boolean sameGroup = dot < 0 || wanted.substring(dot + 1).equals(group);
    return sameGroup && names.contains(dot < 0 ? wanted : wanted.substring(0, dot));
  }

  public String apiVersion() {
    return group.isEmpty() ? version : group + "/" + version;
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
