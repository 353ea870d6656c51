package io.hawser.ops.cli;

import io.hawser.ops.client.CommandFailure;
import io.hawser.ops.local.Requirements;
import io.hawser.runtime.machine.MachineCheck;
import picocli.CommandLine.Command;

/** {@code hawser doctor}: whether this machine can run nodes. */
@Command(name = "doctor", description = "Check whether this machine can run containers.")
final class DoctorCommand extends HawserCommand {
  @Override
  public Integer call() {
    for (MachineCheck check : MachineCheck.all()) {
      out()
          .println(String.format("%-8s %-18s %s", check.level(), check.subject(), check.finding()));
      if (!check.advice().isEmpty()) {
        out().println(" ".repeat(28) + check.advice());
      }
    }
    Requirements.missing()
        .ifPresent(
            sentence -> {
              throw new CommandFailure("nodes can't run on this machine: " + sentence);
            });
    return DONE;
  }
}
