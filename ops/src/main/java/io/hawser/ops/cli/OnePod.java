package io.hawser.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.hawser.ops.client.ApiKinds;
import io.hawser.ops.client.CommandFailure;
import io.hawser.ops.client.GatewayClient;
import io.hawser.ops.client.ResourceKind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import picocli.CommandLine.ParameterException;

/**
 * The pod that a user names where a command is about one: {@code NAME}, {@code pod/NAME}, or a
 * workload such as {@code deployment/web}, which means one of its pods, as for kubectl.
 *
 * @param others how many more pods the workload has
 */
record OnePod(String name, int others) {

  /**
   * @param kinds of the cluster; only asked for a workload
   * @param usage makes the exception for an argument that is wrong
   */
  static OnePod named(
      String word,
      String namespace,
      GatewayClient client,
      ApiKinds kinds,
      Function<String, ParameterException> usage) {
    String name = word.replaceFirst("^(pods?|po)/", "");
    if (!name.contains("/")) {
      return new OnePod(name, 0);
    }
    Targets workload = Targets.one(List.of(name), kinds, usage);
    JsonNode selector = client.get(workload.path(namespace)).at("/spec/selector");
    if (!selector.isObject()) {
      throw usage.apply("expected a pod or a workload with pods, got " + workload.label());
    }
    String path =
        ResourceKind.PODS.path(Optional.of(namespace))
            + "?labelSelector="
            + ResourceKind.encode(labels(selector));
    List<JsonNode> pods = new ArrayList<>();
    client.get(path).path("items").forEach(pods::add);
    if (pods.isEmpty()) {
      throw new CommandFailure(workload.label() + " has no pods");
    }
    return new OnePod(
        pods.stream().min(PREFERENCE).orElseThrow().at("/metadata/name").asText(), pods.size() - 1);
  }

  /** One that serves before one that only runs, then those that stay; the oldest of equals. */
  private static final Comparator<JsonNode> PREFERENCE =
      Comparator.comparing((JsonNode pod) -> pod.path("metadata").has("deletionTimestamp"))
          .thenComparing(pod -> !pod.at("/status/containerStatuses/0/ready").asBoolean())
          .thenComparing(pod -> !pod.at("/status/phase").asText().equals("Running"))
          .thenComparing(pod -> pod.at("/metadata/creationTimestamp").asText())
          .thenComparing(pod -> pod.at("/metadata/name").asText());

  /** A selector object as the text of a {@code labelSelector}. */
  private static String labels(JsonNode selector) {
    List<String> terms = new ArrayList<>();
    selector
        .path("matchLabels")
        .properties()
        .forEach(label -> terms.add(label.getKey() + "=" + label.getValue().asText()));
    for (JsonNode expression : selector.path("matchExpressions")) {
      String key = expression.path("key").asText();
      List<String> values = new ArrayList<>();
      expression.path("values").forEach(value -> values.add(value.asText()));
      String among = " (" + String.join(",", values) + ")";
      terms.add(
          switch (expression.path("operator").asText()) {
            case "In" -> key + " in" + among;
            case "NotIn" -> key + " notin" + among;
            case "DoesNotExist" -> "!" + key;
            default -> key;
          });
    }
    return String.join(",", terms);
  }
}
