package io.hawser.runtime.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hawser.runtime.kernel.Errno;
import io.hawser.runtime.kernel.RecordingKernel;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LauncherTest {
  private static final Launcher.PidNamespace NEW = new Launcher.PidNamespace.New();

  private RecordingKernel kernel;
  private Launcher launcher;
  private Set<Integer> before;
  private LaunchPlan plan;

  @BeforeEach
  void open() {
    kernel = new RecordingKernel();
    launcher = new Launcher(kernel);
    before = kernel.openDescriptors();
    ProcessSpec process =
        new ProcessSpec(List.of("/app"), List.of(), "/", 0, 0, List.of(), Capability.DEFAULT, true);
    plan = ExecPlan.of(List.of(), process, OptionalInt.empty(), kernel.arch());
  }

  /** The errors pipe is the second one made: its reading end. */
  private int errorsDescriptor() {
    return before.stream().mapToInt(i -> i).max().orElseThrow() + 4;
  }

  @Test
  void executableIsSealedSoThatNoContainerCanChangeIt() {
    assertThat(kernel.calls()).startsWith("memfd[hawser, true]");
  }

  @Test
  void namespaceIsUnsharedJustBeforeTheSpawnAndNothingElseIsInherited() {
    launcher.prepare(plan, NEW, Map.of(0, 50, 1, 51, 2, 52));
    assertThat(kernel.calls())
        .containsSubsequence(
            "unshare[Unshare[flags=536870912]]",
            "spawn[[hawser-launch], [0, 1, 2, 3, 4, 5], 6]",
            "setNamespace[SetNamespace[fd=101, flags=536870912]]", // back to its own
            "pidfdOpen[4711]");
  }

  @Test
  void endOfFileOnTheErrorsMeansItRuns() {
    PendingLaunch pending = launcher.prepare(plan, NEW, Map.of());
    int pidfd = pending.go();
    assertThat(kernel.openDescriptors()).containsAll(before).hasSize(3).contains(pidfd);
  }

  @Test
  void errorRecordNamesTheStepAndReapsTheProcess() {
    PendingLaunch pending = launcher.prepare(plan, NEW, Map.of());
    long last = plan.calls().size() - 1;
    kernel.willRead(
        errorsDescriptor(),
        LaunchPlan.longs(LaunchProgram.BASE + last * LaunchProgram.ENTRY_BYTES, -2));
    assertThatThrownBy(() -> pending.go()).hasMessage("execve(/app) failed: ENOENT");
    assertThat(kernel.calls()).anyMatch(call -> call.startsWith("reap"));
    assertThat(kernel.openDescriptors()).isEqualTo(before);
  }

  @Test
  void spawnThatFailsLeavesNoDescriptorOpen() {
    kernel.failOn("spawn", Errno.ENOMEM);
    assertThatThrownBy(() -> launcher.prepare(plan, NEW, Map.of())).hasMessageContaining("ENOMEM");
    assertThat(kernel.calls())
        .anyMatch(call -> call.startsWith("setNamespace[SetNamespace[fd=101"));
    assertThat(kernel.openDescriptors()).isEqualTo(before);
  }

  @Test
  void planIsWrittenBeforeTheGateIsOpened() {
    WaitingLauncher waiting = launcher.spawn(NEW, Map.of());
    int program = errorsDescriptor() - 3;
    assertThat(kernel.calls()).noneMatch(call -> call.startsWith("write"));
    PendingLaunch pending = waiting.give(plan);
    int length = plan.encode(kernel.arch()).length;
    assertThat(kernel.calls())
        .containsSubsequence(
            "pidfdOpen[4711]",
            "write[" + program + ", " + length + "]",
            "write[" + (program + 2) + ", 1]",
            "close[" + program + "]");
    pending.abandon();
    assertThat(kernel.openDescriptors()).isEqualTo(before);
  }

  @Test
  void planThatIsTooLargeEndsTheLauncher() {
    ProcessSpec process =
        new ProcessSpec(
            List.of("/app"),
            List.of("A=" + "x".repeat(LaunchProgram.MAX_BYTES)),
            "/",
            0,
            0,
            List.of(),
            Capability.DEFAULT,
            true);
    LaunchPlan large = ExecPlan.of(List.of(), process, OptionalInt.empty(), kernel.arch());
    WaitingLauncher waiting = launcher.spawn(NEW, Map.of());
    assertThatThrownBy(() -> waiting.give(large)).hasMessageContaining("larger than");
    assertThat(kernel.calls()).anyMatch(call -> call.startsWith("reap"));
    assertThat(kernel.openDescriptors()).isEqualTo(before);
  }

  @Test
  void launcherWithoutAPlanCanBeAbandoned() {
    launcher.spawn(NEW, Map.of()).abandon();
    assertThat(kernel.calls()).anyMatch(call -> call.startsWith("reap"));
    assertThat(kernel.openDescriptors()).isEqualTo(before);
  }

  @Test
  void namespaceOfAnEndedContainerTakesNoMoreProcesses() {
    kernel.failOn("spawn", Errno.ENOMEM);
    Launcher.PidNamespace ended = new Launcher.PidNamespace.Of(77);
    assertThatThrownBy(() -> launcher.prepare(plan, ended, Map.of()))
        .hasMessage("posix_spawn(in the ended container) failed: ESRCH");
  }
}
