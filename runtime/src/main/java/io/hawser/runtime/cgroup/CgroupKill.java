package io.hawser.runtime.cgroup;

import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/** Kills everything in a cgroup and below, by the kernel's own switch where it has one. */
final class CgroupKill {
  /** v1 has no switch: forks may outrun a pass, so passes repeat, but not for ever. */
  private static final int PASSES = 50;

  private CgroupKill() {}

  static void killAll(Path directory) {
    Path kill = directory.resolve("cgroup.kill");
    if (Files.exists(kill)) {
      try {
        CgroupFiles.write(kill, "1");
      } catch (UncheckedIOException e) {
        if (Files.exists(kill)) { // else its cgroup was removed meanwhile
          throw e;
        }
      }
      return;
    }
    for (int pass = 0; pass < PASSES && killOnce(directory); pass++) {
      LockSupport.parkNanos(1_000_000);
    }
  }

  private static boolean killOnce(Path directory) {
    boolean any = false;
    for (Path cgroup : CgroupFiles.subtree(directory)) {
      Path state = cgroup.resolve("freezer.state");
      if (Files.exists(state)) { // a frozen process dies only when thawed
        CgroupFiles.write(state, "THAWED");
      }
      for (String pid : CgroupFiles.read(cgroup.resolve("cgroup.procs")).orElse("").split("\\s+")) {
        if (!pid.isEmpty() && !pid.equals("0")) {
          ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroyForcibly);
          any = true;
        }
      }
    }
    return any;
  }
}
