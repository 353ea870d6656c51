package io.hawser.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** podman or docker, on an image or root of the same files and with the same limits. */
final class EnginePeer implements AutoCloseable {
  private static final String IMAGE = "hawser-bench:1";

  private final String program;
  private final List<String> base;
  private final String kept;
  private final List<String> root;

  EnginePeer(String program, Path dir, Path rootfs) throws IOException, InterruptedException {
    this.program = program;
    this.base = new ArrayList<>(List.of(program));
    this.kept = "hawser-bench-" + ProcessHandle.current().pid();
    if (program.equals("podman")) {
      // podman refuses a runroot of more than 50 characters.
      for (String option : List.of("root", "runroot", "tmpdir")) {
        base.addAll(List.of("--" + option, dir.resolve(option).toString()));
      }
      base.addAll(List.of("--cgroup-manager", "cgroupfs", "--events-backend", "none"));
      // crun, its default, refuses hybrid cgroup layouts.
      base.addAll(List.of("--storage-driver", "vfs", "--runtime", "runc"));
      this.root = List.of("--rootfs", rootfs.toString());
    } else {
      Path tar = dir.resolve("rootfs.tar");
      Command.time(List.of("tar", "-C", rootfs.toString(), "-cf", tar.toString(), "."));
      Command.time(command("import", tar.toString(), IMAGE));
      this.root = List.of(IMAGE);
    }
    Command.time(run(List.of("--detach", "--name", kept), List.of("/bin/sleep", "100000")));
  }

  /** Whether it is installed and, for docker, its daemon runs. */
  static boolean answers(String program) throws InterruptedException {
    try {
      return Command.installed(program) && Command.time(List.of(program, "info")) > 0;
    } catch (IOException e) {
      return false;
    }
  }

  private List<String> command(String... words) {
    List<String> all = new ArrayList<>(base);
    all.addAll(List.of(words));
    return all;
  }

  private List<String> run(List<String> options, List<String> words) {
    List<String> all = command("run", "--network", "none", "--memory", "64m", "--pids-limit", "64");
    all.addAll(List.of("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1000:1000"));
    all.addAll(options);
    all.addAll(root);
    all.addAll(words);
    return all;
  }

  double startToExit() throws IOException, InterruptedException {
    return Command.time(run(List.of("--rm"), List.of("/bin/true")));
  }

  double exec() throws IOException, InterruptedException {
    return Command.time(command("exec", kept, "/bin/true"));
  }

  @Override
  public void close() throws IOException, InterruptedException {
    Command.time(command("rm", "--force", kept));
    if (!program.equals("podman")) {
      Command.time(command("rmi", "--force", IMAGE));
    }
  }

  @Override
  public String toString() {
    return program;
  }
}
