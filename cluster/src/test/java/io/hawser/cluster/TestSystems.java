package io.hawser.cluster;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.List;

/** Configurations of members in tests: loopback, any free port, no exit of the test's JVM. */
final class TestSystems {
  private TestSystems() {}

  static Config oneMember(String... roles) {
    return member(List.of(roles), List.of());
  }

  static Config member(List<String> roles, List<String> seeds) {
    return ConfigFactory.parseString("pekko.coordinated-shutdown.exit-jvm = off")
        .withFallback(ClusterConfig.member("127.0.0.1", 0, roles, seeds));
  }
}
