package io.hawser.ops.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.hawser.ops.client.CommandFailure;
import io.hawser.ops.local.Requirements;
import io.hawser.runtime.machine.MachineCheck;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code hawser doctor}: whether this machine can run nodes. */
@Command(name = "doctor", description = "Check whether this machine can run containers.")
final class DoctorCommand extends HawserCommand {
  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "table or json")
  OutputFormat format = OutputFormat.TABLE;

  @Override
  public Integer call() {
    List<MachineCheck> checks = MachineCheck.all();
    if (format == OutputFormat.JSON) {
      out().println(OutputFormat.JSON.text(new ObjectMapper().valueToTree(checks)));
      return MachineCheck.canRunContainers(checks) ? DONE : CommandLine.ExitCode.SOFTWARE;
    }
    for (MachineCheck check : checks) {
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
