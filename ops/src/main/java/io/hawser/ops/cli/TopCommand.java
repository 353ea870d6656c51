package io.hawser.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.ops.client.ResourceKind;
import io.hawser.ops.client.TableText;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code hawser top}: what nodes or pods use now. */
@Command(name = "top", description = "Show the cpu and memory that nodes' or pods' containers use.")
final class TopCommand extends HawserCommand {
  private static final String METRICS = "/apis/metrics.k8s.io/v1beta1";
  private static final String BINARY = "KMGTPE";

  @Parameters(paramLabel = "pods|nodes")
  String what;

  @Mixin NamespaceOption namespace;

  @Option(
      names = {"-A", "--all-namespaces"},
      description = "In all namespaces.")
  boolean allNamespaces;

  @Option(
      names = {"-l", "--selector"},
      paramLabel = "LABELS",
      description = "Only pods or nodes with these labels.")
  String selector;

  @Override
  public Integer call() {
    if (ResourceKind.NODES.isMeantBy(what)) {
      nodes();
    } else if (ResourceKind.PODS.isMeantBy(what)) {
      pods();
    } else {
      throw usage("expected pods or nodes, got " + what);
    }
    return DONE;
  }

  private String query() {
    return selector == null ? "" : "?labelSelector=" + ResourceKind.encode(selector);
  }

  private void pods() {
    String scope = allNamespaces ? "" : "/namespaces/" + ResourceKind.encode(namespace.name);
    ObjectNode table = table("Name", "CPU(cores)", "Memory(bytes)");
    for (JsonNode pod : client().get(METRICS + scope + "/pods" + query()).path("items")) {
      BigDecimal cpu = BigDecimal.ZERO;
      BigDecimal memory = BigDecimal.ZERO;
      for (JsonNode container : pod.path("containers")) {
        cpu = cpu.add(amount(container.at("/usage/cpu").asText()));
        memory = memory.add(amount(container.at("/usage/memory").asText()));
      }
      row(table, pod.path("metadata"), List.of(millis(cpu), mebibytes(memory)));
    }
    print(table, "No pods were measured yet.");
  }

  private void nodes() {
    Map<String, JsonNode> capacity = new HashMap<>();
    client()
        .get("/api/v1/nodes")
        .path("items")
        .forEach(n -> capacity.put(n.at("/metadata/name").asText(), n.at("/status/allocatable")));
    ObjectNode table = table("Name", "CPU(cores)", "CPU(%)", "Memory(bytes)", "Memory(%)");
    for (JsonNode node : client().get(METRICS + "/nodes" + query()).path("items")) {
      JsonNode has =
          capacity.getOrDefault(
              node.at("/metadata/name").asText(), JsonNodeFactory.instance.objectNode());
      BigDecimal cpu = amount(node.at("/usage/cpu").asText());
      BigDecimal memory = amount(node.at("/usage/memory").asText());
      row(
          table,
          node.path("metadata"),
          List.of(
              millis(cpu),
              percent(cpu, has.path("cpu").asText("0")),
              mebibytes(memory),
              percent(memory, has.path("memory").asText("0"))));
    }
    print(table, "No nodes were measured yet.");
  }

  private static ObjectNode table(String... columns) {
    ObjectNode table = JsonNodeFactory.instance.objectNode();
    for (String column : columns) {
      table.withArray("/columnDefinitions").addObject().put("name", column);
    }
    return table;
  }

  private static void row(ObjectNode table, JsonNode meta, List<String> cells) {
    ObjectNode row = table.withArray("/rows").addObject();
    row.putObject("object").set("metadata", meta);
    row.withArray("/cells").add(meta.path("name").asText());
    cells.forEach(row.withArray("/cells")::add);
  }

  private void print(ObjectNode table, String nothing) {
    boolean ofPods = table.path("columnDefinitions").size() == 3;
    new TableText(false, allNamespaces && ofPods, out()::println).print(table);
    if (table.path("rows").isEmpty()) {
      err().println(nothing);
    }
  }

  /** A quantity as the metrics and nodes write them: {@code 250m}, {@code 2}, {@code 32Mi}. */
  private static BigDecimal amount(String text) {
    if (text.endsWith("i")) {
      int power = BINARY.indexOf(text.charAt(text.length() - 2)) + 1;
      return new BigDecimal(text.substring(0, text.length() - 2))
          .multiply(BigDecimal.valueOf(1024).pow(power));
    }
    return text.endsWith("m")
        ? new BigDecimal(text.substring(0, text.length() - 1)).movePointLeft(3)
        : new BigDecimal(text.isEmpty() ? "0" : text);
  }

  private static String millis(BigDecimal cores) {
    return cores.movePointRight(3).longValue() + "m";
  }

  private static String mebibytes(BigDecimal bytes) {
    return (bytes.longValue() >> 20) + "Mi";
  }

  private static String percent(BigDecimal used, String of) {
    BigDecimal all = amount(of);
    return all.signum() == 0
        ? "?"
        : used.movePointRight(2).divide(all, 0, java.math.RoundingMode.DOWN) + "%";
  }
}
