package io.hawser.gateway.kind;

import io.hawser.gateway.decode.Target;
import io.hawser.gateway.wire.StatusError;
import java.util.List;
import java.util.Optional;

/**
 * How the API calls one kind of object.
 *
 * @param group empty for the core group
 */
public record ResourceType(
    String group,
    String version,
    String kind,
    String plural,
    String singular,
    List<String> shortNames,
    boolean namespaced,
    List<String> verbs,
    List<String> categories) {

  static final List<String> READ = List.of("get", "list", "watch");
  static final List<String> ALL =
      List.of("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch");

  /** Of a kind without namespaces, whose collections are not deleted in one go. */
  static final List<String> CLUSTER =
      List.of("create", "delete", "get", "list", "patch", "update", "watch");

  public String apiVersion() {
    return group.isEmpty() ? version : group + "/" + version;
  }

  public Target target(String namespace, Optional<String> name) {
    return new Target(group, version, kind, namespace, name);
  }

  public StatusError.Subject subject(String name) {
    return new StatusError.Subject(group, kind, name);
  }
}
