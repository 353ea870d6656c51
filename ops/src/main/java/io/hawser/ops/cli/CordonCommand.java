package io.hawser.ops.cli;

import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code hawser cordon}. */
@Command(name = "cordon", description = "Place no more pods on nodes; those they have stay.")
final class CordonCommand extends HawserCommand {
  @Parameters(arity = "1..*", paramLabel = "NODE")
  List<String> nodes;

  @Override
  public Integer call() {
    for (String node : nodes) {
      boolean changed = NodeCordon.set(client(), node, true);
      out()
          .println(
              "node/" + NodeCordon.plain(node) + (changed ? " cordoned" : " already cordoned"));
    }
    return DONE;
  }
}
