package io.hawser.node;

import io.hawser.runtime.image.registry.RegistrySettings;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * How a node gets images and gives them to others.
 *
 * @param registries how registries are reached; asked anew for each pull, so that a changed file
 *     counts at once
 * @param served where other nodes get this node's images; empty: they don't
 */
public record NodeImages(Supplier<RegistrySettings> registries, Optional<Served> served) {
  /** Without mirrors, credentials and other nodes. */
  public static final NodeImages PLAIN =
      new NodeImages(RegistrySettings::defaults, Optional.empty());

  /**
   * @param host host:port of the node's image server
   * @param tls whether it speaks TLS with the cluster's certificates
   * @param token what that server asks for; told to members of the cluster only
   */
  public record Served(String host, boolean tls, String token) {
    /** Never shows the token. */
    @Override
    public String toString() {
      return "Served[" + host + "]";
    }
  }
}
