package io.hawser.gateway.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.kind.Reports;
import io.hawser.gateway.kind.Resource;
import io.hawser.gateway.kind.ResourceType;
import io.hawser.gateway.kind.Resources;
import io.hawser.gateway.wire.Json;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What the API consists of, as clients ask before anything else. */
final class Discovery {
  /** The version of Kubernetes' API that this follows. */
  private static final String KUBERNETES = "1.32";

  private Discovery() {}

  /** The document at a path, when it is one of discovery's. */
  static Optional<ObjectNode> at(List<String> segments) {
    String path = String.join("/", segments);
    switch (path) {
      case "api":
        return Optional.of(versions());
      case "apis":
        return Optional.of(groups());
      case "version":
        return Optional.of(version());
      default:
        boolean below = segments.size() > 1 && List.of("api", "apis").contains(segments.get(0));
        return below ? below(path.substring(path.indexOf('/') + 1)) : Optional.empty();
    }
  }

  private static Optional<ObjectNode> below(String path) {
    if (path.equals("v1") || groupVersions().contains(path)) {
      return Optional.of(resources(path));
    }
    List<String> versions = versionsOf(path);
    return versions.isEmpty() ? Optional.empty() : Optional.of(group(path, versions, true));
  }

  /** Every {@code group/version} but the core's. */
  private static Set<String> groupVersions() {
    Set<String> all = new LinkedHashSet<>();
    Resources.all().stream()
        .map(r -> r.type())
        .filter(t -> !t.group().isEmpty())
        .forEach(t -> all.add(t.apiVersion()));
    Reports.all().forEach(t -> all.add(t.apiVersion()));
    return all;
  }

  private static List<String> versionsOf(String group) {
    return groupVersions().stream()
        .filter(v -> v.startsWith(group + "/"))
        .map(v -> v.substring(group.length() + 1))
        .toList();
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
    groupVersions().stream()
        .map(v -> v.substring(0, v.indexOf('/')))
        .distinct()
        .forEach(name -> list.add(group(name, versionsOf(name), false)));
    return node;
  }

  private static ObjectNode group(String name, List<String> versions, boolean whole) {
    ObjectNode node = whole ? Json.object("APIGroup", "v1") : Json.object();
    node.put("name", name);
    ArrayNode list = node.putArray("versions");
    versions.forEach(v -> list.add(version(name, v)));
    node.set("preferredVersion", version(name, versions.get(0)));
    return node;
  }

  private static ObjectNode version(String group, String version) {
    return Json.object().put("groupVersion", group + "/" + version).put("version", version);
  }

  private static ObjectNode resources(String groupVersion) {
    ObjectNode node = Json.object("APIResourceList", "v1").put("groupVersion", groupVersion);
    node.putArray("resources");
    kinds(node, groupVersion);
    others(node, groupVersion);
    return node;
  }

  private static void others(ObjectNode node, String groupVersion) {
    switch (groupVersion) {
      case "v1" -> {
        sub(node, "pods/log", "Pod", "get");
        sub(node, "pods/exec", "PodExecOptions", "create", "get");
        sub(node, "pods/attach", "PodAttachOptions", "create", "get");
        sub(node, "pods/resize", "Pod", "get", "patch", "update");
        sub(node, "pods/eviction", "Eviction", "create")
            .put("group", "policy")
            .put("version", "v1");
      }
      case "apps/v1" -> {
        for (String scaled :
            List.of("deployments/scale", "replicasets/scale", "statefulsets/scale")) {
          sub(node, scaled, "Scale", "get", "patch", "update")
              .put("group", "autoscaling")
              .put("version", "v1");
        }
      }
      default ->
          Reports.all().stream()
              .filter(t -> t.apiVersion().equals(groupVersion))
              .forEach(t -> entry(node, t.plural(), t.kind(), t.namespaced(), t.verbs()));
    }
  }

  private static void kinds(ObjectNode node, String groupVersion) {
    for (Resource<?> resource : Resources.all()) {
      ResourceType type = resource.type();
      if (!type.apiVersion().equals(groupVersion)) {
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
