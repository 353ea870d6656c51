package io.hawser.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.ops.client.ApiKinds;
import io.hawser.ops.client.CommandFailure;
import io.hawser.ops.client.GatewayClient;
import io.hawser.ops.client.ResourceKind;
import io.hawser.ops.client.TableText;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code hawser get}: lists objects, once or for as long as they change. */
@Command(
    name = "get",
    description = "List objects of any kind, such as pods, deployments, jobs or events.")
final class GetCommand extends HawserCommand {
  @Parameters(
      arity = "1..*",
      paramLabel = "KIND [NAME…]",
      description = "Such as: pods; pods,nodes; pod web-1; deployment/web node/n1; all.")
  List<String> words;

  @Mixin NamespaceOption namespace;

  @Option(
      names = {"-A", "--all-namespaces"},
      description = "In all namespaces.")
  boolean allNamespaces;

  @Option(
      names = {"-l", "--selector"},
      paramLabel = "LABELS",
      description = "Only objects with these labels, such as app=web,tier!=db.")
  String selector;

  @Option(names = "--field-selector", paramLabel = "FIELDS", hidden = true)
  String fieldSelector;

  @Option(
      names = {"-w", "--watch"},
      description = "Go on and print every change.")
  boolean watch;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "json, yaml, wide or name.")
  OutputFormat format = OutputFormat.TABLE;

  /** Every kind that runs something: kinds without objects are passed over. */
  private boolean all;

  @Override
  public Integer call() {
    all = words.equals(List.of("all"));
    ApiKinds kinds = kinds();
    List<Targets> targets =
        all
            ? kinds.inCategory("all").stream().map(k -> new Targets(k, Optional.empty())).toList()
            : Targets.parse(words, kinds, this::usage);
    if (watch && targets.size() > 1) {
      throw usage("-w can follow one kind or one object");
    }
    return new Listing(client()).print(targets);
  }

  private final class Listing {
    private final GatewayClient client;

    Listing(GatewayClient client) {
      this.client = client;
    }

    int print(List<Targets> targets) {
      if (format == OutputFormat.JSON || format == OutputFormat.YAML) {
        out().println(format.text(objects(targets)));
        if (watch) {
          follow(targets.get(0), out()::println);
        }
        return DONE;
      }
      if (all && format != OutputFormat.NAME) {
        return everything(targets);
      }
      ResourceKind previous = null;
      TableText table = null;
      for (Targets target : targets) {
        if (!target.kind().equals(previous)) {
          if (previous != null && format != OutputFormat.NAME) {
            out().println();
          }
          table = new TableText(format == OutputFormat.WIDE, allNamespaces(target), out()::println);
          previous = target.kind();
        }
        printOne(target, table);
      }
      return DONE;
    }

    /** Each kind's table under the other, the names with their kinds. */
    private int everything(List<Targets> targets) {
      boolean first = true;
      for (Targets target : targets) {
        JsonNode table = client.table(path(target, ""));
        if (!table.path("rows").isEmpty()) {
          if (!first) {
            out().println();
          }
          first = false;
          for (JsonNode row : table.path("rows")) {
            ArrayNode cells = (ArrayNode) row.path("cells");
            cells.set(0, target.kind().label() + "/" + cells.path(0).asText());
          }
          new TableText(format == OutputFormat.WIDE, allNamespaces(target), out()::println)
              .print(table);
        }
      }
      if (first) {
        err()
            .println(
                "Nothing found" + (allNamespaces ? "." : " in namespace " + namespace.name + "."));
      }
      return DONE;
    }

    private void printOne(Targets target, TableText text) {
      JsonNode table = client.table(path(target, ""));
      if (format == OutputFormat.NAME) {
        printNames(target, table);
      } else {
        text.print(table);
        if (table.path("rows").isEmpty() && !watch) {
          err().println(nothing(target));
        }
      }
      if (watch) {
        String from = table.path("metadata").path("resourceVersion").asText("");
        watchTable(target, text, from);
      }
    }

    private void printNames(Targets target, JsonNode table) {
      for (JsonNode row : table.path("rows")) {
        String name = row.path("object").path("metadata").path("name").asText();
        out().println(target.kind().label() + "/" + name);
      }
    }

    private String nothing(Targets target) {
      return allNamespaces(target) || !target.kind().namespaced()
          ? "No " + target.kind().plural() + " found."
          : "No " + target.kind().plural() + " found in namespace " + namespace.name + ".";
    }

    private void watchTable(Targets target, TableText text, String from) {
      client.watch(
          path(target, watchQuery(from)),
          GatewayClient.TABLE,
          event -> {
            requireNoError(event);
            if (!event.path("type").asText().equals("BOOKMARK")) {
              if (format == OutputFormat.NAME) {
                printNames(target, event.path("object"));
              } else {
                text.print(event.path("object"));
              }
            }
            return !out().checkError();
          });
    }

    private void follow(Targets target, java.util.function.Consumer<String> print) {
      String from =
          client.get(path(target, "")).path("metadata").path("resourceVersion").asText("");
      client.watch(
          path(target, watchQuery(from)),
          GatewayClient.JSON,
          event -> {
            requireNoError(event);
            if (!event.path("type").asText().equals("BOOKMARK")) {
              String separator = format == OutputFormat.YAML ? "---\n" : "";
              print.accept(separator + format.text(event.path("object")));
            }
            return !out().checkError();
          });
    }

    private JsonNode objects(List<Targets> targets) {
      if (targets.size() == 1) {
        return client.get(
            targets.get(0).name().isPresent()
                ? targets.get(0).path(namespace.name)
                : path(targets.get(0), ""));
      }
      ObjectNode list = JsonNodeFactory.instance.objectNode();
      list.put("apiVersion", "v1").put("kind", "List");
      List<JsonNode> items = new ArrayList<>();
      for (Targets target : targets) {
        if (target.name().isPresent()) {
          items.add(client.get(target.path(namespace.name)));
        } else {
          client.get(path(target, "")).path("items").forEach(items::add);
        }
      }
      list.putArray("items").addAll(items);
      return list;
    }
  }

  private boolean allNamespaces(Targets target) {
    return allNamespaces && target.kind().namespaced();
  }

  private static String watchQuery(String from) {
    return "watch=true&allowWatchBookmarks=true&resourceVersion=" + from;
  }

  /** The collection's path, or the object's; watches are always on the collection. */
  private String path(Targets target, String query) {
    boolean object = target.name().isPresent() && query.isEmpty();
    String base =
        object
            ? target.path(namespace.name)
            : target.kind().path(allNamespaces ? Optional.empty() : Optional.of(namespace.name));
    List<String> parameters = new ArrayList<>();
    if (!query.isEmpty()) {
      parameters.add(query);
    }
    if (!object && selector != null) {
      parameters.add("labelSelector=" + ResourceKind.encode(selector));
    }
    if (!object && (fieldSelector != null || target.name().isPresent())) {
      String fields = target.name().map(n -> "metadata.name=" + n).orElse(fieldSelector);
      parameters.add("fieldSelector=" + ResourceKind.encode(fields));
    }
    return parameters.isEmpty() ? base : base + "?" + String.join("&", parameters);
  }

  private static void requireNoError(JsonNode event) {
    if (event.path("type").asText().equals("ERROR")) {
      throw new CommandFailure(
          "the watch ended: " + event.path("object").path("message").asText("unknown reason"));
    }
  }
}
