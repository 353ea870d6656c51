package io.hawser.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.runtime.network.PodNetwork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a loss of the machine leaves: files of pods without their namespaces, some of them torn. */
@Tag("kernel")
class LostMachineTest {

  @Test
  void leftoversOfALostMachineAreFoundAndCleared() throws Exception {
    try (TestNode node = TestNode.open()) {
      for (String pod : List.of("lost", "torn", "kept")) {
        node.sandbox(pod);
        Container container = node.runtime.start(TestNode.spec(pod, "main", "sleep", "1000"));
        container.stop(Duration.ZERO).toCompletableFuture().join();
      }
      String ip = node.runtime.sandbox("lost").orElseThrow().ip();
      node.runtime.close();
      Path pods = node.config.stateDir().resolve("pods");
      ofAnotherBoot(pods.resolve("lost/sandbox.json"));
      byte[] whole = Files.readAllBytes(pods.resolve("torn/sandbox.json"));
      Files.write(pods.resolve("torn/sandbox.json"), List.of(new String(whole, 0, 20)));
      Files.createDirectories(pods.resolve("begun/containers"));

      node.runtime = ContainerRuntime.open(node.config);
      assertThat(node.runtime.recover())
          .extracting(recovered -> recovered.sandbox().podUid())
          .containsExactly("kept");
      assertThat(pods.toFile().list()).containsExactly("kept");
      assertThat(names(node.config.stateDir().resolve("ns"))).allMatch(n -> n.startsWith("kept."));
      String bridge = PodNetwork.bridgeName(node.config.nodeName());
      assertThat(names(Path.of("/sys/class/net", bridge, "brif"))).hasSize(1);
      assertThat(cgroups(node.config.nodeName()))
          .isNotEmpty()
          .noneMatch(path -> path.matches(".*/(lost|torn|begun)(/.*)?"));
      // Everything of the lost pod is free again: its uid, and in the end its address.
      assertThat(node.sandbox("lost").ip()).isNotEqualTo(ip);
    }
  }

  private static void ofAnotherBoot(Path checkpoint) throws IOException {
    String text = Files.readString(checkpoint);
    Files.writeString(checkpoint, text.replace(ProcessStart.bootId(), "another-boot"));
  }

  private static List<String> names(Path directory) {
    return List.of(directory.toFile().list());
  }

  /** The pods' cgroups in every hierarchy. */
  private static List<String> cgroups(String nodeName) throws IOException {
    String pods = "/hawser/" + nodeName + "/";
    try (Stream<Path> all = Files.walk(Path.of("/sys/fs/cgroup"), 8)) {
      return all.map(Path::toString).filter(path -> path.contains(pods)).toList();
    } catch (java.io.UncheckedIOException e) { // another test's cgroup went in this moment
      return List.of();
    }
  }
}
