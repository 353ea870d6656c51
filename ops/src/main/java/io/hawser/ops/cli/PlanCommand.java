package io.hawser.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.ops.client.Manifests;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code hawser plan}: what would be placed, stopped or left pending, without doing it. */
@Command(
    name = "plan",
    description = "Show what manifests, or the loss of nodes, would do at once; nothing is done.")
final class PlanCommand extends HawserCommand {
  /** The plan says what, on its own. */
  private static final int REFUSED = 1;

  private static final String PATH = "/apis/hawser.io/v1/plan";

  @Option(
      names = {"-f", "--filename"},
      arity = "1..*",
      paramLabel = "FILE",
      description = "YAML or JSON files, directories, or - for standard input.")
  List<String> files = List.of();

  @Option(
      names = "--without",
      arity = "1..*",
      paramLabel = "NODE",
      description = "Nodes that are lost first.")
  List<String> without = List.of();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "json or yaml.")
  OutputFormat format = OutputFormat.TABLE;

  @Mixin NamespaceOption namespace;

  @Override
  public Integer call() {
    if (files.isEmpty() && without.isEmpty()) {
      throw usage("say what to plan: -f FILE, --without NODE, or both");
    }
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    ArrayNode manifests = body.putArray("manifests");
    if (!files.isEmpty()) {
      Manifests.read(files, streams().in()).forEach(m -> manifests.add(inNamespace(m)));
    }
    without.forEach(body.putArray("without")::add);
    JsonNode plan = client().post(PATH, body);
    if (format == OutputFormat.JSON || format == OutputFormat.YAML) {
      out().println(format.text(plan));
    } else {
      print(plan);
    }
    return plan.path("refusals").isEmpty() ? DONE : REFUSED;
  }

  private JsonNode inNamespace(JsonNode manifest) {
    ObjectNode copy = manifest.deepCopy();
    if (!copy.path("metadata").has("namespace")) {
      copy.withObject("/metadata").put("namespace", namespace.name);
    }
    return copy;
  }

  private void print(JsonNode plan) {
    Map<String, Integer> sums = new TreeMap<>();
    for (JsonNode change : plan.path("changes")) {
      String what = change.path("what").asText();
      sums.merge(what, 1, Integer::sum);
      String where = change.path("node").asText("");
      String reason = change.path("reason").asText("");
      out()
          .println(
              "%-8s %s/%s%s%s  (%s)"
                  .formatted(
                      what,
                      change.path("namespace").asText(),
                      change.path("pod").asText(),
                      where.isEmpty() ? "" : "  " + where,
                      reason.isEmpty() ? "" : "  " + reason,
                      change.path("owner").asText()));
    }
    plan.path("refusals").forEach(why -> out().println("refused: " + why.asText()));
    String sum =
        String.join(
            ", ", sums.entrySet().stream().map(e -> e.getValue() + " " + e.getKey()).toList());
    out().println(sum.isEmpty() ? "nothing would change" : sum);
  }
}
