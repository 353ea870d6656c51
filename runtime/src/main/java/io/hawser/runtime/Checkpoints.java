package io.hawser.runtime;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.hawser.runtime.launch.ProcessSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a successor needs to take over, as small JSON files written beside and renamed into place.
 *
 * <p>They are not flushed to the disk: they only matter while the processes they name live, and
 * after a crash of the machine none does. A file torn by such a crash reads as missing, and what it
 * belonged to is cleared.
 */
final class Checkpoints {
  /**
   * @param bootId namespaces and processes of another boot are gone
   */
  record SandboxState(
      String podUid,
      String hostname,
      boolean hostNetwork,
      String ip,
      String bootId,
      Shared shared,
      List<SandboxSpec.HostPort> ports) {
    SandboxState {
      // A checkpoint of an earlier version has none.
      shared = shared == null ? Shared.NONE : shared;
      ports = ports == null ? List.of() : ports;
    }
  }

  /**
   * What is out of the ordinary in a sandbox.
   *
   * @param usersBase the machine's id of the pod's root; 0: no user namespace
   * @param reaper first process of the pid namespace that all containers share; pid 0: none
   * @param handler the name of another OCI runtime that runs its containers; null: this one
   */
  record Shared(
      long usersBase, boolean hostIpc, SandboxSpec.Pids pids, Reaper reaper, String handler) {
    static final Shared NONE =
        new Shared(0, false, SandboxSpec.Pids.CONTAINER, new Reaper(0, 0), null);
  }

  /** A process by pid and start time. */
  record Reaper(int pid, long startTicks) {}

  /**
   * @param pid the first process, in the machine's pid namespace
   * @param startTicks its start time in clock ticks since boot: a pid alone may be another's by now
   * @param process for exec: rights, environment and directory
   * @param exit null while it runs, or when nobody saw it end
   * @param runtime the name of the other OCI runtime that made it; null: this one
   */
  record ContainerState(
      String id,
      String podUid,
      String name,
      int attempt,
      int pid,
      long startTicks,
      String bootId,
      long startedAtMillis,
      int stopSignal,
      ProcessSpec process,
      ExitState exit,
      String runtime) {

    ContainerState ended(ExitStatus status) {
      ExitState end =
          new ExitState(
              status.code(), status.signal(), status.oomKilled(), status.at().toEpochMilli());
      return new ContainerState(
          id,
          podUid,
          name,
          attempt,
          pid,
          startTicks,
          bootId,
          startedAtMillis,
          stopSignal,
          process,
          end,
          runtime);
    }
  }

  record ExitState(int code, int signal, boolean oomKilled, long atMillis) {
    ExitStatus status() {
      return new ExitStatus(code, signal, oomKilled, Instant.ofEpochMilli(atMillis));
    }
  }

  private static final ObjectMapper JSON =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  private static final String BOOT_ID = readBootId();

  private Checkpoints() {}

  static void write(Path file, Object state) {
    try {
      Path next = file.resolveSibling(file.getFileName() + ".new");
      Files.write(next, JSON.writeValueAsBytes(state));
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("write(" + file + ") failed: " + e.getMessage(), e);
    }
  }

  /**
   * @return empty when missing or torn
   */
  static <T> Optional<T> read(Path file, Class<T> type) {
    try {
      return Optional.ofNullable(JSON.readValue(file.toFile(), type));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Names this boot of the machine. */
  static String bootId() {
    return BOOT_ID;
  }

  private static String readBootId() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Field 22 of {@code /proc/<pid>/stat}.
   *
   * @return empty when there is no such process
   */
  static Optional<Long> startTicks(int pid) {
    try {
      String stat = Files.readString(Path.of("/proc", Integer.toString(pid), "stat"));
      String[] afterName = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      return Optional.of(Long.parseLong(afterName[19]));
    } catch (IOException | IndexOutOfBoundsException e) {
      return Optional.empty();
    }
  }
}
