package io.hawser.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.hawser.ops.client.ResourceKind;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code hawser explain}: why a pod is where it is, or nowhere, node by node. */
@Command(
    name = "explain",
    description = "Show for every node why it can't take a pod, or its score by part.")
final class ExplainCommand extends HawserCommand {
  @Parameters(paramLabel = "POD", description = "Its name.")
  String pod;

  @Mixin NamespaceOption namespace;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "json or yaml.")
  OutputFormat format = OutputFormat.TABLE;

  @Override
  public Integer call() {
    JsonNode explained =
        client()
            .get(
                "/apis/hawser.io/v1/explain/"
                    + ResourceKind.encode(namespace.name)
                    + "/"
                    + ResourceKind.encode(pod));
    if (format == OutputFormat.JSON || format == OutputFormat.YAML) {
      out().println(format.text(explained));
      return DONE;
    }
    String node = explained.path("node").asText("");
    if (!node.isEmpty()) {
      out().println("is on " + node + "; each node as if it were not there yet:");
    } else {
      out().println(explained.path("unschedulable").asText("is not placed"));
    }
    for (JsonNode verdict : explained.path("nodes")) {
      out().println("  " + line(verdict, node));
    }
    return DONE;
  }

  private static String line(JsonNode verdict, String chosen) {
    String name = verdict.path("name").asText();
    String mark = name.equals(chosen) ? "* " : "  ";
    List<String> words = new ArrayList<>();
    if (!verdict.path("fits").asBoolean()) {
      verdict.path("reasons").forEach(reason -> words.add(reason.asText()));
      return mark + name + "  no: " + String.join(", ", words);
    }
    verdict
        .path("parts")
        .properties()
        .forEach(part -> words.add(part.getKey() + " " + part.getValue().asLong()));
    return "%s%s  %d = %s"
        .formatted(mark, name, verdict.path("score").asLong(), String.join(" + ", words));
  }
}
