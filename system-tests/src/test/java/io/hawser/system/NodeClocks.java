package io.hawser.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Clocks of single nodes that can be set while they run, by libfaketime (Debian: faketime); the
 * machine's own is not touched, nor is the monotonic one, which nobody can set either.
 */
final class NodeClocks {
  private static final List<Path> LIBRARIES =
      List.of("x86_64", "aarch64").stream()
          .map(a -> Path.of("/usr/lib/" + a + "-linux-gnu/faketime/libfaketime.so.1"))
          .toList();

  private final Path dir;

  /**
   * @param dir where the offsets are kept, a file for each node
   */
  NodeClocks(Path dir) {
    this.dir = dir;
  }

  /** What to preload. Empty: it is not installed. */
  static Optional<Path> library() {
    return LIBRARIES.stream().filter(Files::isRegularFile).findFirst();
  }

  /** For the environment of a node. */
  Map<String, String> environment(String node) throws IOException {
    set(node, Duration.ZERO);
    return Map.of(
        "LD_PRELOAD",
        library().orElseThrow().toString(),
        "FAKETIME_TIMESTAMP_FILE",
        file(node).toString(),
        // Read again each second: at every look at the clock it would cost too much.
        "FAKETIME_CACHE_DURATION",
        "1",
        "FAKETIME_DONT_FAKE_MONOTONIC",
        "1",
        // Else waits that are bounded by the monotonic clock end at once.
        "FAKETIME_FORCE_MONOTONIC_FIX",
        "0",
        "FAKETIME_DISABLE_SHM",
        "1",
        "NO_FAKE_STAT",
        "1");
  }

  /** From about a second on, a node's clock differs so much from the machine's. */
  void set(String node, Duration offset) throws IOException {
    Path next = dir.resolve(node + ".clock.next");
    Files.writeString(next, "%+d".formatted(offset.toSeconds()));
    Files.move(next, file(node), StandardCopyOption.ATOMIC_MOVE);
  }

  private Path file(String node) {
    return dir.resolve(node + ".clock");
  }
}
