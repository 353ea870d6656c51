package io.hawser.runtime.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hawser.runtime.image.fs.Dir;
import io.hawser.runtime.image.fs.RawNames;
import io.hawser.runtime.image.layer.ImageTree;
import io.hawser.runtime.image.layer.LayerUnpacker;
import io.hawser.runtime.image.layer.UnpackLimits;
import io.hawser.runtime.image.tar.TarEntry;
import io.hawser.runtime.image.tar.TarReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TarReaderTest {
  @TempDir Path directory;

  @Test
  void whatTheWriterWritesIsReadBack() throws IOException {
    byte[] binary = {1, 0, (byte) 0x80, (byte) 0xff, '\n', '=', 0};
    TarEntry entry =
        TarEntry.of(RawNames.raw("ü".repeat(80)) + "/f", TarEntry.FILE, 06751)
            .withOwner(4_000_000_000L, 3_000_000)
            .withTime(-5, 0)
            .withSize(3)
            .withXattrs(Map.of("security.capability", binary, "user.n", new byte[] {7}));
    byte[] tar = new TarBytes().add(entry, new byte[] {1, 2, 3}).toBytes();
    TarReader reader = new TarReader(new ByteArrayInputStream(tar));
    TarEntry read = reader.next();
    assertThat(read.withXattrs(Map.of())).isEqualTo(entry.withXattrs(Map.of()));
    assertThat(read.xattrs().get("security.capability")).isEqualTo(binary);
    assertThat(reader.content().readAllBytes()).containsExactly(1, 2, 3);
    assertThat(reader.next()).isNull();
  }

  @Test
  void sameEntriesGiveTheSameBytes() {
    assertThat(new TarBytes().dir("a").file("a/b", "c").toBytes())
        .isEqualTo(new TarBytes().dir("a").file("a/b", "c").toBytes());
  }

  @Test
  void damagedHeaderIsRefused() {
    byte[] tar = new TarBytes().file("name", "x").toBytes();
    tar[0] ^= 1;
    assertThatThrownBy(() -> new TarReader(new ByteArrayInputStream(tar)).next())
        .hasMessageContaining("checksum");
  }

  /** Whatever bytes come: an entry, the end, or a clear refusal; never anything else. */
  @Test
  void randomDamageNeverCausesAnythingButARefusal() throws IOException {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    byte[] good =
        new TarBytes()
            .file("n".repeat(150), "content")
            .add(
                TarEntry.of("x", TarEntry.FILE, 0644)
                    .withXattrs(Map.of("user.a", new byte[] {1, 2})))
            .link("l", "t")
            .toBytes();
    for (int i = 0; i < 3000; i++) {
      byte[] bad = good.clone();
      for (int flips = random.nextInt(4); flips >= 0; flips--) {
        bad[random.nextInt(bad.length)] = (byte) random.nextInt();
      }
      try {
        TarReader reader = new TarReader(new ByteArrayInputStream(bad));
        while (reader.next() != null) {
          reader.content().readAllBytes();
        }
      } catch (ImageFault expected) {
        assertThat(expected.kind()).as("seed " + seed).isEqualTo(ImageFault.Kind.UNSAFE_ARCHIVE);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "--format=gnu",
    "--format=oldgnu",
    "--format=ustar",
    "--format=v7",
    "--format=pax",
    "--format=gnu -S",
    "--format=pax -S --sparse-version=0.0",
    "--format=pax -S --sparse-version=0.1",
    "--format=pax -S --sparse-version=1.0",
  })
  void everyFlavourOfGnuTarUnpacksToTheSameTree(String flags) throws Exception {
    assumeTrue(new java.io.File("/bin/tar").exists(), "GNU tar is not installed");
    Path source = Files.createDirectory(directory.resolve("source"));
    boolean longNames = !flags.contains("v7") && !flags.contains("ustar");
    String deep = longNames ? "deep/".repeat(60) + "n".repeat(200) : "short/name";
    Files.createDirectories(source.resolve(deep).getParent());
    Files.writeString(source.resolve(deep), "deep down");
    Files.createSymbolicLink(source.resolve("link"), Path.of("target"));
    Files.createLink(source.resolve("hard"), source.resolve(deep));
    try (RandomAccessFile holes = new RandomAccessFile(source.resolve("holes").toFile(), "rw")) {
      for (int i = 0; i < 60; i++) {
        holes.seek(i * 131_072L + 7);
        holes.write(i + 1);
      }
      holes.setLength(20 << 20);
    }
    Path tar = directory.resolve("archive.tar");
    String command = "tar " + flags + " -cf " + tar + " -C " + source + " .";
    assertThat(new ProcessBuilder("sh", "-c", command).inheritIO().start().waitFor()).isZero();

    Path root = Files.createDirectory(directory.resolve("root"));
    try (Dir dir = Dir.open(root);
        InputStream in = Files.newInputStream(tar)) {
      LayerUnpacker.unpack(in, dir, new ImageTree(List.of()), UnpackLimits.DEFAULT);
    }
    assertThat(root.resolve(deep)).hasContent("deep down");
    assertThat(Files.isSameFile(root.resolve(deep), root.resolve("hard"))).isTrue();
    assertThat(Files.mismatch(root.resolve("holes"), source.resolve("holes"))).isEqualTo(-1);
    if (flags.contains("-S")) {
      assertThat(blocks(root.resolve("holes"))).isLessThan(2 << 20);
    }
  }

  private static long blocks(Path file) throws Exception {
    Process du = new ProcessBuilder("du", "-B1", file.toString()).start();
    String text = new String(du.getInputStream().readAllBytes());
    assertThat(du.waitFor()).isZero();
    return Long.parseLong(text.split("\\s")[0]);
  }
}
