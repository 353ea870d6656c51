package io.hawser.ops.cli;

import io.hawser.ops.client.CommandFailure;
import io.hawser.ops.local.Requirements;
import picocli.CommandLine.Command;

/** {@code hawser doctor}: whether this machine can run nodes. */
@Command(name = "doctor", description = "Check whether this machine can run containers.")
final class DoctorCommand extends HawserCommand {
  @Override
  public Integer call() {
    Requirements.missing()
        .ifPresent(
            sentence -> {
              throw new CommandFailure(sentence);
            });
    out().println("this machine can run nodes");
    return DONE;
  }
}
