package io.hawser.runtime.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskUseTest {
  private static final int MIB = 1 << 20;

  @TempDir Path dir;

  /** Some file systems take the blocks only after a sync, and none for what is alike. */
  private static void write(Path file) throws IOException {
    byte[] bytes = new byte[MIB];
    new Random(1).nextBytes(bytes);
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      out.write(bytes);
      out.getFD().sync();
    }
  }

  @Test
  void blocksAreCountedOnceAndHolesNotAtAll() throws IOException {
    Path below = Files.createDirectories(dir.resolve("a/b/c"));
    write(below.resolve("file"));
    Files.createLink(dir.resolve("same"), below.resolve("file"));
    Files.createSymbolicLink(dir.resolve("out"), Path.of("/usr"));
    Files.createSymbolicLink(dir.resolve("dangling"), Path.of("nowhere"));
    try (RandomAccessFile sparse = new RandomAccessFile(dir.resolve("sparse").toFile(), "rw")) {
      sparse.setLength(1L << 30);
    }
    assertThat(DiskUse.bytes(dir, Long.MAX_VALUE)).isBetween((long) MIB, 2L * MIB - 1);
  }

  @Test
  void theWalkEndsWhenThereIsEnough() throws IOException {
    for (int i = 0; i < 4; i++) {
      write(dir.resolve("f" + i));
    }
    assertThat(DiskUse.bytes(dir, MIB)).isGreaterThan(MIB).isLessThan(3L * MIB);
    assertThat(DiskUse.bytes(dir.resolve("missing"), MIB)).isZero();
  }
}
