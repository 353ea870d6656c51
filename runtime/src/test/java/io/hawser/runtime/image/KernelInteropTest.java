package io.hawser.runtime.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hawser.runtime.BuildContainers;
import io.hawser.runtime.ImageStore;
import io.hawser.runtime.image.archive.ArchiveWriter;
import io.hawser.runtime.image.build.BuildRequest;
import io.hawser.runtime.image.fs.Dir;
import io.hawser.runtime.image.layer.OverlayMarks;
import io.hawser.runtime.image.oci.RunConfig;
import io.hawser.runtime.image.store.References;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With root and a real kernel: overlay mounts, a full disk, and Debian's umoci and buildah. */
@Tag("kernel")
class KernelInteropTest {
  private static final Path BUSYBOX = Path.of("/bin/busybox");

  @TempDir Path directory;
  private final Deque<Path> mounts = new ArrayDeque<>();
  private Path context;
  private Images images;
  private BuildContainers containers;

  @BeforeEach
  void open() throws IOException {
    assumeTrue(Dir.privileged(), "needs root");
    assumeTrue(Files.exists(BUSYBOX), "Debian's busybox-static is not installed");
    images = Images.open(directory.resolve("images"));
    containers = new BuildContainers(directory.resolve("images"));
    context = Files.createDirectories(directory.resolve("context"));
    Files.copy(BUSYBOX, context.resolve("busybox"));
  }

  @AfterEach
  void unmount() throws Exception {
    if (containers != null) {
      containers.close();
    }
    while (!mounts.isEmpty()) {
      run("umount", mounts.pop().toString());
    }
  }

  private String run(String... command) throws Exception {
    Path out = Files.createTempFile(directory, "out", "");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile()).start();
    assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(() -> String.join(" ", command) + "\n" + read(out)).isZero();
    return read(out);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static void assumeInstalled(String program) {
    assumeTrue(Files.exists(Path.of("/usr/bin", program)), program + " is not installed");
  }

  private Path mountOverlay(List<Path> layersTopFirst) throws Exception {
    Path target = Files.createTempDirectory(directory, "merged");
    Path none = Files.createTempDirectory(directory, "none");
    List<Path> lower = new ArrayList<>(layersTopFirst);
    lower.add(none);
    String option = lower.stream().map(Path::toString).collect(Collectors.joining(":"));
    run("mount", "-t", "overlay", "overlay", "-o", "ro,lowerdir=" + option, target.toString());
    mounts.push(target);
    return target;
  }

  private StoredImage buildBusybox(String... more) throws IOException {
    List<String> lines =
        new ArrayList<>(
            List.of(
                "FROM scratch",
                "COPY --chmod=755 busybox /bin/",
                "RUN [\"/bin/busybox\", \"ln\", \"-s\", \"busybox\", \"/bin/sh\"]",
                "RUN busybox mkdir -p /old/deep /kept && busybox touch /old/deep/f /gone /kept/a"
                    + " && busybox chmod 1777 /kept && busybox ln /kept/a /kept/hard"));
    lines.addAll(List.of(more));
    Files.writeString(context.resolve("Dockerfile"), String.join("\n", lines));
    return images.build(BuildRequest.of(context, "box:1").withRunStep(containers));
  }

  private String tree(Path root) throws Exception {
    return run(
        "sh",
        "-c",
        "cd "
            + root
            + " && find . -mindepth 1 -printf '%P %y %m %U:%G %s %l %n\\n' | sort | grep -v '^[^ ]* d'"
            + "; find . -mindepth 1 -type d -printf '%P d %m %U:%G\\n' | sort"
            + "; find . -type f -print0 | sort -z | xargs -0 sha256sum");
  }

