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
