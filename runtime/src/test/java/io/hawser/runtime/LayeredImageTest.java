package io.hawser.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hawser.runtime.image.Images;
import io.hawser.runtime.image.build.BuildRequest;
import io.hawser.runtime.image.fs.Dir;
import io.hawser.runtime.image.store.GarbageCollection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Containers of images with several layers, and what a container takes from its image's config. */
@Tag("kernel")
class LayeredImageTest {
  @TempDir Path context;
  private TestNode node;
  private Images images;
  private int runs;

  @BeforeEach
  void open() {
    assumeTrue(Dir.privileged(), "needs root");
    node = TestNode.open();
    images = Images.open(node.config.imageDir());
  }

  @AfterEach
  void close() {
    if (node != null) {
      node.close();
    }
  }

  private String run(String image, String... command) {
    return node.output(TestNode.withImage(TestNode.spec("p", "c" + ++runs, command), image));
  }

  private void build(String name, String... lines) throws IOException {
    Files.writeString(context.resolve("Dockerfile"), String.join("\n", lines) + "\n");
    images.build(BuildRequest.of(context, name));
  }

  @Test
  void configOfTheImageIsHonoured() throws IOException {
    Files.writeString(context.resolve("f"), "from the image\n");
    build(
        "conf:1",
        "FROM " + TestNode.IMAGE,
        "COPY --chown=web f /data/f",
        "ENV GREETING=hello",
        "USER web:extra",
        "WORKDIR /data",
        "VOLUME /data",
        "ENTRYPOINT [\"/bin/sh\", \"-c\"]",
        "CMD [\"echo $GREETING $(id -u):$(id -g) $PWD; cat f; echo x >f && ls; mount\"]");
    String output = run("conf:1");
    assertThat(output).contains("hello 1000:2000 /data\n", "from the image\n", "f\n");
    assertThat(output).containsPattern("on /data type");
    assertThat(run("conf:1")).as("a volume is a container's own").contains("from the image\n");
  }

  @Test
  void podOverridesTheImageAsInKubernetes() throws IOException {
    build(
        "over:1",
        "FROM " + TestNode.IMAGE,
        "ENV A=image B=image",
        "WORKDIR /data",
        "USER 1000:2000",
        "ENTRYPOINT [\"echo\", \"entrypoint\"]",
        "CMD [\"cmd\"]");
    assertThat(run("over:1")).isEqualTo("entrypoint cmd\n");
    assertThat(over(List.of(), List.of("args"))).isEqualTo("entrypoint args\n");
    assertThat(over(List.of("echo", "command"), List.of())).isEqualTo("command\n");
    assertThat(over(List.of("echo", "command"), List.of("args"))).isEqualTo("command args\n");
    assertThat(over(List.of("sh", "-c", "echo $A $B $PWD $(id -u)"), List.of()))
        .isEqualTo("image pod /other 1000\n");
  }

  /** With a variable and a working directory of the pod's own. */
  private String over(List<String> command, List<String> args) {
    ContainerSpec plain = TestNode.withImage(TestNode.spec("p", "c" + ++runs), "over:1");
    return node.output(
        new ContainerSpec(
            plain.id(),
            plain.podUid(),
            plain.name(),
            plain.attempt(),
            plain.image(),
            command,
            args,
            Map.of("B", "pod"),
            Optional.of("/other"),
            plain.limits(),
            plain.security(),
            plain.mounts(),
            false));
  }

  @Test
  void stopSignalOfTheImageIsSentAtTheStop() throws Exception {
    build(
        "stopped:1",
        "FROM " + TestNode.IMAGE,
        "STOPSIGNAL SIGUSR1",
        "CMD [\"sh\", \"-c\", \"trap 'exit 42' USR1; echo up; while :; do sleep 0.1; done\"]");
    node.sandbox("stopped");
    ContainerSpec spec = TestNode.withImage(TestNode.spec("stopped", "main"), "stopped:1");
    Container container = node.runtime.start(spec);
    await("it traps the signal")
        .atMost(Duration.ofSeconds(30))
        .until(() -> TestNode.log(container).contains("up"));
    assertThat(TestNode.await(container.stop(Duration.ofSeconds(60))).code()).isEqualTo(42);
    container.remove();
  }

  @Test
  void containersOfAHundredLayersStart() throws IOException {
    String[] lines = new String[91];
    lines[0] = "FROM " + TestNode.IMAGE;
    for (int i = 1; i < lines.length; i++) {
      Files.writeString(context.resolve("f" + i), "layer " + i + "\n");
      lines[i] = "COPY f" + i + " /layers/";
    }
    build("many:1", lines);
    assertThat(run("many:1", "cat", "/layers/f1", "/layers/f90")).isEqualTo("layer 1\nlayer 90\n");
  }

  @Test
  void secondStartCopiesNoFileAndAnImageInUseIsNotCollected() throws Exception {
    build("kept:1", "FROM " + TestNode.IMAGE, "LABEL a=b", "COPY Dockerfile /f");
    node.sandbox("p");
    ContainerSpec spec = TestNode.withImage(TestNode.spec("p", "c", "sleep", "100"), "kept:1");
    long before = files(node.config.imageDir());
    Container container = node.runtime.start(spec);
    assertThat(files(node.config.imageDir())).as("only a pin").isEqualTo(before + 1);
    images.remove("kept:1", true);
    GarbageCollection.Freed freed = images.prune(true);
    assertThat(images.list()).isEmpty();
    assertThat(node.runtime.images().find("kept:1")).isEmpty();
    ExecSpec read = new ExecSpec(List.of("cat", "/f"), false, false);
    try (ExecSession exec = container.exec(read)) {
      assertThat(new String(exec.stdout().readAllBytes())).contains("COPY Dockerfile");
    }
    container.signal(9);
    TestNode.await(container.exit());
    container.remove();
    await("the removal is done")
        .atMost(Duration.ofSeconds(30))
        .until(() -> images.library().pins().list().isEmpty());
    assertThat(images.prune(true).layers()).isGreaterThan(freed.layers());
  }

  private static long files(Path root) throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      return all.count();
    }
  }
}
