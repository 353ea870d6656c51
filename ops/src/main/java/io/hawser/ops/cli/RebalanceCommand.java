package io.hawser.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code hawser rebalance}: pods move to where they score better, replacements first. */
@Command(
    name = "rebalance",
    description = "Move pods to nodes that have become better for them, replacements first.")
final class RebalanceCommand extends HawserCommand {
  private static final String PATH = "/apis/hawser.io/v1/rebalance";

  @Option(names = "--dry-run", description = "Only say what would move.")
  boolean dryRun;

  @Option(
      names = "--max-moves",
      paramLabel = "N",
      defaultValue = "10",
      description = "Most pods to move (default: ${DEFAULT-VALUE}).")
  int maxMoves;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "json or yaml.")
  OutputFormat format = OutputFormat.TABLE;

  @Override
  public Integer call() {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    body.put("maxMoves", maxMoves).put("dryRun", dryRun);
    JsonNode answer = client().post(PATH, body);
    if (format == OutputFormat.JSON || format == OutputFormat.YAML) {
      out().println(format.text(answer));
    } else if (dryRun) {
      answer.path("refusals").forEach(why -> out().println("refused: " + why.asText()));
      answer.path("changes").forEach(change -> print(change, change.path("what").asText()));
      say(answer.path("changes").isEmpty());
    } else {
      answer.path("moves").forEach(move -> print(move, "moves"));
      say(answer.path("moves").isEmpty());
    }
    return DONE;
  }

  private void print(JsonNode change, String what) {
    out()
        .println(
            "%-8s %s/%s  %s"
                .formatted(
                    what,
                    change.path("namespace").asText(),
                    change.path("pod").asText(),
                    change.path("node").asText()));
  }

  private void say(boolean none) {
    if (none) {
      out().println("every pod is where it would be placed now");
    }
  }
}
