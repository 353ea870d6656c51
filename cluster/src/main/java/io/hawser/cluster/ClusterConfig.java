package io.hawser.cluster;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The actor system's configuration of every member. A resource of its own, not a {@code
 * reference.conf}: the order of those on a class path decides nothing reliably.
 */
public final class ClusterConfig {
  /** The actor system's name; part of every address. */
  public static final String SYSTEM = "hawser";

  private ClusterConfig() {}

  /** What all members agree on, over Pekko's defaults; {@code overrides} win over both. */
  public static Config load(Config overrides) {
    return overrides
        .withFallback(ConfigFactory.defaultOverrides())
        .withFallback(
            ConfigFactory.parseResourcesAnySyntax(
                ClusterConfig.class.getClassLoader(), "hawser-cluster"))
        .withFallback(ConfigFactory.defaultReference(ClusterConfig.class.getClassLoader()))
        .resolve();
  }

  /**
   * Where this member listens and whom it joins.
   *
   * @param host address to bind to and to be known by
   * @param seeds {@code host:port} of members to join; when the first is this member itself it may
   *     form a new cluster
   */
  public static Config member(String host, int port, List<String> roles, List<String> seeds) {
    String seedNodes =
        seeds.stream()
            .map(s -> '"' + "pekko://" + SYSTEM + "@" + s + '"')
            .collect(Collectors.joining(","));
    String roleNames = roles.stream().map(r -> '"' + r + '"').collect(Collectors.joining(","));
    return ConfigFactory.parseString(
        """
        pekko.remote.artery.canonical { hostname = "%s", port = %d }
        pekko.cluster { roles = [%s], seed-nodes = [%s] }
        """
            .formatted(host, port, roleNames, seedNodes));
  }
}
