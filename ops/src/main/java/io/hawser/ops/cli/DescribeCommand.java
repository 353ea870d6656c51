package io.hawser.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.hawser.ops.client.GatewayClient;
import io.hawser.ops.client.ResourceKind;
import io.hawser.ops.client.TableText;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code hawser describe}: one object, what belongs to it and what happened to it. */
@Command(name = "describe", description = "Show an object in full, with its events.")
final class DescribeCommand extends HawserCommand {
  @Parameters(arity = "1..*", paramLabel = "KIND NAME", description = "Or KIND/NAME.")
  List<String> words;

  @Mixin NamespaceOption namespace;

  @Override
  public Integer call() {
    List<Targets> targets = Targets.parse(words, kinds(), this::usage);
    if (targets.stream().anyMatch(t -> t.name().isEmpty())) {
      throw usage("name the objects to describe");
    }
    GatewayClient client = client();
    boolean first = true;
    for (Targets target : targets) {
      if (!first) {
        out().println();
      }
      first = false;
      describe(client, target);
    }
    return DONE;
  }

  private void describe(GatewayClient client, Targets target) {
    JsonNode object = client.get(target.path(namespace.name));
    new ObjectText(out()::println).print(object);
    if (target.kind().equals(ResourceKind.NODES)) {
      section("Pods", podsOf(client, "spec.nodeName=" + target.name().get()), true);
    }
    section("Events", eventsOf(client, object), false);
  }

  private void section(String title, JsonNode table, boolean withNamespace) {
    if (table.path("rows").isEmpty()) {
      out().println(title + ": none");
      return;
    }
    out().println(title + ":");
    new TableText(false, withNamespace, line -> out().println("  " + line)).print(table);
  }

  private static JsonNode podsOf(GatewayClient client, String fields) {
    return client.table(
        ResourceKind.PODS.path(Optional.empty()) + "?fieldSelector=" + ResourceKind.encode(fields));
  }

  private static JsonNode eventsOf(GatewayClient client, JsonNode object) {
    String fields =
        "involvedObject.name="
            + object.path("metadata").path("name").asText()
            + ",involvedObject.kind="
            + object.path("kind").asText();
    String of = object.path("metadata").path("namespace").asText("");
    return client.table(
        ResourceKind.EVENTS.path(Optional.of(of).filter(n -> !n.isEmpty()))
            + "?fieldSelector="
            + ResourceKind.encode(fields));
  }
}
