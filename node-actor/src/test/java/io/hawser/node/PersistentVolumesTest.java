package io.hawser.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hawser.runtime.MemoryVolumes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PersistentVolumesTest {
  @TempDir Path dir;

  private Path root() {
    return dir.resolve("persistent-volumes");
  }

  private PersistentVolumes volumes() {
    return new PersistentVolumes(root());
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void volumeIsMadeOnceForEverybodyBehindAClosedDoor() throws IOException {
    Path volume = volumes().make("pvc-1", Optional.empty());
    assertThat(volume).isEqualTo(root().resolve("pvc-1"));
    assertThat(mode(root())).isEqualTo("rwx------");
    assertThat(mode(volume)).isEqualTo("rwxrwxrwx");
    Files.writeString(volume.resolve("file"), "");
    Files.setPosixFilePermissions(volume, PosixFilePermissions.fromString("rwx------"));
    volumes().make("pvc-1", Optional.empty());
    assertThat(volume.resolve("file")).exists();
    assertThat(mode(volume)).as("what a container chose").isEqualTo("rwx------");
  }

  @Test
  void nameThatIsNoneNeverBecomesAPath() throws IOException {
    Path outside = Files.writeString(dir.resolve("outside"), "");
    for (String bad : List.of("", "..", "../outside", "a/b", "/x", ".removing-a", "A", "a-")) {
      assertThatThrownBy(() -> volumes().make(bad, Optional.empty()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("no volume's name");
      assertThatThrownBy(() -> volumes().remove(bad)).hasMessageContaining("no volume's name");
    }
    assertThat(outside).exists();
    assertThat(root()).doesNotExist();
  }

  @Test
  void onlyTheNamedVolumeIsRemovedAndNoLinkFollowed() throws IOException {
    Path kept = volumes().make("pvc-kept", Optional.empty());
    Files.writeString(kept.resolve("file"), "");
    Path gone = volumes().make("pvc-gone", Optional.empty());
    Files.createSymbolicLink(gone.resolve("out"), kept);
    Files.createDirectories(gone.resolve("a/b"));
    volumes().remove("pvc-gone");
    assertThat(gone).doesNotExist();
    assertThat(kept.resolve("file")).exists();
    volumes().remove("pvc-gone"); // once more: fine
    try (var left = Files.list(root())) {
      assertThat(left).containsExactly(kept);
    }
  }

  @Test
  void crashInTheMiddleOfARemovalLeavesWhatTheNextTryRemoves() throws IOException {
    Path volume = volumes().make("pvc-1", Optional.empty());
    Files.writeString(volume.resolve("file"), "");
    Files.move(volume, root().resolve(".removing-pvc-1"));
    assertThatThrownBy(() -> volumes().make("pvc-1", Optional.empty()))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("pvc-1: the volume is being removed");
    volumes().remove("pvc-1");
    assertThat(root()).isEmptyDirectory();
  }

  @Test
  void crashInTheMiddleOfAMakingLeavesNothingInTheWay() throws IOException {
    Files.createDirectories(root().resolve(".making-pvc-1"));
    Path volume = volumes().make("pvc-1", Optional.empty());
    assertThat(mode(volume)).isEqualTo("rwxrwxrwx");
    Files.createDirectories(root().resolve(".making-pvc-2"));
    volumes().remove("pvc-2");
    try (var left = Files.list(root())) {
      assertThat(left).containsExactly(volume);
    }
  }

  /** An operator may keep the data on another disk; a volume itself is never a link. */
  @Test
  void wholeDirectoryMayBeALinkButNoVolume() throws IOException {
    Path disk = Files.createDirectory(dir.resolve("disk"));
    Files.createSymbolicLink(root(), disk);
    volumes().make("pvc-1", Optional.empty());
    assertThat(disk.resolve("pvc-1")).isDirectory();
    Files.createSymbolicLink(disk.resolve("pvc-2"), dir);
    assertThatThrownBy(() -> volumes().make("pvc-2", Optional.empty()))
        .hasMessageContaining("pvc-2: it is not a directory");
  }

  @Test
  @Tag("kernel")
  void fullDiskIsNamed() throws Exception {
    Files.createDirectory(root());
    ProcessBuilder mount =
        new ProcessBuilder("mount", "-t", "tmpfs", "-o", "nr_inodes=1", "tmpfs", root().toString());
    assertThat(mount.inheritIO().start().waitFor()).isZero();
    try {
      assertThatThrownBy(() -> volumes().make("pvc-1", Optional.empty()))
          .hasMessage(
              "can't make the directory " + root().resolve("pvc-1") + ": No space left on device");
    } finally {
      MemoryVolumes.unmountBelow(root());
    }
  }
}
