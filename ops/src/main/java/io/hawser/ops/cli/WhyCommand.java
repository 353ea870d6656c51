package io.hawser.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.hawser.ops.client.ResourceKind;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code hawser why}: from the request or the fault to the present state, by the journal. */
@Command(
    name = "why",
    description = "Tell from the journal why a pod, node or deployment is as it is.",
    footer = "Examples: hawser why web-7f-x2kq9, hawser why deployment/web, hawser why node/n1")
final class WhyCommand extends HawserCommand {
  private static final String PATH = "/apis/hawser.io/v1/why/";

  @Parameters(paramLabel = "NAME", description = "A pod; or pod/NAME, deployment/NAME, node/NAME.")
  String what;

  @Mixin NamespaceOption namespace;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "json or yaml.")
  OutputFormat format = OutputFormat.TABLE;

  @Override
  public Integer call() {
    int slash = what.indexOf('/');
    String plural = slash < 0 ? "pods" : plural(what.substring(0, slash));
    String name = what.substring(slash + 1);
    String scope = plural.equals("nodes") ? "-" : ResourceKind.encode(namespace.name);
    JsonNode why = client().get(PATH + plural + "/" + scope + "/" + ResourceKind.encode(name));
    if (format == OutputFormat.JSON || format == OutputFormat.YAML) {
      out().println(format.text(why));
      return DONE;
    }
    if (why.path("fromEvent").asLong() > 1) {
      out().println("(before event " + why.path("fromEvent").asText() + " nothing is kept)");
    }
    for (JsonNode link : why.path("links")) {
      String request = link.path("request").asText("");
      out()
          .println(
              "%s  %-11s  %s%s"
                  .formatted(
                      link.path("at").asText(),
                      link.path("because").asText(),
                      link.path("text").asText(),
                      request.isEmpty() ? "" : "  (request " + request + ")"));
    }
    out().println("now: " + why.path("now").asText());
    return DONE;
  }

  private String plural(String kind) {
    return switch (kind) {
      case "pod", "pods", "po" -> "pods";
      case "deployment", "deployments", "deploy", "deployment.apps" -> "deployments";
      case "node", "nodes", "no" -> "nodes";
      default -> throw usage("expected pod/NAME, deployment/NAME or node/NAME, got " + what);
    };
  }
}
