package io.hawser.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Another team's service: built by itself on the published client module, it joins and leaves. */
@Tag("system")
class JvmServiceIT {
  private static final Duration BUILD = Duration.ofMinutes(5);
  private static final Path EXAMPLE = Shell.home().resolve("examples/jvm-service");

  @BeforeAll
  static void build() throws IOException {
    maven(
        Shell.home().resolve("pom.xml"),
        "-pl",
        "model,cluster",
        "-am",
        "-DskipTests",
        "-Dspotless.check.skip",
        "install");
    maven(EXAMPLE.resolve("pom.xml"), "package");
  }

  @Test
  void scalesThroughTheEntityFollowsItAndLeaves() throws IOException {
    try (TestCluster cluster = TestCluster.up(3)) {
      cluster.applyWeb(2);
      cluster.awaitReady(2);
      Shell.Outcome service =
          Shell.run(
              TestCluster.PATIENCE,
              "java",
              "-jar",
              EXAMPLE.resolve("target/jvm-service.jar").toString(),
              seeds(cluster),
              "127.0.0.1:0",
              "default/web",
              "5");
      assertThat(service.code()).as(service.out() + service.err() + cluster.logs()).isZero();
      assertThat(service.out().lines().toList()).last().asString().contains("5");
      cluster.awaitReady(5);
    }
  }

  @Test
  void saysInOneSentenceThatNoClusterIsThere() throws IOException {
    Shell.Outcome service =
        Shell.run(
            TestCluster.PATIENCE,
            "java",
            "-jar",
            EXAMPLE.resolve("target/jvm-service.jar").toString(),
            "127.0.0.1:1",
            "127.0.0.1:0",
            "default/web",
            "5");
    assertThat(service.code()).isEqualTo(1);
    assertThat(service.err().strip().lines()).hasSize(1);
  }

  private static String seeds(TestCluster cluster) {
    List<String> seeds = new ArrayList<>();
    for (JsonNode node : cluster.file().path("nodes")) {
      seeds.add("127.0.0.1:" + node.path("port").asInt());
    }
    return String.join(",", seeds);
  }

  private static void maven(Path pom, String... arguments) {
    List<String> command =
        new ArrayList<>(List.of("mvn", "-q", "-B", "-ntp", "-f", pom.toString()));
    command.addAll(List.of(arguments));
    Shell.run(BUILD, command).ok();
  }
}
