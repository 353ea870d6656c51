package io.hawser.gateway.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.kind.Resource;
import io.hawser.gateway.kind.ResourceType;
import io.hawser.gateway.kind.Resources;
import io.hawser.gateway.wire.Json;
import java.util.List;
import java.util.Optional;

/** What the API consists of, as clients ask before anything else. */
final class Discovery {
  /** The version of Kubernetes' API that this follows. */
  private static final String KUBERNETES = "1.32";

  private static final List<String> GROUPS = List.of("apps", "authorization.k8s.io", "hawser.io");

  private Discovery() {}

  /** The document at a path, when it is one of discovery's. */
  static Optional<ObjectNode> at(List<String> segments) {
    return switch (String.join("/", segments)) {
      case "api" -> Optional.of(versions());
      case "apis" -> Optional.of(groups());
      case "api/v1" -> Optional.of(core());
      case "apis/apps", "apis/authorization.k8s.io", "apis/hawser.io" ->
          Optional.of(group(segments.get(1), true));
      case "apis/apps/v1" -> Optional.of(apps());
      case "apis/authorization.k8s.io/v1" -> Optional.of(authorization());
      case "apis/hawser.io/v1" -> Optional.of(hawser());
      case "version" -> Optional.of(version());
      default -> Optional.empty();
    };
  }

  private static ObjectNode versions() {
    ObjectNode node = Json.object().put("kind", "APIVersions");
    node.putArray("versions").add("v1");
    node.putArray("serverAddressByClientCIDRs");
    return node;
  }

  private static ObjectNode groups() {
    ObjectNode node = Json.object("APIGroupList", "v1");
    ArrayNode list = node.putArray("groups");
    GROUPS.forEach(name -> list.add(group(name, false)));
    return node;
  }

  private static ObjectNode group(String name, boolean whole) {
    ObjectNode node = whole ? Json.object("APIGroup", "v1") : Json.object();
    node.put("name", name);
    ObjectNode version = Json.object().put("groupVersion", name + "/v1").put("version", "v1");
    node.putArray("versions").add(version);
    node.set("preferredVersion", version.deepCopy());
    return node;
  }

  private static ObjectNode resources(String groupVersion) {
    ObjectNode node = Json.object("APIResourceList", "v1").put("groupVersion", groupVersion);
    node.putArray("resources");
    return node;
  }

  private static ObjectNode core() {
    ObjectNode node = resources("v1");
    kinds(node, "");
    sub(node, "pods/log", "Pod", "get");
    sub(node, "pods/exec", "PodExecOptions", "create", "get");
    sub(node, "pods/attach", "PodAttachOptions", "create", "get");
    sub(node, "pods/eviction", "Eviction", "create").put("group", "policy").put("version", "v1");
    return node;
  }

  private static ObjectNode apps() {
    ObjectNode node = resources("apps/v1");
    kinds(node, "apps");
    sub(node, "deployments/scale", "Scale", "get", "patch", "update")
        .put("group", "autoscaling")
        .put("version", "v1");
    return node;
  }

  private static ObjectNode authorization() {
    ObjectNode node = resources("authorization.k8s.io/v1");
    entry(node, "selfsubjectaccessreviews", "SelfSubjectAccessReview", false, List.of("create"));
    return node;
  }

  private static ObjectNode hawser() {
    ObjectNode node = resources("hawser.io/v1");
    entry(node, "drills", "Drill", false, List.of("create", "get", "list"));
    entry(node, "status", "ClusterStatus", false, List.of("get"));
    return node;
  }

  private static void kinds(ObjectNode node, String group) {
    for (Resource<?> resource : Resources.all()) {
      ResourceType type = resource.type();
      if (!type.group().equals(group)) {
        continue;
      }
      ObjectNode entry = entry(node, type.plural(), type.kind(), type.namespaced(), type.verbs());
      entry.put("singularName", type.singular());
      Json.putIfSet(entry, "shortNames", type.shortNames());
      Json.putIfSet(entry, "categories", type.categories());
    }
  }

  private static ObjectNode sub(ObjectNode node, String name, String kind, String... verbs) {
    return entry(node, name, kind, true, List.of(verbs));
  }

  private static ObjectNode entry(
      ObjectNode node, String name, String kind, boolean namespaced, List<String> verbs) {
    ObjectNode entry = ((ArrayNode) node.get("resources")).addObject();
    entry.put("name", name).put("singularName", "").put("namespaced", namespaced);
    entry.put("kind", kind);
    Json.putIfSet(entry, "verbs", verbs);
    return entry;
  }

  private static ObjectNode version() {
    String[] parts = KUBERNETES.split("\\.");
    return Json.object()
        .put("major", parts[0])
        .put("minor", parts[1])
        .put("gitVersion", "v" + KUBERNETES + ".0+hawser")
        .put("gitCommit", "")
        .put("gitTreeState", "")
        .put("buildDate", "1970-01-01T00:00:00Z")
        .put("goVersion", "")
        .put("compiler", "javac")
        .put("platform", "linux/" + System.getProperty("os.arch"));
  }
}
