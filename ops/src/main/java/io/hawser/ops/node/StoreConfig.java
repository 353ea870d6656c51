package io.hawser.ops.node;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The journal of a controller. */
final class StoreConfig {
  private StoreConfig() {}

  static Config of(NodeOptions options) {
    String peers =
        new TreeMap<>(options.controllers())
            .entrySet().stream()
                .map(e -> '"' + e.getKey() + "=" + e.getValue() + '"')
                .collect(Collectors.joining(","));
    return ConfigFactory.parseString(
        """
        hawser.store { dir = "%s", self = "%s", peers = [%s], address = "%s", tls-dir = "%s" }
        pekko.extensions = ["org.apache.pekko.persistence.Persistence"]
        pekko.persistence {
          journal { plugin = "hawser.journal", auto-start-journals = ["hawser.journal"] }
          snapshot-store {
            plugin = "hawser.snapshot-store"
            auto-start-snapshot-stores = ["hawser.snapshot-store"]
          }
        }
        """
            .formatted(
                options.dir().resolve("store"),
                options.name(),
                peers,
                options.controllers().containsKey(options.name())
                    ? ""
                    : options.listen() + ":" + options.storePort(),
                options.tlsDir().map(java.nio.file.Path::toString).orElse("")));
  }
}
