package io.hawser.persistence;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Makes every flush of a running process take longer, from outside and below the JVM (strace(1),
 * {@code inject=…:delay_enter}); ends with {@link #close()}.
 */
final class SlowDisk implements AutoCloseable {
  private final Process strace;

  SlowDisk(StoreProcess slow, Duration flush) throws IOException {
    strace =
        new ProcessBuilder(
                "strace",
                "-f",
                "-q",
                "-o",
                "/dev/null",
                "-e",
                "trace=fsync,fdatasync",
                "-e",
                "inject=fsync,fdatasync:delay_enter="
                    + TimeUnit.MILLISECONDS.toMicros(flush.toMillis()),
                "-p",
                Long.toString(slow.pid()))
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    await("strace on " + slow)
        .atMost(StoreFixture.PATIENCE)
        .until(() -> isTraced(slow.pid()) || !strace.isAlive());
    if (!strace.isAlive()) {
      throw new IOException("strace could not attach to " + slow);
    }
  }

  /** All of its threads. */
  private static boolean isTraced(long pid) throws IOException {
    try (var threads = Files.list(Path.of("/proc/" + pid + "/task"))) {
      for (Path thread : threads.toList()) {
        boolean traced =
            Files.readAllLines(thread.resolve("status")).stream()
                .anyMatch(line -> line.startsWith("TracerPid:") && !line.endsWith("\t0"));
        if (!traced) {
          return false;
        }
      }
      return true;
    } catch (java.nio.file.NoSuchFileException threadEnded) {
      return false;
    }
  }

  /** It lets go of the process, which goes on. */
  @Override
  public void close() {
    strace.destroy();
    try {
      if (!strace.waitFor(StoreFixture.PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        strace.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
