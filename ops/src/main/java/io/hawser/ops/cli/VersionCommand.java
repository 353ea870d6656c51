package io.hawser.ops.cli;

import io.hawser.ops.node.Version;
import picocli.CommandLine.Command;

/** {@code hawser version}. */
@Command(name = "version", description = "Print this program's version.")
final class VersionCommand extends HawserCommand {
  @Override
  public Integer call() {
    out().println("hawser " + Version.CURRENT + " (Java " + Runtime.version().feature() + ")");
    return DONE;
  }
}
