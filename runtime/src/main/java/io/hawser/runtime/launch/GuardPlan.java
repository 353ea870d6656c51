package io.hawser.runtime.launch;

import io.hawser.runtime.kernel.Flags;
import java.util.List;

/** Computes the start of the guard: a session of its own, so that no terminal's Ctrl-C meets it. */
public final class GuardPlan {
  /** Where the launcher finds the pipe; the guard finds it at 3. */
  public static final int PIPE = LauncherDescriptors.FIRST_UNUSED;

  private static final List<String> ENVIRONMENT =
      List.of("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");

  private GuardPlan() {}

  public static LaunchPlan of(List<String> arguments) {
    LaunchPlan.Builder plan = new LaunchPlan.Builder();
    plan.callOrEnd("read(gate)", "read", LauncherDescriptors.GATE, new byte[8], 1);
    plan.call("setsid()", "setsid");
    plan.call("chdir(/)", "chdir", "/");
    plan.call("dup3(pipe)", "dup3", PIPE, LauncherDescriptors.PROGRAM, 0);
    plan.call(
        "close_range(CLOEXEC)",
        "close_range",
        LauncherDescriptors.GATE,
        0xffffffffL,
        Flags.CLOSE_RANGE_CLOEXEC);
    plan.call(
        "execve(" + arguments.get(0) + ")", "execve", arguments.get(0), arguments, ENVIRONMENT);
    return plan.build();
  }
}
