package io.hawser.runtime;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.hawser.runtime.kernel.Kernel;
import io.hawser.runtime.machine.ProcessorPriority;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/**
 * A runtime that somebody else wrote, spoken to by its command line (the OCI Runtime Command Line
 * Interface, opencontainers/runtime-tools). Calls block for as long as its commands take.
 */
final class OciRuntimeProgram {
  private static final int TIMEOUT_SECONDS = 60;
  private static final ObjectMapper JSON = new ObjectMapper();

  /** One at a time: it is about every process that loses its parent in between. */
  private static final Object ADOPTING = new Object();

  /**
   * The container holds its pipes for reading too (docs/adr/0003), which no redirection of Java's
   * does.
   */
  private static final String WITH_STREAMS =
      "if [ \"$1\" = both ]; then exec 0<>\"$2\"; else exec 0<\"$2\"; fi;"
          + " exec 1<>\"$3\" 2<>\"$4\"; shift 4; exec \"$@\"";

  private final Kernel kernel;
  private final String handler;
  private final Path program;
  private final Path root;

  /**
   * @param root the runtime's own state directory
   */
  OciRuntimeProgram(Kernel kernel, String handler, Path program, Path root) {
    this.kernel = kernel;
    this.handler = handler;
    this.program = program;
    this.root = root;
  }

  /**
   * Makes a container from the bundle in its home; its first process waits for {@link #start}. It
   * becomes a child of this process, so that its exit code is told on every kernel.
   *
   * @param input {@code /dev/null} or a pipe
   * @param endless true: the container holds the input open itself
   * @return the pid of its first process
   */
  int create(String id, Path home, Path input, boolean endless) {
    Path pidFile = home.resolve("pid");
    List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", WITH_STREAMS, "sh"));
    command.addAll(List.of(endless ? "both" : "read", input.toString()));
    command.addAll(List.of(home.resolve("stdout").toString(), home.resolve("stderr").toString()));
    command.addAll(
        words(id, "create", "--bundle", home.toString(), "--pid-file", pidFile.toString(), id));
    synchronized (ADOPTING) {
      kernel.setChildSubreaper(true);
      try {
        run("create", id, command);
      } finally {
        kernel.setChildSubreaper(false);
      }
    }
    try {
      return Integer.parseInt(Files.readString(pidFile).strip());
    } catch (IOException | NumberFormatException e) {
      throw fault("create", id, "wrote no pid: " + e.getMessage());
    }
  }

  void start(String id) {
    run("start", id, words(id, "start", id));
  }

  void kill(String id, int signal) {
    run("kill", id, words(id, "kill", id, Integer.toString(signal)));
  }

  /** Ends and removes it. Idempotent: one that it does not know is gone. */
  void delete(String id) {
    try {
      run("delete", id, words(id, "delete", "--force", id));
    } finally {
      log(id).toFile().delete();
    }
  }

  /** The command line of another process in it. */
  List<String> exec(String id, Path pidFile, List<String> command) {
    List<String> all = words(id, "exec", "--pid-file", pidFile.toString(), id);
    all.addAll(command);
    return all;
  }

  private Path log(String id) {
    return root.resolve(id + ".log");
  }

  private List<String> words(String id, String... command) {
    List<String> all = new ArrayList<>(List.of(program.toString(), "--root", root.toString()));
    all.addAll(List.of("--log", log(id).toString(), "--log-format", "json"));
    all.addAll(List.of(command));
    return all;
  }

  private void run(String verb, String id, List<String> command) {
    try {
      Files.createDirectories(root);
      Files.write(log(id), new byte[0]);
      Process process =
          begin(
              new ProcessBuilder(command)
                  .redirectInput(Path.of("/dev/null").toFile())
                  .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                  .redirectError(ProcessBuilder.Redirect.DISCARD));
      if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw fault(verb, id, "gave no answer within " + TIMEOUT_SECONDS + " s");
      }
      if (process.exitValue() != 0) {
        throw fault(verb, id, "exit code " + process.exitValue() + message(id));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(handler + " " + verb + " of " + id + ": " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw fault(verb, id, "interrupted");
    }
  }

  /**
   * A process has the nice value of the thread that starts it: a container's must not be the
   * agent's (docs/adr/0009), so a thread of its own with the usual one starts it.
   */
  static Process begin(ProcessBuilder builder) throws IOException {
    FutureTask<Process> start =
        new FutureTask<>(
            () -> {
              ProcessorPriority.yieldToOthers();
              return builder.start();
            });
    new Thread(start, "hawser-oci-runtime").start();
    try {
      return start.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException failed ? failed : new IOException(e.getCause());
    }
  }

  /** What it wrote into its log; the last line is the cause. */
  private String message(String id) {
    String text = "";
    try {
      for (String line : Files.readAllLines(log(id))) {
        if (line.startsWith("{")) {
          JsonNode entry = JSON.readTree(line);
          text = entry.path("level").asText().equals("warning") ? text : entry.path("msg").asText();
        }
      }
    } catch (IOException e) {
      return "";
    }
    return text.isEmpty() ? "" : ": " + text;
  }

  private RuntimeFault fault(String verb, String id, String why) {
    return new RuntimeFault(
        "RunContainerError", handler + " " + verb + " of container " + id + ": " + why, null);
  }
}
