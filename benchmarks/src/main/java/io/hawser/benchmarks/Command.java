package io.hawser.benchmarks;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs other programs. */
final class Command {
  private static final long BOUND_SECONDS = 300;

  private Command() {}

  static boolean installed(String program) {
    for (String dir : System.getenv("PATH").split(File.pathSeparator)) {
      if (Files.isExecutable(Path.of(dir, program))) {
        return true;
      }
    }
    return false;
  }

  /** Runs it to its end, output thrown away; returns milliseconds. */
  static double time(List<String> command) throws IOException, InterruptedException {
    long start = System.nanoTime();
    Process process = quiet(command).start();
    finish(process, command);
    return (System.nanoTime() - start) / 1e6;
  }

  static String output(List<String> command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .redirectInput(new File("/dev/null"))
            .start();
    String text = new String(process.getInputStream().readAllBytes());
    finish(process, command);
    return text;
  }

  private static ProcessBuilder quiet(List<String> command) {
    return new ProcessBuilder(command)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .redirectInput(new File("/dev/null"));
  }

  private static void finish(Process process, List<String> command)
      throws IOException, InterruptedException {
    if (!process.waitFor(BOUND_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IOException(command + " did not end within " + BOUND_SECONDS + " s");
    }
    if (process.exitValue() != 0) {
      throw new IOException(command + " exited with " + process.exitValue());
    }
  }
}