  @Test
  void builtImageMountsAsUmociUnpacksIt() throws Exception {
    assumeInstalled("umoci");
    buildBusybox(
        "RUN busybox rm -rf /old /gone && busybox mkdir /old && busybox touch /old/new",
        "COPY busybox /kept/");
    Path layout = directory.resolve("layout");
    images.save(List.of("box:1"), ArchiveWriter.Format.OCI_LAYOUT, layout);
    Path bundle = directory.resolve("bundle");
    run("umoci", "unpack", "--image", layout + ":1", bundle.toString());
    ImageStore.Image image = new LayeredImageStore(images.library()).find("box:1").orElseThrow();
    Path merged = mountOverlay(image.layers());
    assertThat(merged.resolve("old/new")).exists();
    assertThat(merged.resolve("old/deep")).doesNotExist();
    assertThat(merged.resolve("gone")).doesNotExist();
    assertThat(tree(merged)).isEqualTo(tree(bundle.resolve("rootfs")));
  }

  @Test
  void hereDocumentsAreRunByTheShellOrByTheProgramTheyName() throws Exception {
    StoredImage image =
        buildBusybox(
            "ENV WHO=world",
            "RUN <<EOF",
            "greeting=hello",
            "echo $greeting $WHO > /by-shell",
            "EOF",
            "RUN <<EOF",
            "#!/bin/busybox sh",
            "echo $0 $WHO > /by-program",
            "EOF");
    ImageStore.Image stored = new LayeredImageStore(images.library()).find("box:1").orElseThrow();
    assertThat(stored.layers().get(1).resolve("by-shell")).hasContent("hello world");
    assertThat(stored.layers().get(0).resolve("by-program")).hasContent("/dev/pipes/EOF world");
    assertThat(stored.layers().get(0).resolve("dev/pipes")).doesNotExist();
    assertThat(image.config().history()).isNotEmpty();
  }

  @Test
  void diskAboveItsMarkIsCollectedDownToTheLowerOne() throws Exception {
    Path small = Files.createDirectories(directory.resolve("small"));
    run("mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", small.toString());
    mounts.push(small);
    Images onSmall = Images.open(small.resolve("images"));
    byte[] noise = new byte[1 << 20];
    Path root = Files.createDirectories(directory.resolve("root"));
    // Each takes its size twice, packed and unpacked: fourteen of sixteen megabytes.
    for (int i = 1; i <= 7; i++) {
      new java.util.Random(i).nextBytes(noise);
      Files.write(root.resolve("noise"), noise);
      String name = "docker.io/library/image:" + i;
      StoredImage image = onSmall.importDirectory(name, root, RunConfig.EMPTY);
      boolean local = i == 1;
      onSmall
          .library()
          .references()
          .set(
              new References.Reference(
                  name,
                  image.target(),
                  i,
                  local ? References.Source.LOCAL : References.Source.REGISTRY,
                  List.of()));
      Files.setLastModifiedTime(
          referenceFile(small, name), java.nio.file.attribute.FileTime.fromMillis(i * 1000L));
    }
    DiskShare disk = new DiskShare(small);
    assertThat(disk.used()).isBetween(0.85, 0.99);
    assertThat(onSmall.collect(0.85, 0.80, disk::used))
        .as("the least recently used goes first, what was made here stays, and no more than needed")
        .containsExactly("docker.io/library/image:2");
    assertThat(disk.used()).isBetween(0.60, 0.80);
    assertThat(onSmall.collect(0.85, 0.80, disk::used)).isEmpty();
    assertThat(onSmall.list()).hasSize(6);
  }

  private static Path referenceFile(Path small, String name) {
    byte[] bytes = name.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    return small.resolve("images/references").resolve(Digest.of(bytes).hex() + ".json");
  }

  @Test
  void runIsReproducible() throws Exception {
    StoredImage first = buildBusybox();
    Images elsewhere = Images.open(directory.resolve("elsewhere"));
    StoredImage second = elsewhere.build(BuildRequest.of(context, "box:1").withRunStep(containers));
    assertThat(second.manifest().digest()).isEqualTo(first.manifest().digest());
  }

  @Test
  void removalsBecomeWhiteoutsOfTheKernel() throws Exception {
    buildBusybox("RUN busybox rm /gone");
    ImageStore.Image image = new LayeredImageStore(images.library()).find("box:1").orElseThrow();
    try (Dir top = Dir.open(image.layers().get(0))) {
      assertThat(OverlayMarks.isWhiteout(top, "gone", top.stat("gone").orElseThrow())).isTrue();
    }
  }

