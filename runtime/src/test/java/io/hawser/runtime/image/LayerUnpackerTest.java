package io.hawser.runtime.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hawser.runtime.image.fs.Dir;
import io.hawser.runtime.image.fs.RawNames;
import io.hawser.runtime.image.layer.ImageTree;
import io.hawser.runtime.image.layer.LayerUnpacker;
import io.hawser.runtime.image.layer.OverlayMarks;
import io.hawser.runtime.image.layer.UnpackLimits;
import io.hawser.runtime.image.tar.TarEntry;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LayerUnpackerTest {
  private static final UnpackLimits SMALL = new UnpackLimits(50, 1 << 20, 200, 1 << 20, 10, 200);

  @TempDir Path directory;
  private Path root;
  private Path outside;

  @BeforeEach
  void makeRoot() throws IOException {
    root = Files.createDirectory(directory.resolve("root"));
    outside = Files.createDirectory(directory.resolve("outside"));
    Files.writeString(outside.resolve("victim"), "untouched");
  }

  @AfterEach
  void nothingOutsideWasTouched() throws IOException {
    assertThat(outside.resolve("victim")).hasContent("untouched");
    assertThat(Files.list(outside)).hasSize(1);
  }

  private LayerUnpacker.Unpacked unpack(TarBytes tar, Path... parents) throws IOException {
    try (Dir dir = Dir.open(root)) {
      return LayerUnpacker.unpack(
          new ByteArrayInputStream(tar.toBytes()), dir, new ImageTree(List.of(parents)), SMALL);
    }
  }

  private AbstractThrowableAssert<?, ?> refusal(TarBytes tar) {
    return assertThatThrownBy(() -> unpack(tar)).isInstanceOf(ImageFault.class);
  }

  @Test
  void filesDirectoriesAndLinksAreMade() throws IOException {
    TarBytes tar =
        new TarBytes()
            .dir("usr")
            .file("usr/a", "hello")
            .link("usr/b", "/etc/passwd")
            .hardLink("usr/c", "usr/a")
            .file("/absolute", "x");
    LayerUnpacker.Unpacked unpacked = unpack(tar);
    assertThat(unpacked).isEqualTo(new LayerUnpacker.Unpacked(5, 6, false));
    assertThat(root.resolve("usr/a")).hasContent("hello");
    assertThat(Files.readSymbolicLink(root.resolve("usr/b"))).hasToString("/etc/passwd");
    assertThat(Files.isSameFile(root.resolve("usr/a"), root.resolve("usr/c"))).isTrue();
    assertThat(root.resolve("absolute")).hasContent("x");
  }

  @Test
  void modesAndTimesAreKeptAlsoOfDirectoriesThatAreFilledLater() throws IOException {
    TarBytes tar =
        new TarBytes()
            .add(TarEntry.of("closed", TarEntry.DIRECTORY, 0555).withTime(1000, 0))
            .add(TarEntry.of("closed/f", TarEntry.FILE, 04755).withTime(2000, 0));
    unpack(tar);
    Path closed = root.resolve("closed");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(closed)))
        .isEqualTo("r-xr-xr-x");
    assertThat(Files.getLastModifiedTime(closed).toMillis()).isEqualTo(1_000_000);
    assertThat((int) Files.getAttribute(closed.resolve("f"), "unix:mode") & 07777).isEqualTo(04755);
    assertThat(Files.getLastModifiedTime(closed.resolve("f")).toMillis()).isEqualTo(2_000_000);
  }

  @ParameterizedTest
  @ValueSource(strings = {"../escaped", "a/../../escaped", "..", "a/.."})
  void parentReferenceIsRefused(String name) {
    refusal(new TarBytes().file(name, "x")).hasMessageContaining("leaves its folder by '..'");
  }

  @Test
  void writingThroughAnAbsoluteLinkIsRefused() {
    TarBytes tar = new TarBytes().link("way", outside.toString()).file("way/victim", "x");
    refusal(tar).hasMessageContaining("'way/victim' goes through something that is no directory");
  }

  @Test
  void writingThroughARelativeLinkIsRefused() {
    TarBytes tar = new TarBytes().dir("a").link("a/way", "../../outside").dir("a/way/new");
    refusal(tar).hasMessageContaining("goes through something that is no directory");
  }

  @Test
  void replacingALinkWritesNotToItsTarget() throws IOException {
    unpack(new TarBytes().link("f", outside.resolve("victim").toString()).file("f", "own"));
    assertThat(root.resolve("f")).isRegularFile().hasContent("own");
  }

  @Test
  void directoryReplacesALinkToADirectory() throws IOException {
    unpack(new TarBytes().link("d", outside.toString()).dir("d").file("d/f", "own"));
    assertThat(Files.isDirectory(root.resolve("d"), LinkOption.NOFOLLOW_LINKS)).isTrue();
  }

  @Test
  void hardLinkOutsideIsRefused() {
    refusal(new TarBytes().hardLink("h", "../outside/victim")).hasMessageContaining("'..'");
    refusal(new TarBytes().link("l", outside.toString()).hardLink("h", "l/victim"))
        .hasMessageContaining("goes through");
    refusal(new TarBytes().hardLink("h", outside.resolve("victim").toString()))
        .hasMessageContaining("which is no file here");
  }

  @Test
  void hardLinkToALinkIsTheLinkItself() throws IOException {
    unpack(new TarBytes().link("l", outside.resolve("victim").toString()).hardLink("h", "l"));
    assertThat(Files.isSymbolicLink(root.resolve("h"))).isTrue();
  }

  @Test
  void whiteoutThatLeavesItsFolderIsRefused() {
    refusal(new TarBytes().file(".wh...", "")).hasMessageContaining("whiteout of nothing");
    refusal(new TarBytes().file("a/.wh..", "")).hasMessageContaining("whiteout of nothing");
    refusal(new TarBytes().file(".wh.", "")).hasMessageContaining("whiteout of nothing");
    refusal(new TarBytes().link("l", outside.toString()).file("l/.wh.victim", ""))
        .hasMessageContaining("goes through");
  }

  @Test
  void whiteoutsTakeOverlaysForm() throws IOException {
    unpack(
        new TarBytes()
            .file("a/.wh.gone", "")
            .dir("b")
            .file("b/.wh..wh..opq", "")
            .file("b/.wh..wh.plnk", "")
            .file("c/.wh.again", "")
            .file("c/again/f", "x"));
    try (Dir dir = Dir.open(root.resolve("a"))) {
      assertThat(OverlayMarks.isWhiteout(dir, "gone", dir.stat("gone").orElseThrow())).isTrue();
    }
    try (Dir dir = Dir.open(root.resolve("b"))) {
      assertThat(OverlayMarks.isOpaque(dir)).isTrue();
      assertThat(dir.names()).isEmpty();
    }
    try (Dir dir = Dir.open(root.resolve("c/again"))) {
      assertThat(OverlayMarks.isOpaque(dir)).isTrue();
    }
  }

  @Test
  void whiteoutOfOwnFileLeavesIt() throws IOException {
    unpack(new TarBytes().file("f", "own").file(".wh.f", ""));
    assertThat(root.resolve("f")).hasContent("own");
  }

  @Test
  void impliedDirectoryTakesItsAttributesFromBelow() throws IOException {
    Path below = Files.createDirectory(directory.resolve("below"));
    Path tmp = Files.createDirectory(below.resolve("tmp"));
    Files.setAttribute(tmp, "unix:mode", 01777);
    LayerUnpacker.Unpacked unpacked = unpack(new TarBytes().file("tmp/new", "x"), below);
    assertThat(unpacked.usesParents()).isTrue();
    assertThat((int) Files.getAttribute(root.resolve("tmp"), "unix:mode") & 07777).isEqualTo(01777);
  }

  @Test
  void hardLinkToALowerLayersFileBecomesACopy() throws IOException {
    Path below = Files.createDirectory(directory.resolve("below"));
    Files.writeString(below.resolve("old"), "from below");
    assertThat(unpack(new TarBytes().hardLink("new", "old"), below).usesParents()).isTrue();
    assertThat(root.resolve("new")).hasContent("from below");
  }

  @Test
  void namesNeedNoLocale() throws IOException {
    unpack(new TarBytes().file(RawNames.raw("grüße/日本"), "x").file("latin1-\u00fc", "y"));
    try (Dir dir = Dir.open(root)) {
      assertThat(dir.names()).containsExactly(RawNames.raw("grüße"), "latin1-\u00fc");
    }
  }

  @Test
  void limitsAreNamedInTheError() {
    TarBytes many = new TarBytes();
    for (int i = 0; i < 51; i++) {
      many.dir("d" + i);
    }
    refusal(many).hasMessageContaining("more than 50 entries");
    refusal(new TarBytes().file("big", "x".repeat((1 << 20) + 1)))
        .hasMessageContaining("more than 1048576 bytes");
    refusal(new TarBytes().dir("a/".repeat(11))).hasMessageContaining("11 directories deep");
    refusal(new TarBytes().dir("n".repeat(201))).hasMessageContaining("name of 20");
  }

  @Test
  void overlaysOwnAttributesNeverComeFromAnArchive() throws IOException {
    byte[] redirect = "/etc".getBytes(StandardCharsets.US_ASCII);
    unpack(
        new TarBytes()
            .add(
                TarEntry.of("d", TarEntry.DIRECTORY, 0755)
                    .withXattrs(
                        Map.of(
                            "trusted.overlay.redirect", redirect,
                            "user.overlay.redirect", redirect,
                            "user.kept", redirect))));
    try (Dir dir = Dir.open(root)) {
      assertThat(dir.xattrs("d")).containsOnlyKeys("user.kept");
    }
  }

  @Test
  void archiveCutOffIsRefused() {
    byte[] whole = new TarBytes().file("f", "x".repeat(2000)).toBytes();
    for (int length : new int[] {100, 512, 1024, 2500}) {
      assertThatThrownBy(
              () -> {
                try (Dir dir = Dir.open(root)) {
                  LayerUnpacker.unpack(
                      new ByteArrayInputStream(whole, 0, length), dir, ImageTree.empty(), SMALL);
                }
              })
          .isInstanceOf(ImageFault.class)
          .hasMessageContaining("it ends in the middle");
    }
  }

  @Test
  @Tag("kernel")
  void ownersDevicesAndCapabilitiesAreSetByRoot() throws IOException {
    byte[] capability = {1, 0, 0, 2, (byte) 0x80, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    unpack(
        new TarBytes()
            .add(TarEntry.of("null", TarEntry.CHAR_DEVICE, 0666).withDevice(1, 3))
            .add(TarEntry.of("disk", TarEntry.BLOCK_DEVICE, 0600).withDevice(259, 300))
            .add(TarEntry.of("pipe", TarEntry.FIFO, 0600))
            .add(
                TarEntry.of("ping", TarEntry.FILE, 0755)
                    .withOwner(1234, 3_000_000_000L)
                    .withXattrs(Map.of("security.capability", capability))));
    try (Dir dir = Dir.open(root)) {
      assertThat(dir.stat("null").orElseThrow())
          .matches(s -> s.isCharDevice() && s.deviceMajor() == 1 && s.deviceMinor() == 3);
      assertThat(dir.stat("disk").orElseThrow())
          .matches(s -> s.isBlockDevice() && s.deviceMajor() == 259 && s.deviceMinor() == 300);
      assertThat(dir.stat("pipe").orElseThrow().isFifo()).isTrue();
      assertThat(dir.stat("ping").orElseThrow())
          .matches(s -> s.uid() == 1234 && s.gid() == 3_000_000_000L);
      assertThat(dir.xattr("ping", "security.capability")).contains(capability);
    }
    refusal(new TarBytes().add(TarEntry.of("w", TarEntry.CHAR_DEVICE, 0)))
        .hasMessageContaining("device 0:0");
  }
}
