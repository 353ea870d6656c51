package io.hawser.runtime.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hawser.runtime.kernel.Arch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LauncherCodeTest {
  @TempDir Path directory;

  private static String binutil(Arch arch, String name) {
    return (arch == Arch.ARM64 ? "aarch64-linux-gnu-" : "x86_64-linux-gnu-") + name;
  }

  private static boolean isInstalled(String command) {
    for (String path : System.getenv("PATH").split(":")) {
      if (Files.isExecutable(Path.of(path, command))) {
        return true;
      }
    }
    return false;
  }

  private void run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).directory(directory.toFile()).inheritIO().start();
    assertThat(process.waitFor()).as(String.join(" ", command)).isZero();
  }

  @ParameterizedTest
  @EnumSource(Arch.class)
  void bytesAreTheAssembledSource(Arch arch) throws Exception {
    assumeTrue(isInstalled(binutil(arch, "as")), binutil(arch, "as") + " is not installed");
    Path source = Path.of("src/main/asm/launcher-" + arch.label() + ".S").toAbsolutePath();
    run(binutil(arch, "as"), source.toString(), "-o", "l.o");
    run(binutil(arch, "objcopy"), "-O", "binary", "-j", ".text", "l.o", "l.bin");
    assertThat(LauncherElf.code(arch)).isEqualTo(Files.readAllBytes(directory.resolve("l.bin")));
  }

  private record Result(int exitCode, byte[] output) {}

  private Result launch(Arch arch, LaunchPlan plan) throws Exception {
    return launch(arch, plan, "p");
  }

  /**
   * Runs a plan by itself, the program on 3, the gate on 4, errors on 5 (files), in a shell's
   * redirections.
   */
  private Result launch(Arch arch, LaunchPlan plan, String gateBytes) throws Exception {
    Path elf = Files.write(directory.resolve("launcher"), LauncherElf.executable(arch));
    assertThat(elf.toFile().setExecutable(true)).isTrue();
    Path program = directory.resolve("program");
    Files.write(program, LaunchProgram.encode(plan, arch));
    String runner = arch == Arch.current() ? "" : "qemu-aarch64-static ";
    assumeTrue(runner.isEmpty() || isInstalled(runner.strip()), runner + "is not installed");
    Path errors = directory.resolve("errors");
    Path gate = Files.writeString(directory.resolve("gate"), gateBytes);
    String script = "exec 3<" + program + " 4<" + gate + " 5>" + errors + "; exec " + runner + elf;
    Process process =
        new ProcessBuilder(List.of("/bin/sh", "-c", script)).redirectErrorStream(true).start();
    byte[] output = process.getInputStream().readAllBytes();
    return new Result(process.waitFor(), output);
  }

  @ParameterizedTest
  @EnumSource(Arch.class)
  void callsRunInOrderAndResultsReachLaterCalls(Arch arch) throws Exception {
    Files.writeString(directory.resolve("in"), "content");
    LaunchPlan.Builder plan = new LaunchPlan.Builder();
    Argument.Result fd =
        plan.call("open", "openat", -100, directory.resolve("in").toString(), 0, 0);
    Argument.Bytes buffer = new Argument.Bytes(new byte[16]);
    plan.tryCall("may fail", "close", 77);
    plan.call("read", "read", fd, buffer, 16);
    plan.call("dup", "dup3", fd, 9, 0);
    plan.call("write", "write", 1, "written", 7);
    plan.call("exit", "exit_group", fd);
    Result result = launch(arch, plan.build());
    assertThat(new String(result.output())).isEqualTo("written");
    assertThat(result.exitCode()).isBetween(4, 20); // the descriptor itself
  }

  @ParameterizedTest
  @EnumSource(Arch.class)
  void failedCallReportsItsEntryAndErrno(Arch arch) throws Exception {
    LaunchPlan.Builder plan = new LaunchPlan.Builder();
    plan.call("write", "write", 1, "a", 1);
    plan.call("open", "openat", -100, "/nope/nope", 0, 0);
    plan.call("exit", "exit_group", 0);
    Result result = launch(arch, plan.build());
    assertThat(result.exitCode()).isEqualTo(127);
    byte[] expected =
        LaunchPlan.longs(LaunchProgram.BASE + LaunchProgram.ENTRY_BYTES, -2 /* ENOENT */);
    assertThat(Files.readAllBytes(directory.resolve("errors"))).isEqualTo(expected);
  }

  @ParameterizedTest
  @EnumSource(Arch.class)
  void endOfFileOnTheGateEndsSilently(Arch arch) throws Exception {
    LaunchPlan.Builder plan = new LaunchPlan.Builder();
    Argument.Result fd = plan.call("open", "openat", -100, "/dev/null", 0, 0);
    plan.callOrEnd("gate", "read", fd, new byte[8], 1);
    plan.call("write", "write", 1, "never", 5);
    Result result = launch(arch, plan.build());
    assertThat(result.exitCode()).isEqualTo(127);
    assertThat(result.output()).isEmpty();
    assertThat(directory.resolve("errors")).isEmptyFile();
  }

  @ParameterizedTest
  @EnumSource(Arch.class)
  void withoutAByteAtTheGateThereIsNoPlan(Arch arch) throws Exception {
    LaunchPlan.Builder plan = new LaunchPlan.Builder();
    plan.call("write", "write", 1, "never", 5);
    plan.call("exit", "exit_group", 0);
    Result result = launch(arch, plan.build(), "");
    assertThat(result.exitCode()).isEqualTo(127);
    assertThat(result.output()).isEmpty();
    assertThat(directory.resolve("errors")).isEmptyFile();
  }

  @ParameterizedTest
  @EnumSource(Arch.class)
  void execveRunsTheProgramWithArgumentsAndEnvironment(Arch arch) throws Exception {
    LaunchPlan.Builder plan = new LaunchPlan.Builder();
    plan.tryCall("execve", "execve", "/nope/sh", List.of("sh"), List.of());
    plan.call(
        "execve",
        "execve",
        "/bin/sh",
        List.of("sh", "-c", "echo $0 $1 $NAME; exit 3", "zero", "one"),
        List.of("NAME=value"));
    Result result = launch(arch, plan.build());
    assertThat(new String(result.output())).isEqualTo("zero one value\n");
    assertThat(result.exitCode()).isEqualTo(3);
  }
}
