package io.hawser.persistence;

import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.awaitility.core.ConditionTimeoutException;

/** One child JVM running {@link StoreChild}: orders in, lines out, signals. */
final class StoreProcess implements AutoCloseable {
  final String self;
  private final Process process;
  private final ConcurrentLinkedQueue<String> lines = new ConcurrentLinkedQueue<>();

  StoreProcess(Path dir, String self, List<Integer> ports) {
    this(dir, self, ports, List.of());
  }

  /**
   * @param wrapper a command that runs the rest of its arguments
   */
  StoreProcess(Path dir, String self, List<Integer> ports, List<String> wrapper) {
    this.self = self;
    List<String> command = new ArrayList<>(wrapper);
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx96m",
            "-Xss512k",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            StoreChild.class.getName(),
            dir.toString(),
            self));
    ports.forEach(port -> command.add(port.toString()));
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread reader = new Thread(this::read, "output of " + self);
    reader.setDaemon(true);
    reader.start();
  }

  static boolean isInstalled(String program) {
    return Stream.of(System.getenv("PATH").split(":"))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  private void read() {
    try (BufferedReader out =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        lines.add(line);
      }
    } catch (IOException e) {
      lines.add("output closed: " + e.getMessage());
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }

  long pid() {
    return process.pid();
  }

  void order(String order) {
    try {
      process.getOutputStream().write((order + "\n").getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  List<String> lines(String prefix) {
    return lines.stream().filter(line -> line.startsWith(prefix)).toList();
  }

  void forget(String prefix) {
    lines.removeIf(line -> line.startsWith(prefix));
  }

  /** Waits for a line and takes it out. */
  String expect(String prefix) {
    Predicate<String> wanted = line -> line.startsWith(prefix);
    try {
      await()
          .atMost(StoreFixture.PATIENCE)
          .until(() -> lines.stream().anyMatch(wanted) || !process.isAlive());
    } catch (ConditionTimeoutException e) {
      throw new AssertionError("no \"" + prefix + "\" from " + this + ": " + lastLines(), e);
    }
    if (lines.stream().noneMatch(wanted)) {
      throw new AssertionError(this + " ended: " + lastLines());
    }
    String found = lines.stream().filter(wanted).findFirst().orElseThrow();
    lines.remove(found);
    return found;
  }

  /** What it said last, without the lines of its writing. */
  String lastLines() {
    List<String> all = lines.stream().filter(line -> !line.startsWith("acked ")).toList();
    return String.join("\n", all.subList(Math.max(0, all.size() - 60), all.size()));
  }

  String ask(String order, String answer) {
    order(order);
    return expect(answer);
  }

  void signal(String name) {
    try {
      new ProcessBuilder("kill", "-" + name, Long.toString(pid())).start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  void kill() {
    process.destroyForcibly();
    waitForEnd();
  }

  /** A planned stop: the end of its orders. */
  void stop() {
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    waitForEnd();
  }

  private void waitForEnd() {
    try {
      if (!process.waitFor(StoreFixture.PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        throw new IllegalStateException(this + " did not end: " + lines);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    // SIGKILL ends a stopped process too.
    kill();
  }

  @Override
  public String toString() {
    return self + " (" + pid() + ")";
  }
}
