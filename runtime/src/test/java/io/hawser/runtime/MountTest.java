package io.hawser.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hawser.runtime.ContainerSpec.MountOptions;
import io.hawser.runtime.ContainerSpec.Propagation;
import io.hawser.runtime.ContainerSpec.VolumeMount;
import io.hawser.runtime.Isolation.Rights;
import io.hawser.runtime.Isolation.Seccomp;
import io.hawser.runtime.Isolation.Tmpfs;
import io.hawser.runtime.files.TreeRemoval;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("kernel")
class MountTest {
  private static TestNode node;

  @BeforeAll
  static void open() {
    node = TestNode.open();
  }

  @AfterAll
  static void close() {
    node.close();
  }

  private static Isolation files(Isolation.Files files) {
    return new Isolation(false, Seccomp.DEFAULT, Rights.DEFAULT, files);
  }

  private static VolumeMount volume(Path source, String target, String subPath) {
    return new VolumeMount(
        source.toString(),
        target,
        false,
        new MountOptions(subPath, Propagation.PRIVATE, false, true));
  }

  @Test
  void plainDirectoryIsTheRootAndKeepsWhatIsWritten() throws IOException {
    Path root = Files.createTempDirectory(node.base, "bundle");
    TestNode.fillBusybox(root);
    Isolation.Files files =
        new Isolation.Files(Optional.of(root), List.of(), List.of(), Optional.empty());
    ContainerSpec spec =
        TestNode.withImage(
                TestNode.spec("bind", "main", "sh", "-c", "echo kept > /made; ls /proc/1/exe"), "")
            .with(files(files));
    assertThat(node.output(spec)).isEqualTo("/proc/1/exe\n");
    assertThat(root.resolve("made")).content().isEqualTo("kept\n");
    ContainerSpec readOnly =
        TestNode.with(
            TestNode.withImage(TestNode.spec("bind", "ro", "touch", "/x"), ""),
            new ContainerSpec.Security(
                Optional.empty(), Optional.empty(), true, false, List.of(), List.of()));
    ContainerSpec again = readOnly.with(spec.isolation());
    assertThat(node.output(again)).contains("Read-only file system");
  }

  @Test
  void memoryFileSystemHasItsSizeAndMode() {
    Tmpfs tmpfs = new Tmpfs("/run/cache", OptionalLong.of(1 << 20), 0711, false, true);
    Isolation.Files files =
        new Isolation.Files(Optional.empty(), List.of(tmpfs), List.of(), Optional.empty());
    String script =
        "stat -c %a /run/cache; dd if=/dev/zero of=/run/cache/x bs=1k count=2000 2>&1 | tail -1;"
            + " cp /bin/busybox /tmp/b; cp /bin/busybox /run/cache/b; echo > /run/cache/x;"
            + " grep ' /run/cache ' /proc/mounts";
    assertThat(node.output(TestNode.spec("tmpfs", "main", "sh", "-c", script).with(files(files))))
        .startsWith("711\n")
        .contains("No space left on device")
        .contains("noexec");
  }

