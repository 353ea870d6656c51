package io.hawser.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.hawser.runtime.files.TreeRemoval;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What can't be started says why, by step and cause, and leaves nothing behind. */
@Tag("kernel")
class BadInputTest {
  /** The kernel reads the first as "as before" and the second as 0: both would be root. */
  private static final List<String> LARGE_IDS =
      List.of("4294967295", "4294967296", "99999999999999999999");

  private static TestNode node;
  private int descriptors;

  @BeforeAll
  static void open() throws IOException {
    node = TestNode.open();
    Path root = Files.createTempDirectory("hawser-rootfs");
    try {
      TestNode.fillBusybox(root);
      Files.writeString(root.resolve("bin/data"), "no program");
      Files.writeString(root.resolve("bin/odd"), "\u0001\u0002\u0003");
      root.resolve("bin/odd").toFile().setExecutable(true, false);
      Files.writeString(root.resolve("bin/script"), "#!/bin/nope\n");
      root.resolve("bin/script").toFile().setExecutable(true, false);
      Files.createSymbolicLink(root.resolve("loop"), Path.of("loop"));
      Files.createSymbolicLink(root.resolve("etc/ssl"), Path.of("../../../../../../tmp"));
      node.runtime.images().importDirectory("test/odd:1", root, TestNode.config(List.of()));
      ImageStore.ImageConfig named =
          new ImageStore.ImageConfig(List.of(), List.of("/bin/sh"), List.of(), "", "nosuch", "");
      node.runtime.images().importDirectory("test/named:1", root, named);
      for (String id : LARGE_IDS) {
        ImageStore.ImageConfig large =
            new ImageStore.ImageConfig(List.of(), List.of("/bin/sh"), List.of(), "", id, "");
        node.runtime.images().importDirectory("test/large" + id + ":1", root, large);
      }
    } finally {
      TreeRemoval.delete(root);
    }
    node.sandbox("pod");
    node.ownUsers("own");
    // What is opened once for all, such as class files, is open now.
    assertThatThrownBy(() -> node.runtime.start(odd("pod", "warm", "/nope")));
    node.output(odd("pod", "warm2", "true"));
    node.output(odd("own", "warm2", "true"));
  }

  @BeforeEach
  void count() {
    descriptors = descriptors();
  }

  @AfterAll
  static void close() {
    node.close();
  }

  private static int descriptors() {
    return new File("/proc/self/fd").list().length;
  }

  private static ContainerSpec odd(String pod, String name, String... command) {
    return TestNode.withImage(TestNode.spec(pod, name, command), "test/odd:1");
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    node.runtime.settle(); // a container is removed behind its caller
    for (String pod : List.of("pod", "own")) {
      assertThat(node.base.resolve("node/pods").resolve(pod).resolve("containers"))
          .isEmptyDirectory();
      assertThat(cgroups(pod)).isEmpty();
    }
    await()
        .atMost(Duration.ofSeconds(5))
        .untilAsserted(() -> assertThat(descriptors()).isLessThanOrEqualTo(descriptors));
    assertThat(Mounts.under(node.base.resolve("node/root"))).isEmpty();
  }

