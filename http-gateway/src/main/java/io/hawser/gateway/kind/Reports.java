package io.hawser.gateway.kind;

import java.util.List;

/**
 * What the API has beside the objects of {@link Resources}: worked out, measured or carried out
 * when somebody asks, and stored nowhere.
 */
public final class Reports {
  /** Of the group and version that {@code kubectl top} asks. */
  public static final String METRICS_GROUP = "metrics.k8s.io";

  private static final List<String> GET_LIST = List.of("get", "list");
  private static final List<ResourceType> ALL =
      List.of(
          type(
              "authorization.k8s.io/v1",
              "SelfSubjectAccessReview",
              "selfsubjectaccessreviews",
              false,
              List.of("create")),
          type(METRICS_GROUP + "/v1beta1", "NodeMetrics", "nodes", false, GET_LIST),
          type(METRICS_GROUP + "/v1beta1", "PodMetrics", "pods", true, GET_LIST),
          type("hawser.io/v1", "Drill", "drills", false, List.of("create", "get", "list")),
          type("hawser.io/v1", "ClusterStatus", "status", false, List.of("get")));

  private Reports() {}

  private static ResourceType type(
      String apiVersion, String kind, String plural, boolean namespaced, List<String> verbs) {
    int slash = apiVersion.indexOf('/');
    return new ResourceType(
        apiVersion.substring(0, slash),
        apiVersion.substring(slash + 1),
        kind,
        plural,
        "",
        List.of(),
        namespaced,
        verbs,
        List.of());
  }

  public static List<ResourceType> all() {
    return ALL;
  }
}
