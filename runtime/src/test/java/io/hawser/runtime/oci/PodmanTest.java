package io.hawser.runtime.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hawser.runtime.BusyboxRoot;
import io.hawser.runtime.files.TreeRemoval;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A real engine drives the command line; skipped where podman is not installed. */
@Tag("kernel")
class PodmanTest {
  private static Path base;
  private static Path rootfs;
  private static Path runtime;

  private record Result(int code, String output) {}

  @BeforeAll
  static void prepare() throws IOException {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/podman")), "podman is not installed");
    base = Files.createTempDirectory("hawser-podman");
    rootfs = Files.createDirectory(base.resolve("rootfs"));
    BusyboxRoot.fill(rootfs);
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    runtime = base.resolve("hawser-oci");
    Files.writeString(
        runtime,
        "#!/bin/sh\nexec "
            + java
            + " -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp '"
            + System.getProperty("java.class.path")
            + "' "
            + OciCommand.class.getName()
            + " \"$@\"\n");
    assertThat(runtime.toFile().setExecutable(true)).isTrue();
  }

  @AfterAll
  static void remove() throws Exception {
    if (base != null) {
      podman("rm", "--all", "--force", "--time", "0");
      TreeRemoval.delete(base);
    }
  }

  /** Everything it keeps is below the test's own directory. */
  private static Result podman(String... words) throws Exception {
    List<String> command = new ArrayList<>(List.of("/usr/bin/podman"));
    for (String option : List.of("root", "runroot", "tmpdir")) {
      command.addAll(List.of("--" + option, base.resolve(option).toString()));
    }
    command.addAll(
        List.of(
            "--storage-driver",
            "vfs",
            "--cgroup-manager",
            "cgroupfs",
            "--events-backend",
            "none",
            "--runtime",
            runtime.toString()));
    command.addAll(List.of(words));
    Path output = base.resolve("output");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .redirectInput(Path.of("/dev/null").toFile())
            .start();
    return new Result(process.waitFor(), Files.readString(output).strip());
  }

  /** Limits that may be set without CAP_SYS_RESOURCE, which the default ones need. */
  private static String[] run(String... words) {
    List<String> all = new ArrayList<>(List.of("run", "--network", "none"));
    all.addAll(List.of("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1000:1000"));
    all.addAll(List.of(words));
    return all.toArray(String[]::new);
  }

  @Test
  void runGivesOutputAndExitCodeAndAMissingCommandIs127() throws Exception {
    Result result = podman(run("--rm", "--rootfs", rootfs.toString(), "sh", "-c", "id -u; exit 5"));
    assertThat(result).isEqualTo(new Result(5, "0"));
    assertThat(podman(run("--rm", "--rootfs", rootfs.toString(), "nope")).code()).isEqualTo(127);
  }

  @Test
  void containerInTheBackgroundIsExecutedInPausedAndStopped() throws Exception {
    String script = "trap 'exit 9' TERM; echo up; while :; do sleep 0.1; done";
    Result started =
        podman(
            run(
                "--detach",
                "--memory",
                "64m",
                "--pids-limit",
                "50",
                "--tmpfs",
                "/tmp:size=1m",
                "--rootfs",
                rootfs.toString(),
                "sh",
                "-c",
                script));
    assertThat(started.code()).as(started.output()).isZero();
    String id = started.output();
    String limits =
        "cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null;"
            + " exit 7";
    assertThat(podman("exec", id, "sh", "-c", limits)).isEqualTo(new Result(7, "67108864"));
    assertThat(podman("pause", id).code()).isZero();
    assertThat(podman("ps", "--all", "--format", "{{.Status}}").output()).isEqualTo("Paused");
    assertThat(podman("unpause", id).code()).isZero();
    assertThat(podman("stop", "--time", "20", id).code()).isZero();
    assertThat(podman("inspect", "--format", "{{.State.ExitCode}}", id).output()).isEqualTo("9");
    assertThat(podman("logs", id).output()).isEqualTo("up");
    assertThat(podman("rm", id).code()).isZero();
  }
}
