package io.hawser.gateway.decode;

import io.hawser.gateway.wire.StatusError;
import java.util.Optional;

/**
 * What a request's path says that its body must be.
 *
 * @param namespace empty for a kind without namespaces
 * @param name empty when the body names the object (create)
 */
public record Target(
    String group, String version, String kind, String namespace, Optional<String> name) {

  public String apiVersion() {
    return group.isEmpty() ? version : group + "/" + version;
  }

  /** For errors about an object that is called so. */
  public StatusError.Subject subject(String objectName) {
    return new StatusError.Subject(group, kind, name.orElse(objectName));
  }
}
