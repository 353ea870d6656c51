package io.hawser.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs commands as a user would, with a deadline. */
final class Shell {
  private static final Path HOME =
      Path.of(System.getProperty("hawser.home", "..")).toAbsolutePath();

  private Shell() {}

  /** What a command left: its exit code and both outputs. */
  record Outcome(List<String> command, int code, String out, String err) {
    Outcome ok() {
      if (code != 0) {
        throw new AssertionError(
            "%s exited with %d%n--- stdout%n%s%n--- stderr%n%s".formatted(command, code, out, err));
      }
      return this;
    }
  }

  static Path home() {
    return HOME.normalize();
  }

  static Outcome run(Duration deadline, String... command) {
    return run(deadline, List.of(command));
  }

  static Outcome run(Duration deadline, List<String> command) {
    try {
      Path out = Files.createTempFile("hawser-system-", ".out");
      Path err = Files.createTempFile("hawser-system-", ".err");
      try {
        Process process =
            new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .start();
        boolean ended = process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS);
        if (!ended) {
          process.destroyForcibly();
          throw new AssertionError(
              "%s did not end within %s%n%s%n%s"
                  .formatted(command, deadline, text(out), text(err)));
        }
        return new Outcome(command, process.exitValue(), text(out), text(err));
      } finally {
        Files.deleteIfExists(out);
        Files.deleteIfExists(err);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted: " + command, e);
    }
  }

  /** The program of this build, without the launcher's check for newer sources. */
  static List<String> hawser(String flags, String... arguments) {
    Path dist = home().resolve("ops/target/dist");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("@" + dist.resolve("conf").resolve(flags));
    command.add("-XX:SharedArchiveFile=" + dist.resolve(flags.replace(".jvm", ".jsa")));
    command.add("-Dhawser.dist=" + dist);
    command.add("-cp");
    command.add(dist.resolve("lib") + "/*");
    command.add("io.hawser.ops.cli.Hawser");
    command.addAll(List.of(arguments));
    return command;
  }

  private static String text(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
  }
}
