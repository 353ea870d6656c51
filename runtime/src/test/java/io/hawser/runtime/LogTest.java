package io.hawser.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.hawser.runtime.log.LogReader;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("kernel")
class LogTest {
  private static TestNode node;

  @BeforeAll
  static void open() {
    node = TestNode.open();
  }

  @AfterAll
  static void close() {
    node.close();
  }

  @Test
  void streamsAreTold() throws Exception {
    node.sandbox("streams");
    Container container =
        node.runtime.start(
            TestNode.spec("streams", "main", "sh", "-c", "echo out; echo err >&2; printf end"));
    TestNode.await(container.exit());
    List<String> lines = Files.readAllLines(container.logFile());
    assertThat(lines).anyMatch(line -> line.matches("\\S{30} stdout F out"));
    assertThat(lines).anyMatch(line -> line.matches("\\S{30} stderr F err"));
    assertThat(lines).anyMatch(line -> line.matches("\\S{30} stdout P end"));
  }

  @Test
  void everyLineIsThereAcrossRotations() throws Exception {
    node.sandbox("rotate");
    Container container =
        node.runtime.start(TestNode.spec("rotate", "main", "seq", "100000000", "100450000"));
    TestNode.await(container.exit());
    assertThat(container.logFile().resolveSibling("main.0.log.1")).exists();
    try (LogReader reader = LogReader.open(container.logFile(), LogReader.Options.whole());
        BufferedReader lines = new BufferedReader(new InputStreamReader(reader.stream()))) {
      long expected = 100_000_000;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        assertThat(Long.parseLong(line)).isEqualTo(expected++);
      }
      assertThat(expected).isEqualTo(100_450_001);
    }
  }

  /** About 22 MB on the disk: whatever the reader's pace, no file it needs is rotated away. */
  @Test
  void followerOfAFloodGetsEveryLineOnceAndEndsWithTheContainer() throws Exception {
    node.sandbox("follow");
    Container container =
        node.runtime.start(TestNode.spec("follow", "main", "seq", "100000000", "100450000"));
    try (LogReader reader = LogReader.open(container.logFile(), LogReader.Options.following());
        BufferedReader lines = new BufferedReader(new InputStreamReader(reader.stream()))) {
      container.exit().thenRun(reader::containerEnded);
      long expected = 100_000_000;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        assertThat(Long.parseLong(line)).isEqualTo(expected++);
      }
      assertThat(expected).isEqualTo(100_450_001);
    }
    assertThat(container.logFile().resolveSibling("main.0.log.2")).exists();
  }

  @Test
  void floodingContainerHoldsNobodyBackAndItsLogsAreBounded() throws Exception {
    node.sandbox("flood");
    Container flood = node.runtime.start(TestNode.spec("flood", "flood", "yes"));
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> Files.exists(flood.logFile().resolveSibling("flood.0.log.4")));
    Container quiet = node.runtime.start(TestNode.spec("flood", "quiet", "echo", "hello"));
    TestNode.await(quiet.exit());
    assertThat(TestNode.log(quiet)).isEqualTo("hello\n");
    TestNode.await(flood.stop(Duration.ZERO));
    try (Stream<Path> files = Files.list(flood.logFile().getParent())) {
      long bytes = files.mapToLong(p -> p.toFile().length()).sum();
      assertThat(bytes).isLessThan(55L * 1024 * 1024);
    }
  }
}
