package io.hawser.runtime;

import io.hawser.runtime.kernel.Flags;
import io.hawser.runtime.kernel.Kernel;
import io.hawser.runtime.launch.GuardPlan;
import io.hawser.runtime.launch.Launcher;
import io.hawser.runtime.launch.PendingLaunch;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * A shell process that outlives this JVM and kills the node's containers when nobody took them over
 * within the restart window. It learns of the JVM's death by the end of file on a pipe, and of a
 * successor by the token in the owner file. See docs/adr/0002-guard.md.
 */
final class Guard implements AutoCloseable {
  /** A guard that has nothing to wait for exits within a few milliseconds. */
  private static final int EXIT_TIMEOUT_MILLIS = 5_000;

  private final Kernel kernel;
  private final NodeDirectory directory;
  private final int pipe;
  private final int pidfd;

  private Guard(Kernel kernel, NodeDirectory directory, int pipe, int pidfd) {
    this.kernel = kernel;
    this.directory = directory;
    this.pipe = pipe;
    this.pidfd = pidfd;
  }

  /** Claims the node, which sends an earlier guard away, and starts the guard of this process. */
  static Guard start(
      Kernel kernel,
      Launcher launcher,
      NodeDirectory directory,
      Duration window,
      List<Path> cgroups) {
    String token = UUID.randomUUID().toString();
    writeAtomically(directory.guardScript(), script());
    writeAtomically(directory.owner(), token);
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "/bin/sh",
                directory.guardScript().toString(),
                directory.owner().toString(),
                token,
                Long.toString(Math.max(1, window.toMillis() / 100))));
    cgroups.forEach(path -> arguments.add(path.toString()));
    Kernel.Pipe pipe = kernel.pipe();
    int nothing = kernel.open(new Kernel.Open("/dev/null", Flags.O_RDWR, 0));
    try {
      PendingLaunch launch =
          launcher.prepare(
              GuardPlan.of(arguments),
              new Launcher.PidNamespace.Same(),
              Map.of(0, nothing, 1, nothing, 2, nothing, GuardPlan.PIPE, pipe.readEnd()));
      int pidfd = launch.go();
      return new Guard(kernel, directory, pipe.writeEnd(), pidfd);
    } catch (RuntimeException e) {
      kernel.close(pipe.writeEnd());
      throw e;
    } finally {
      kernel.close(nothing);
      kernel.close(pipe.readEnd());
    }
  }

  private static String script() {
    try (InputStream in = Guard.class.getResourceAsStream("guard.sh")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("guard.sh is not readable", e);
    }
  }

  private static void writeAtomically(Path file, String text) {
    try {
      Path next = file.resolveSibling(file.getFileName() + ".new");
      Files.writeString(next, text);
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("write(" + file + ") failed: " + e.getMessage(), e);
    }
  }

  /** Leaves the containers to the guard's window, as a death of this process would. */
  @Override
  public void close() {
    kernel.close(pipe);
    kernel.close(pidfd);
  }

  /** Sends the guard away and waits for its end: there is nothing left to guard. */
  void dismiss() {
    writeAtomically(directory.owner(), "purged");
    kernel.close(pipe);
    if (kernel.poll(pidfd, Flags.POLLIN, EXIT_TIMEOUT_MILLIS) == 0) {
      kernel.pidfdSignal(pidfd, Flags.SIGKILL);
      kernel.poll(pidfd, Flags.POLLIN, EXIT_TIMEOUT_MILLIS);
    }
    kernel.reap(pidfd);
    kernel.close(pidfd);
  }
}
