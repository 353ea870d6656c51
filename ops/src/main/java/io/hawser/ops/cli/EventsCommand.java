package io.hawser.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.hawser.ops.client.GatewayClient;
import io.hawser.ops.client.ResourceKind;
import io.hawser.ops.client.TableText;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code hawser events}: what happened lately. */
@Command(name = "events", description = "List what happened lately, newest last.")
final class EventsCommand extends HawserCommand {
  @Mixin NamespaceOption namespace;

  @Option(
      names = {"-A", "--all-namespaces"},
      description = "In all namespaces, and of nodes.")
  boolean allNamespaces;

  @Option(names = "--for", paramLabel = "KIND/NAME", description = "Only of this object.")
  String about;

  @Option(
      names = {"-w", "--watch"},
      description = "Go on and print every new one.")
  boolean watch;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "json, yaml, wide or name.")
  OutputFormat format = OutputFormat.TABLE;

  @Override
  public Integer call() {
    String path = path();
    GatewayClient client = client();
    if (format == OutputFormat.JSON || format == OutputFormat.YAML) {
      out().println(format.text(client.get(path)));
      return DONE;
    }
    TableText text = new TableText(format == OutputFormat.WIDE, allNamespaces, out()::println);
    JsonNode table = client.table(path);
    text.print(table);
    if (watch) {
      String from = table.path("metadata").path("resourceVersion").asText("");
      String separator = path.contains("?") ? "&" : "?";
      client.watch(
          path + separator + "watch=true&resourceVersion=" + from,
          GatewayClient.TABLE,
          event -> {
            text.print(event.path("object"));
            return !out().checkError();
          });
    } else if (table.path("rows").isEmpty()) {
      err().println("No events found.");
    }
    return DONE;
  }

  private String path() {
    boolean ofCluster = allNamespaces;
    String fields = "";
    if (about != null) {
      Targets target = Targets.one(java.util.List.of(about), kinds(), this::usage);
      ofCluster |= !target.kind().namespaced();
      fields =
          "involvedObject.name="
              + target.name().orElseThrow()
              + ",involvedObject.kind="
              + target.kind().kind();
    }
    String base =
        ResourceKind.EVENTS.path(ofCluster ? Optional.empty() : Optional.of(namespace.name));
    return fields.isEmpty() ? base : base + "?fieldSelector=" + ResourceKind.encode(fields);
  }
}
