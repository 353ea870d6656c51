package io.hawser.ops.local;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A node's process, known by its pid and its start time, because pids are used again.
 *
 * @param startTicks field 22 of {@code /proc/PID/stat} (proc(5)): clock ticks after boot
 */
record NodeProcess(long pid, long startTicks) {
  static final String PID_FILE = "node.pid";

  /** The process as it is now. Empty when there is none, or it is a zombie. */
  static Optional<NodeProcess> of(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.UTF_8);
      // The command's name, in parentheses, may hold anything: the fields begin after the last one.
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      boolean dead = fields[0].equals("Z") || fields[0].equals("X");
      return dead
          ? Optional.empty()
          : Optional.of(new NodeProcess(pid, Long.parseLong(fields[19])));
    } catch (IOException | RuntimeException e) {
      return Optional.empty();
    }
  }

  /** What the pid file in a node's directory names. Empty when that process is gone. */
  static Optional<NodeProcess> running(Path nodeDir) {
    try {
      String[] words = Files.readString(nodeDir.resolve(PID_FILE)).strip().split("\\s+");
      NodeProcess written = new NodeProcess(Long.parseLong(words[0]), Long.parseLong(words[1]));
      return Optional.of(written).filter(NodeProcess::isAlive);
    } catch (IOException | RuntimeException e) {
      return Optional.empty();
    }
  }

  void write(Path nodeDir) throws IOException {
    DurableFiles.write(
        nodeDir.resolve(PID_FILE),
        (pid + " " + startTicks + "\n").getBytes(StandardCharsets.UTF_8));
  }

  boolean isAlive() {
    return of(pid).filter(this::equals).isPresent();
  }

  /** SIGTERM. */
  void terminate() {
    signal(false);
  }

  /** SIGKILL. */
  void kill() {
    signal(true);
  }

  private void signal(boolean force) {
    if (isAlive()) {
      ProcessHandle.of(pid)
          .ifPresent(
              p -> {
                if (force) p.destroyForcibly();
                else p.destroy();
              });
    }
  }
}
