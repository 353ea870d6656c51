package io.hawser.ops.cli;

import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code hawser uncordon}. */
@Command(name = "uncordon", description = "Let nodes get pods again.")
final class UncordonCommand extends HawserCommand {
  @Parameters(arity = "1..*", paramLabel = "NODE")
  List<String> nodes;

  @Override
  public Integer call() {
    for (String node : nodes) {
      boolean changed = NodeCordon.set(client(), node, false);
      out()
          .println(
              "node/" + NodeCordon.plain(node) + (changed ? " uncordoned" : " already uncordoned"));
    }
    return DONE;
  }
}