  @Test
  void imageBuiltByBuildahHasTheSameTreeHereAndRuns() throws Exception {
    assumeInstalled("buildah");
    Files.writeString(
        context.resolve("Dockerfile"),
        String.join(
            "\n",
            "FROM scratch",
            "COPY busybox /bin/",
            "COPY --chown=12:34 Dockerfile /etc/deep/er/",
            "ENV A=b",
            "ENTRYPOINT [\"/bin/busybox\"]"));
    String storage =
        "--root="
            + directory.resolve("b")
            + " --runroot="
            + directory.resolve("r")
            + " --storage-driver=vfs";
    Path archive = directory.resolve("buildah.tar");
    run(
        "sh",
        "-c",
        "buildah "
            + storage
            + " bud --layers --isolation=chroot -t theirs:1 "
            + context
            + " && buildah "
            + storage
            + " push theirs:1 oci-archive:"
            + archive
            + ":theirs:1");
    images.load(archive, Optional.of("theirs:1"));
    ImageStore.Image theirs =
        new LayeredImageStore(images.library()).find("theirs:1").orElseThrow();
    images.build(BuildRequest.of(context, "ours:1"));
    ImageStore.Image ours = new LayeredImageStore(images.library()).find("ours:1").orElseThrow();
    assertThat(tree(mountOverlay(theirs.layers()))).isEqualTo(tree(mountOverlay(ours.layers())));
    assertThat(theirs.config().entrypoint()).isEqualTo(ours.config().entrypoint());
    assertThat(theirs.config().env()).contains("A=b");
    Files.writeString(
        context.resolve("Dockerfile"),
        "FROM theirs:1\nRUN [\"/bin/busybox\", \"sh\", \"-c\", \"echo ran with $A > /ran\"]\n");
    images.build(BuildRequest.of(context, "ran:1").withRunStep(containers));
    ImageStore.Image ran = new LayeredImageStore(images.library()).find("ran:1").orElseThrow();
    assertThat(ran.layers().get(0).resolve("ran")).hasContent("ran with b");
  }

  @Test
  void fileCapabilitiesSurviveTheRoundTrip() throws Exception {
    assumeTrue(Files.exists(Path.of("/usr/sbin/setcap")), "setcap is not installed");
    Path root = Files.createDirectories(directory.resolve("root"));
    Files.copy(BUSYBOX, root.resolve("ping"));
    run("setcap", "cap_setuid,cap_net_raw+ep", root.resolve("ping").toString());
    images.importDirectory("cap:1", root, RunConfig.EMPTY);
    ImageStore.Image image = new LayeredImageStore(images.library()).find("cap:1").orElseThrow();
    assertThat(run("getcap", image.layers().get(0).resolve("ping").toString()))
        .contains("cap_setuid")
        .contains("cap_net_raw");
  }

  @Test
  void fullDiskIsToldAndLeavesTheStoreSound() throws Exception {
    Path small = Files.createDirectories(directory.resolve("small"));
    run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", small.toString());
    mounts.push(small);
    Images onSmall = Images.open(small.resolve("images"));
    Path root = Files.createDirectories(directory.resolve("root"));
    byte[] noise = new byte[8 << 20];
    new java.util.Random(3).nextBytes(noise);
    Files.write(root.resolve("noise"), noise);
    assertThatThrownBy(() -> onSmall.importDirectory("big:1", root, RunConfig.EMPTY))
        .isInstanceOfSatisfying(
            ImageFault.class, e -> assertThat(e.kind()).isEqualTo(ImageFault.Kind.DISK_FULL));
    assertThat(onSmall.list()).isEmpty();
    assertThat(small.resolve("images/staging")).isEmptyDirectory();
    Files.write(root.resolve("noise"), new byte[] {1});
    onSmall.importDirectory("small:1", root, RunConfig.EMPTY);
    assertThat(onSmall.list()).hasSize(1);
  }
}
