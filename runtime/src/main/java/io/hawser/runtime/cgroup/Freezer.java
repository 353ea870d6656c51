package io.hawser.runtime.cgroup;

import io.hawser.runtime.kernel.Errno;
import io.hawser.runtime.kernel.KernelFault;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Stops all processes of a container where they are. With cgroup v2 by {@code cgroup.freeze} of its
 * own cgroup. With v1 it needs one in the freezer's hierarchy, which is made at the first pause
 * only: joining it at every start would cost each start for what few containers ever need.
 */
final class Freezer {
  private static final long TIMEOUT_NANOS = 5_000_000_000L;
  private static final long POLL_NANOS = 500_000;

  /** Forks may outrun a pass of moving processes. */
  private static final int PASSES = 100;

  private final Optional<Path> unified;
  private final Optional<Path> own;
  private final Path members;

  /**
   * @param unified the container's cgroup of v2
   * @param own the one to make in v1's freezer hierarchy
   * @param members a cgroup that has all of the container's processes
   */
  Freezer(Optional<Path> unified, Optional<Path> own, Path members) {
    this.unified = unified;
    this.own = own;
    this.members = members;
  }

  /**
   * @throws KernelFault when there is no freezer or it does not come to rest
   */
  void freeze() {
    if (unified.isPresent()) {
      CgroupFiles.write(unified.get().resolve("cgroup.freeze"), "1");
      await(() -> CgroupFiles.readKey(unified.get().resolve("cgroup.events"), "frozen") == 1);
      return;
    }
    Path directory =
        own.orElseThrow(() -> new KernelFault("freeze(no freezer here)", Errno.ENODEV.number()));
    CgroupFiles.make(directory);
    for (int pass = 0; pass < PASSES && !moveAll(directory); pass++) {
      Thread.onSpinWait();
    }
    CgroupFiles.write(directory.resolve("freezer.state"), "FROZEN");
    await(this::isFrozen);
  }

  /** True when all were there already: from then on children are born there. */
  private boolean moveAll(Path directory) {
    Set<String> there = pids(directory);
    boolean complete = true;
    for (String pid : pids(members)) {
      if (!there.contains(pid)) {
        complete = false;
        try {
          CgroupFiles.write(directory.resolve("cgroup.procs"), pid);
        } catch (UncheckedIOException e) {
          if (Files.exists(Path.of("/proc", pid))) { // else it has ended meanwhile
            throw e;
          }
        }
      }
    }
    return complete;
  }

  private static Set<String> pids(Path directory) {
    String text = CgroupFiles.read(directory.resolve("cgroup.procs")).orElse("");
    return text.isEmpty() ? Set.of() : Set.of(text.split("\\s+"));
  }

  private void await(BooleanSupplier frozen) {
    long deadline = System.nanoTime() + TIMEOUT_NANOS;
    while (!frozen.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        thaw();
        throw new KernelFault("freeze(" + members + ")", Errno.ETIMEDOUT.number());
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  void thaw() {
    unified.filter(Files::exists).ifPresent(d -> write(d.resolve("cgroup.freeze"), "0"));
    own.filter(Files::exists).ifPresent(d -> write(d.resolve("freezer.state"), "THAWED"));
  }

  private static void write(Path file, String value) {
    try {
      CgroupFiles.write(file, value);
    } catch (UncheckedIOException e) {
      if (Files.exists(file)) { // else its cgroup was removed meanwhile
        throw e;
      }
    }
  }

  boolean isFrozen() {
    return unified.map(d -> CgroupFiles.readLong(d.resolve("cgroup.freeze")) == 1).orElse(false)
        || own.flatMap(d -> CgroupFiles.read(d.resolve("freezer.state")))
            .filter("FROZEN"::equals)
            .isPresent();
  }

  /** What was made for it. Idempotent. */
  void remove() {
    own.ifPresent(CgroupFiles::remove);
  }
}