  private static List<String> cgroups(String pod) throws IOException {
    String path = "*" + node.config.nodeName() + "/" + pod + "/*";
    return TestNode.run(List.of("find", "/sys/fs/cgroup", "-path", path, "-type", "d"))
        .lines()
        .toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/nope | execve(/nope) failed: ENOENT",
        "nope | execve(nope) failed: ENOENT",
        "/bin/data | execve(/bin/data) failed: EACCES",
        "/bin | execve(/bin) failed: EACCES",
        "/bin/odd | execve(/bin/odd) failed: ENOEXEC",
        "/bin/script | execve(/bin/script) failed: ENOENT"
      })
  void programThatCanNotRunIsNamed(String program, String message) {
    for (String pod : List.of("pod", "own")) {
      assertThatThrownBy(() -> node.runtime.start(odd(pod, "main", program)))
          .isInstanceOf(RuntimeFault.class)
          .hasMessageContaining(message);
    }
  }

  @Test
  void nothingToRunIsSaid() {
    assertThatThrownBy(() -> node.runtime.start(odd("pod", "main")))
        .hasMessageContaining("nothing to run");
  }

  @Test
  void userTheImageDoesNotKnowIsNamed() {
    ContainerSpec spec = TestNode.withImage(TestNode.spec("pod", "main", "true"), "test/named:1");
    assertThatThrownBy(() -> node.runtime.start(spec)).hasMessageContaining("user \"nosuch\"");
  }

  @Test
  void userWithAnIdTheKernelHasNotIsRefused() {
    for (String pod : List.of("pod", "own")) {
      for (String id : LARGE_IDS) {
        ContainerSpec spec = TestNode.spec(pod, "main", "id");
        assertThatThrownBy(
                () -> node.runtime.start(TestNode.withImage(spec, "test/large" + id + ":1")))
            .isInstanceOf(RuntimeFault.class)
            .hasMessageMatching("(?s).*user \"?" + id + ".*");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/loop/x", "/loop"})
  void linksInALoopAreRefused(String target) {
    ContainerSpec spec = odd("pod", "main", "true");
    ContainerSpec.VolumeMount mount =
        new ContainerSpec.VolumeMount(node.base.toString(), target, false);
    assertThatThrownBy(() -> node.runtime.start(TestNode.with(spec, List.of(mount))))
        .hasMessageContaining("openat2(/loop) failed: ELOOP");
  }

  /** The link goes up to the root and no further: the mount is in the container's /tmp. */
  @Test
  void linkOutOfTheImageStaysInIt() throws IOException {
    ContainerSpec spec = odd("own", "link", "ls", "/tmp/deep");
    Path plain = Files.createDirectory(node.base.resolve("plain"));
    Files.writeString(plain.resolve("here"), "");
    ContainerSpec.VolumeMount mount =
        new ContainerSpec.VolumeMount(plain.toString(), "/etc/ssl/deep", false);
    assertThat(node.output(TestNode.with(spec, List.of(mount)))).isEqualTo("here\n");
    assertThat(Path.of("/tmp/deep")).doesNotExist();
  }

  @Test
  void fileWhereADirectoryIsMountedIsRefused() {
    ContainerSpec spec = odd("pod", "main", "true");
    ContainerSpec.VolumeMount mount =
        new ContainerSpec.VolumeMount(node.base.toString(), "/etc/passwd", false);
    assertThatThrownBy(() -> node.runtime.start(TestNode.with(spec, List.of(mount))))
        .hasMessageContaining("openat2(/etc/passwd) failed: ENOTDIR");
  }

  @Test
  void workingDirectoryThatIsAFileIsNamed() {
    ContainerSpec s = odd("pod", "main", "true");
    ContainerSpec spec =
        new ContainerSpec(
            s.id(),
            s.podUid(),
            s.name(),
            s.attempt(),
            s.image(),
            s.command(),
            s.args(),
            s.env(),
            Optional.of("/etc/passwd"),
            s.limits(),
            s.security(),
            s.mounts(),
            s.tty());
    assertThatThrownBy(() -> node.runtime.start(spec))
        .hasMessageContaining("chdir(/etc/passwd) failed: ENOTDIR");
  }

  /** A subnet of four addresses has one for the bridge and one for a pod. */
  @Test
  void lackOfAddressesIsSaidAndUndone() {
    TestNode small = TestNode.open();
    try {
      small.runtime.purge();
      RuntimeConfig c = small.config;
      String subnet = c.podSubnet().replace(".0/24", ".4/30");
      small.runtime =
          ContainerRuntime.open(
              new RuntimeConfig(
                  c.nodeName(), c.stateDir(), c.imageDir(), subnet, c.restartWindow()));
      small.sandbox("first");
      assertThatThrownBy(() -> small.sandbox("second"))
          .isInstanceOf(RuntimeFault.class)
          .hasMessageContaining("sandbox of pod second")
          .hasMessageContaining("address");
      assertThat(c.stateDir().resolve("pods/second")).doesNotExist();
      assertThat(small.runtime.sandbox("second")).isEmpty();
      small.runtime.removeSandbox("first");
      assertThat(small.sandbox("third").ip()).isNotEmpty();
    } finally {
      small.close();
    }
  }

  /** The container's own writes fail, and a start names the full disk. */
  @Test
  void fullDiskIsNamed() throws IOException {
    Path disk = Files.createDirectory(node.base.resolve("disk"));
    MemoryVolumes.mount(disk, 64 << 10, 0755);
    try {
      Files.write(disk.resolve("filler"), new byte[60 << 10]);
      ContainerSpec spec = odd("pod", "full", "sh", "-c", "dd if=/dev/zero of=/d/x bs=64k count=9");
      ContainerSpec.VolumeMount mount = new ContainerSpec.VolumeMount(disk.toString(), "/d", false);
      assertThat(node.output(TestNode.with(spec, List.of(mount))))
          .contains("No space left on device");
    } finally {
      MemoryVolumes.unmountBelow(disk);
    }
    TestNode full = TestNode.create(Duration.ofSeconds(10));
    Files.createDirectories(full.config.stateDir());
    MemoryVolumes.mount(full.config.stateDir(), 4 << 20, 0755);
    try {
      TestNode.importBusybox(full.config.imageDir());
      full.runtime = ContainerRuntime.open(full.config);
      full.sandbox("pod", new SandboxSpec.Sharing(true, false, SandboxSpec.Pids.POD, Map.of()));
      fill(full.config.stateDir().resolve("filler"));
      assertThatThrownBy(() -> full.runtime.start(TestNode.spec("pod", "main", "true")))
          .isInstanceOf(RuntimeFault.class)
          .hasMessageMatching("(?s).*(ENOSPC|No space left on device).*");
      assertThatThrownBy(() -> full.sandbox("second"))
          .hasMessageMatching("(?s).*(ENOSPC|No space left on device).*");
      assertThat(full.config.stateDir().resolve("pods/pod/containers")).isEmptyDirectory();
      assertThat(full.config.stateDir().resolve("pods/second")).doesNotExist();
      Files.delete(full.config.stateDir().resolve("filler"));
      assertThat(full.output(TestNode.spec("pod", "main", "echo", "again"))).isEqualTo("again\n");
      full.runtime.purge();
      full.runtime = null;
    } finally {
      MemoryVolumes.unmountBelow(full.config.stateDir());
      full.close();
    }
  }

  private static void fill(Path file) throws IOException {
    try (var out = Files.newOutputStream(file)) {
      byte[] block = new byte[512];
      while (true) {
        out.write(block);
      }
    } catch (IOException full) {
      assertThat(full).hasMessageContaining("No space left");
    }
  }
}
