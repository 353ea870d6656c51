package io.hawser.runtime.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContainerLogTest {
  private static final Instant NOON = Instant.parse("2026-01-02T12:00:00.000000001Z");

  @TempDir Path directory;
  private Path file;

  @BeforeEach
  void file() {
    file = directory.resolve("main.0.log");
  }

  private void write(ContainerLog log, Instant time, String text) {
    write(log, new LineSplitter("stdout", log), time, text);
  }

  private static void write(ContainerLog log, LineSplitter lines, Instant time, String text) {
    log.begin(time);
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    lines.accept(bytes, bytes.length);
    log.commit();
  }

  private String read(LogReader.Options options) throws IOException {
    try (LogReader reader = LogReader.open(file, options)) {
      return new String(reader.stream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void linesAreInCriFormat() {
    ContainerLog log = new ContainerLog(file);
    write(log, NOON, "one\ntwo\n");
    assertThat(file)
        .content()
        .isEqualTo(
            "2026-01-02T12:00:00.000000001Z stdout F one\n"
                + "2026-01-02T12:00:00.000000001Z stdout F two\n");
  }

  @Test
  void unfinishedLineIsKeptUntilItEnds() throws IOException {
    ContainerLog log = new ContainerLog(file);
    LineSplitter lines = new LineSplitter("stderr", log);
    write(log, lines, NOON, "be");
    assertThat(file).doesNotExist();
    write(log, lines, NOON, "gun\nrest");
    lines.finish();
    log.close();
    assertThat(read(LogReader.Options.whole())).isEqualTo("begun\nrest");
  }

  @Test
  void longLineIsCutAndReadBackWhole() throws IOException {
    ContainerLog log = new ContainerLog(file);
    String line = "x".repeat(50_000) + "\nshort\n";
    write(log, NOON, line);
    assertThat(file).content().contains(" stdout P xxx");
    assertThat(read(LogReader.Options.whole())).isEqualTo(line);
  }

  @Test
  void rotationKeepsEveryLineOfTheLastFiles() throws IOException {
    ContainerLog log = new ContainerLog(file, 1000);
    StringBuilder all = new StringBuilder();
    for (int i = 0; i < 60; i++) {
      write(log, NOON, "line " + i + "\n");
      all.append("line ").append(i).append('\n');
    }
    assertThat(ContainerLog.rotated(file, 1)).exists();
    assertThat(read(LogReader.Options.whole())).isEqualTo(all.toString());
    for (int i = 60; i < 1000; i++) {
      write(log, NOON, "line " + i + "\n");
    }
    assertThat(ContainerLog.rotated(file, 4)).exists();
    assertThat(ContainerLog.rotated(file, 5)).doesNotExist();
    assertThat(read(LogReader.Options.whole())).endsWith("line 999\n");
  }

  @Test
  void tailSinceAndTimestamps() throws IOException {
    ContainerLog log = new ContainerLog(file, 200);
    for (int i = 0; i < 10; i++) {
      write(log, NOON.plusSeconds(i), "line " + i + "\n");
    }
    assertThat(read(new LogReader.Options(false, OptionalInt.of(2), Optional.empty(), false)))
        .isEqualTo("line 8\nline 9\n");
    assertThat(
            read(
                new LogReader.Options(
                    false, OptionalInt.empty(), Optional.of(NOON.plusSeconds(9)), true)))
        .isEqualTo("2026-01-02T12:00:09.000000001Z line 9\n");
    assertThat(read(new LogReader.Options(false, OptionalInt.of(0), Optional.empty(), false)))
        .isEmpty();
  }

  @Test
  void anUnendedLineIsTheLastOfATail() throws IOException {
    ContainerLog log = new ContainerLog(file, 20_000);
    LineSplitter lines = new LineSplitter("stdout", log);
    write(log, lines, NOON, "one\ntwo\nend");
    lines.finish();
    log.commit();
    assertThat(read(new LogReader.Options(false, OptionalInt.of(1), Optional.empty(), false)))
        .isEqualTo("end");
    assertThat(read(new LogReader.Options(false, OptionalInt.of(2), Optional.empty(), false)))
        .isEqualTo("two\nend");
  }

  @Test
  void missingLogIsEmpty() throws IOException {
    assertThat(read(LogReader.Options.whole())).isEmpty();
  }

  @Test
  void followerGetsEveryLineAcrossRotationsAndEndsWithTheContainer() throws Exception {
    ContainerLog log = new ContainerLog(file, 20_000);
    LogReader reader = LogReader.open(file, LogReader.Options.following());
    CompletableFuture<String> read =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return new String(reader.stream().readAllBytes(), StandardCharsets.UTF_8);
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    StringBuilder all = new StringBuilder();
    for (int i = 0; i < 1500; i++) { // about four files
      write(log, NOON, "line " + i + "\n");
      all.append("line ").append(i).append('\n');
    }
    log.close();
    assertThat(read).isNotDone();
    reader.containerEnded();
    assertThat(read.get(30, TimeUnit.SECONDS)).isEqualTo(all.toString());
  }

  @Test
  void followerThatIsOvertakenIsTold() throws IOException {
    ContainerLog log = new ContainerLog(file, 100);
    write(log, NOON, "first\n");
    try (LogReader reader = LogReader.open(file, LogReader.Options.following())) {
      assertThat(reader.next()).contains("first\n".getBytes(StandardCharsets.UTF_8));
      for (int i = 0; i < 40; i++) {
        write(log, NOON, "line " + i + "\n");
      }
      reader.containerEnded();
      String rest = new String(reader.stream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(rest)
          .startsWith(
              "line 0\nline 1\n"
                  + "[hawser: output may have been rotated away before this reader came to it]\n"
                  + "line ")
          .endsWith("line 39\n")
          .containsOnlyOnce("[hawser: ");
    }
  }

  @Test
  void followerWhoseNextFileIsTheOldestIsNotOvertaken() throws IOException {
    String two = "x".repeat(40_000) + "\n";
    ContainerLog log = new ContainerLog(file, 80_000); // two lines each, more than a block
    write(log, NOON, two);
    write(log, NOON, two);
    try (LogReader reader = LogReader.open(file, LogReader.Options.following())) {
      write(log, NOON, two); // in the next file
      StringBuilder read = new StringBuilder();
      while (read.length() < two.length()) {
        read.append(new String(reader.next().orElseThrow(), StandardCharsets.UTF_8));
      }
      for (int i = 3; i < 12; i++) { // the first file is the fifth older one
        write(log, NOON, two);
      }
      reader.containerEnded();
      read.append(new String(reader.stream().readAllBytes(), StandardCharsets.UTF_8));
      assertThat(read.toString()).isEqualTo(two.repeat(12));
    }
  }

  @Test
  void closedFollowerEnds() throws Exception {
    LogReader reader = LogReader.open(file, LogReader.Options.following());
    CompletableFuture<Optional<byte[]>> next =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return reader.next();
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    reader.close();
    assertThat(next.get(10, TimeUnit.SECONDS)).isEmpty();
  }

  @Test
  void whatCanNotBeWrittenIsCountedAndSaidLater() throws IOException {
    Files.createDirectory(file); // stands for a disk that takes nothing
    ContainerLog log = new ContainerLog(file);
    write(log, NOON, "lost\n");
    Files.delete(file);
    write(log, NOON, "kept\n");
    assertThat(read(LogReader.Options.whole()))
        .isEqualTo("[hawser: 45 bytes of output could not be written]\nkept\n");
  }

  @Test
  void tornLastRecordDoesNotSwallowTheNext() throws IOException {
    Files.writeString(file, "2026-01-02T12:00:00.000000001Z stdout F one\n2026-01-02T12:0");
    ContainerLog log = new ContainerLog(file);
    write(log, NOON, "two\n");
    assertThat(read(LogReader.Options.whole())).isEqualTo("one\ntwo\n");
  }
}