  @Test
  void memoryVolumeIsSharedBoundedAndRemoved() throws IOException {
    Path directory = Files.createDirectory(node.base.resolve("memory"));
    MemoryVolumes.mount(directory, 1 << 20, 01777);
    MemoryVolumes.mount(directory, 1 << 20, 01777); // idempotent
    VolumeMount mount = new VolumeMount(directory.toString(), "/cache", false);
    ContainerSpec first = TestNode.spec("memory", "a", "sh", "-c", "echo shared > /cache/x");
    assertThat(node.output(TestNode.with(first, List.of(mount)))).isEmpty();
    ContainerSpec second =
        TestNode.spec(
            "memory", "b", "sh", "-c", "cat /cache/x; dd if=/dev/zero of=/cache/y bs=1M count=2");
    assertThat(node.output(TestNode.with(second, List.of(mount))))
        .startsWith("shared\n")
        .contains("No space left on device");
    MemoryVolumes.unmountBelow(directory);
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void laterMountsOfTheMachineAreSeenWhenAsked() throws IOException {
    Path shared = Files.createDirectory(node.base.resolve("shared"));
    MemoryVolumes.mount(shared, 1 << 20, 0755);
    try {
      TestNode.run(List.of("mount", "--make-shared", shared.toString()));
      Path below = Files.createDirectory(shared.resolve("below"));
      node.sandbox("prop");
      String wait =
          "for i in $(seq 100); do [ -e /s/below/late ] && echo seen && exit; sleep 0.1;"
              + " done; echo not";
      Container slave =
          node.runtime.start(propagating("slave", wait, shared, Propagation.HOST_TO_CONTAINER));
      Container alone =
          node.runtime.start(
              propagating("alone", wait.replace("100", "20"), shared, Propagation.PRIVATE));
      MemoryVolumes.mount(below, 1 << 20, 0755);
      Files.writeString(below.resolve("late"), "x");
      TestNode.await(slave.exit());
      TestNode.await(alone.exit());
      assertThat(TestNode.log(slave)).isEqualTo("seen\n");
      assertThat(TestNode.log(alone)).isEqualTo("not\n");
    } finally {
      MemoryVolumes.unmountBelow(shared);
    }
  }

  @Test
  void mountsOfAPrivilegedContainerAreSeenOnTheMachineWhenAsked() throws IOException {
    Path shared = Files.createDirectory(node.base.resolve("both"));
    MemoryVolumes.mount(shared, 1 << 20, 0755);
    try {
      TestNode.run(List.of("mount", "--make-shared", shared.toString()));
      node.sandbox("both");
      Isolation privileged =
          new Isolation(true, Seccomp.DEFAULT, Rights.DEFAULT, Isolation.Files.DEFAULT);
      String script = "mkdir /s/x && mount -t tmpfs none /s/x && touch /s/x/inside";
      ContainerSpec spec =
          propagating("main", script, shared, Propagation.BIDIRECTIONAL).with(privileged);
      Container container =
          node.runtime.start(
              new ContainerSpec(
                      "both.main.0",
                      "both",
                      "main",
                      0,
                      TestNode.IMAGE,
                      spec.command(),
                      spec.args(),
                      spec.env(),
                      spec.workingDir(),
                      spec.limits(),
                      spec.security(),
                      spec.mounts(),
                      false)
                  .with(privileged));
      TestNode.await(container.exit());
      assertThat(TestNode.log(container)).isEmpty();
      assertThat(shared.resolve("x/inside")).exists();
    } finally {
      MemoryVolumes.unmountBelow(shared);
    }
  }

  private static ContainerSpec propagating(
      String name, String script, Path source, Propagation propagation) {
    VolumeMount mount =
        new VolumeMount(
            source.toString(), "/s", false, new MountOptions("", propagation, false, true));
    return TestNode.with(TestNode.spec("prop", name, "sh", "-c", script), List.of(mount));
  }

  @Test
  void subPathIsMadeAndMountedAlone() throws IOException {
    Path volume = Files.createDirectory(node.base.resolve("sub"));
    Files.writeString(volume.resolve("file"), "one");
    List<VolumeMount> mounts =
        List.of(volume(volume, "/data", "a/b"), volume(volume, "/etc/file", "file"));
    ContainerSpec spec =
        TestNode.spec("sub", "main", "sh", "-c", "cat /etc/file; touch /data/x; ls /data");
    assertThat(node.output(TestNode.with(spec, mounts))).isEqualTo("onex\n");
    assertThat(volume.resolve("a/b/x")).exists();
  }

  @Test
  void linkInAVolumeLeadsNowhereOutside() throws IOException {
    Path volume = Files.createDirectory(node.base.resolve("links"));
    Files.createSymbolicLink(volume.resolve("absolute"), Path.of("/etc"));
    Files.createSymbolicLink(volume.resolve("up"), Path.of("../../../../../etc"));
    Files.createDirectories(volume.resolve("real/deep"));
    Files.createSymbolicLink(volume.resolve("inside"), Path.of("real"));
    node.sandbox("links");
    for (String bad : List.of("absolute", "up", "absolute/ssh", "up/passwd", "../links2")) {
      ContainerSpec spec =
          TestNode.with(
              TestNode.spec("links", "main", "true"), List.of(volume(volume, "/data", bad)));
      assertThatThrownBy(() -> node.runtime.start(spec))
          .hasMessageContaining("failed: EXDEV (a link leads out of the volume)");
    }
    ContainerSpec good =
        TestNode.with(
            TestNode.spec("links", "main", "ls", "/data"),
            List.of(volume(volume, "/data", "inside")));
    assertThat(node.output(good)).isEqualTo("deep\n");
  }

  /** A container that swaps a directory for a link while another starts: CVE-2017-1002101. */
  @Test
  void raceOnAVolumeIsLost() throws Exception {
    Path volume = Files.createDirectory(node.base.resolve("race"));
    Path victim = Files.createDirectory(node.base.resolve("victim"));
    Files.writeString(victim.resolve("secret"), "secret");
    Path place = volume.resolve("place");
    Path spare = Files.createDirectory(volume.resolve("spare"));
    Files.createSymbolicLink(volume.resolve("link"), victim);
    Files.createDirectory(place);
    AtomicBoolean done = new AtomicBoolean();
    Thread swapper = new Thread(() -> swap(volume, place, spare, done));
    node.sandbox("race");
    swapper.start();
    int started = 0;
    try {
      for (int i = 0; i < 30; i++) {
        ContainerSpec spec =
            TestNode.with(
                TestNode.spec("race", "c" + i, "ls", "/data"),
                List.of(volume(volume, "/data", "place")));
        try {
          assertThat(node.output(spec)).doesNotContain("secret");
          started++;
        } catch (RuntimeFault refused) {
          assertThat(refused).hasMessageMatching("(?s).*(EXDEV|ENOENT|ENOTDIR|EAGAIN|EEXIST).*");
        }
      }
    } finally {
      done.set(true);
      swapper.join();
    }
    assertThat(started).isLessThanOrEqualTo(30);
    assertThat(victim.resolve("secret")).content().isEqualTo("secret");
    TreeRemoval.delete(volume);
  }

  private static void swap(Path volume, Path place, Path spare, AtomicBoolean done) {
    Path aside = volume.resolve("aside");
    while (!done.get()) {
      try {
        Files.move(place, aside, StandardCopyOption.ATOMIC_MOVE);
        Files.createSymbolicLink(place, volume.resolveSibling("victim"));
        Files.delete(place);
        Files.move(aside, place, StandardCopyOption.ATOMIC_MOVE);
      } catch (IOException e) { // the launcher made the directory in between
        try {
          Files.deleteIfExists(place);
          if (Files.exists(aside)) {
            Files.move(aside, place, StandardCopyOption.ATOMIC_MOVE);
          }
        } catch (IOException again) {
          Thread.onSpinWait();
        }
      }
    }
  }
}
