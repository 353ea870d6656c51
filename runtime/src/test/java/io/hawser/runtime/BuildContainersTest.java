package io.hawser.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hawser.runtime.image.Images;
import io.hawser.runtime.image.StoredImage;
import io.hawser.runtime.image.build.BuildRequest;
import io.hawser.runtime.image.fs.Dir;
import java.io.IOException;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** RUN in real containers. */
@Tag("kernel")
class BuildContainersTest {
  @TempDir Path directory;
  private final List<String> output = new ArrayList<>();
  private Path imageDir;
  private BuildContainers containers;

  @BeforeEach
  void open() throws IOException {
    assumeTrue(Dir.privileged(), "needs root");
    imageDir = directory.resolve("images");
    containers = new BuildContainers(imageDir);
    TestNode.importBusybox(imageDir);
  }

  @AfterEach
  void close() {
    if (containers != null) {
      containers.close();
    }
  }

  private BuildRequest request(String... lines) throws IOException {
    Path context = Files.createDirectories(directory.resolve("context"));
    Files.writeString(
        context.resolve("Dockerfile"),
        "FROM " + TestNode.IMAGE + "\n" + String.join("\n", lines) + "\n");
    return BuildRequest.of(context, "built:1").withRunStep(containers).withOutput(output::add);
  }

  private StoredImage build(String... lines) throws IOException {
    return Images.open(imageDir).build(request(lines));
  }

  @Test
  void stepsRunAsTheDockerfileSays() throws IOException {
    build(
        "ENV A=from-env",
        "ARG B=from-arg",
        "WORKDIR /work",
        "RUN echo $A $B $(id -u) $PWD; echo x >file",
        "USER web",
        "SHELL [\"/bin/busybox\", \"ash\", \"-c\"]",
        "RUN --network=none id -un && ip addr | grep -c 'inet ' ; true",
        "RUN <<END\nset -e\ncat file\nEND",
        "RUN [\"/bin/echo\", \"exec form\"]");
    assertThat(output).contains("from-env from-arg 0 /work", "web", "1", "x", "exec form");
  }

  @Test
  void onlyWhatTheStepChangedBecomesTheLayer() throws IOException {
    StoredImage image = build("RUN echo x >/etc/new; rm /etc/group; cat /etc/hosts >/dev/null");
    try (Dir layer = Dir.open(top(image))) {
      assertThat(layer.names()).containsExactly("etc");
      try (Dir etc = layer.dir("etc")) {
        assertThat(etc.names()).containsExactly("group", "new");
      }
    }
  }

  private Path top(StoredImage image) {
    return new io.hawser.runtime.image.LayeredImageStore(Images.open(imageDir).library())
        .find(image.name())
        .orElseThrow()
        .layers()
        .get(0);
  }

  @Test
  void resultOfAStepIsFoundAgainByWhatWentIntoIt() throws IOException {
    StoredImage first = build("RUN date +%N >/when");
    assertThat(build("RUN date +%N >/when").id()).isEqualTo(first.id());
    assertThat(output).contains("  from the cache");
    output.clear();
    build("ENV X=1", "RUN date +%N >/when");
    assertThat(output).doesNotContain("  from the cache");
  }

  @Test
  void stepThatFailsNamesItsLineAndLeavesNothing() throws IOException {
    Set<String> before = interfaces();
    assertThatThrownBy(() -> build("LABEL a=b", "RUN echo about to fail; exit 3"))
        .hasMessage("Dockerfile:3: RUN ended with exit code 3");
    assertThat(output).contains("about to fail");
    containers.close();
    assertThat(interfaces()).isEqualTo(before);
    assertThat(imageDir.resolve("builds")).isEmptyDirectory();
    assertThat(imageDir.resolve("staging")).isEmptyDirectory();
  }

  /** A build that never ends. */
  static final class Victim {
    public static void main(String[] arguments) throws IOException {
      Path imageDir = Path.of(arguments[0]);
      Path context = Path.of(arguments[1]);
      Images.open(imageDir)
          .build(
              BuildRequest.of(context, "victim:1")
                  .withRunStep(new BuildContainers(imageDir))
                  .withOutput(System.out::println));
    }
  }

  @Test
  void nextBuildRemovesWhatAKilledOneLeft() throws Exception {
    Set<String> before = interfaces();
    request("RUN echo it runs; sleep 1000");
    Process victim =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Victim.class.getName(),
                imageDir.toString(),
                directory.resolve("context").toString())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("victim.log").toFile())
            .start();
    try {
      Path log = directory.resolve("victim.log");
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> Files.readString(log).lines().anyMatch("it runs"::equals));
    } finally {
      victim.destroyForcibly();
      assertThat(victim.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(imageDir.resolve("builds")).isNotEmptyDirectory();
    build("RUN echo alive");
    assertThat(output).contains("alive");
    containers.close();
    assertThat(imageDir.resolve("builds")).isEmptyDirectory();
    assertThat(interfaces()).isEqualTo(before);
    Images.open(imageDir).prune(false);
    assertThat(imageDir.resolve("staging")).isEmptyDirectory();
  }

  /** Bridges of other tests come and go at the same time: only those of builds count. */
  private static Set<String> interfaces() throws IOException {
    try (Stream<NetworkInterface> all = NetworkInterface.networkInterfaces()) {
      return all.filter(
              i -> i.inetAddresses().anyMatch(a -> a.getHostAddress().startsWith("10.243.")))
          .map(NetworkInterface::getName)
          .collect(Collectors.toSet());
    }
  }
}
