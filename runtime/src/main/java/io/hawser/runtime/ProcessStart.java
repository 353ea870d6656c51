package io.hawser.runtime;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** Tells a process from a later one with the same pid. */
public final class ProcessStart {
  private ProcessStart() {}

  /** Names this boot of the machine. */
  public static String bootId() {
    return Checkpoints.bootId();
  }

  /**
   * Its start in clock ticks since boot.
   *
   * @return empty when there is no such process
   */
  public static Optional<Long> ticks(int pid) {
    return Checkpoints.startTicks(pid);
  }

  /**
   * Its pid in the pid namespace that it is in itself (proc_pid_status(5), {@code NSpid}).
   *
   * @return empty when there is no such process
   */
  public static Optional<Integer> innermostPid(int pid) {
    try (Stream<String> lines =
        Files.lines(
            Path.of("/proc", Integer.toString(pid), "status"), StandardCharsets.ISO_8859_1)) {
      return lines
          .filter(line -> line.startsWith("NSpid:"))
          .map(line -> Integer.valueOf(line.substring(line.lastIndexOf('\t') + 1)))
          .findFirst();
    } catch (IOException | UncheckedIOException e) {
      return Optional.empty();
    }
  }

  /** True when it has ended and only waits for its parent. */
  public static boolean isZombie(int pid) {
    try {
      String stat = Files.readString(Path.of("/proc", Integer.toString(pid), "stat"));
      char state = stat.charAt(stat.lastIndexOf(')') + 2);
      return state == 'Z' || state == 'X';
    } catch (IOException e) {
      return false;
    }
  }
}
