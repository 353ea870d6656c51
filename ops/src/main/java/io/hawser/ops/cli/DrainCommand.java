package io.hawser.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.ops.client.CommandFailure;
import io.hawser.ops.client.GatewayClient;
import io.hawser.ops.client.ResourceKind;
import io.hawser.ops.local.Deadline;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code hawser drain}: empties a node, politely. A pod with room elsewhere goes once another one
 * serves in its place; that is decided by the scheduler.
 */
@Command(
    name = "drain",
    description = "Cordon a node, move its pods away and wait until they are gone.")
final class DrainCommand extends HawserCommand {
  private static final int TOO_MANY_REQUESTS = 429;

  /** Between two looks, in milliseconds. */
  private static final long PAUSE_MILLIS = 500;

  @Parameters(paramLabel = "NODE")
  String node;

  @Option(
      names = {"--deadline", "--timeout"},
      paramLabel = "TIME",
      defaultValue = "5m",
      description =
          "Longest wait for all pods, such as 90s or 5m; what is left then stays"
              + " (default: ${DEFAULT-VALUE}).")
  String deadlineText;

  @Option(names = "--force", description = "Evict pods that nothing will replace, too.")
  boolean force;

  /** What is known of a pod that is to go; {@code why}: what it waits for. */
  private static final class Leaving {
    final JsonNode pod;
    boolean asked;
    String why = "not evicted yet";

    Leaving(JsonNode pod) {
      this.pod = pod;
    }

    String name() {
      return pod.path("metadata").path("name").asText();
    }
  }

  @Override
  public Integer call() {
    long seconds =
        TimeSpan.seconds(deadlineText)
            .filter(s -> s > 0)
            .orElseThrow(() -> usage("--deadline: expected a time such as 90s or 5m"));
    GatewayClient client = client();
    String name = NodeCordon.plain(node);
    client.get(ResourceKind.NODES.path("", name));
    Map<String, Leaving> leaving = new LinkedHashMap<>();
    for (JsonNode pod : podsOn(client, name)) {
      if (isOfDaemonSet(pod)) {
        out().println("pod/" + pod.at("/metadata/name").asText() + " stays: of a daemon set");
      } else {
        leaving.put(uid(pod), new Leaving(pod));
      }
    }
    refuseUnowned(leaving.values().stream().map(l -> l.pod).toList());
    NodeCordon.set(client, name, true);
    out().println("node/" + name + " cordoned");
    empty(client, name, leaving, Deadline.seconds(seconds, PAUSE_MILLIS));
    out().println("node/" + name + " drained");
    return DONE;
  }

  /** All pods at once: what one waits for does not hold up the next. */
  private void empty(
      GatewayClient client, String name, Map<String, Leaving> leaving, Deadline deadline) {
    long end = System.nanoTime() + deadline.seconds() * 1_000_000_000L;
    while (!leaving.isEmpty()) {
      for (Leaving pod : leaving.values()) {
        if (!pod.asked) {
          evict(client, pod, Math.max(1, (end - System.nanoTime()) / 1_000_000_000L));
        }
      }
      Map<String, JsonNode> there = new LinkedHashMap<>();
      podsOn(client, name).forEach(pod -> there.put(uid(pod), pod));
      for (String uid : List.copyOf(leaving.keySet())) {
        Leaving pod = leaving.get(uid);
        if (!there.containsKey(uid)) {
          leaving.remove(uid);
          out().println("pod/" + pod.name() + " evicted");
        } else if (pod.asked) {
          pod.why = why(there.get(uid));
        }
      }
      if (!leaving.isEmpty() && !deadline.pause()) {
        throw new CommandFailure(remained(name, leaving, deadline.seconds()));
      }
    }
  }

  private static String remained(String node, Map<String, Leaving> leaving, long seconds) {
    List<String> lines = new ArrayList<>();
    lines.add("node %s is not drained after %d s; what remained:".formatted(node, seconds));
    leaving.values().forEach(pod -> lines.add("pod " + pod.name() + ": " + pod.why));
    return String.join("\n  ", lines);
  }

  private static String why(JsonNode pod) {
    if (pod.path("metadata").hasNonNull("deletionTimestamp")) {
      return "it is stopping";
    }
    for (JsonNode condition : pod.path("status").path("conditions")) {
      if (condition.path("type").asText().equals("DisruptionTarget")) {
        return "waits for another pod to serve in its place";
      }
    }
    return "no other pod served in its place in time";
  }

  private static String uid(JsonNode pod) {
    return pod.path("metadata").path("uid").asText();
  }

  private static boolean isOfDaemonSet(JsonNode pod) {
    return pod.at("/metadata/ownerReferences/0/kind").asText().equals("DaemonSet");
  }

  private static List<JsonNode> podsOn(GatewayClient client, String node) {
    List<JsonNode> pods = new ArrayList<>();
    client
        .get(
            ResourceKind.PODS.path(Optional.empty())
                + "?fieldSelector="
                + ResourceKind.encode("spec.nodeName=" + node))
        .path("items")
        .forEach(pods::add);
    return pods;
  }

  private void refuseUnowned(List<JsonNode> pods) {
    List<String> alone =
        pods.stream()
            .filter(p -> p.path("metadata").path("ownerReferences").isEmpty())
            .map(p -> p.path("metadata").path("name").asText())
            .toList();
    if (!alone.isEmpty() && !force) {
      throw new CommandFailure(
          "nothing will replace "
              + String.join(", ", alone)
              + " when evicted; use --force to evict all the same");
    }
  }

  /** A budget's refusal is noted, and the pod asked again at the next look. */
  private static void evict(GatewayClient client, Leaving pod, long secondsLeft) {
    String namespace = pod.pod.path("metadata").path("namespace").asText();
    ObjectNode eviction = JsonNodeFactory.instance.objectNode();
    eviction.put("apiVersion", "policy/v1").put("kind", "Eviction");
    ObjectNode meta = eviction.putObject("metadata");
    meta.put("name", pod.name()).put("namespace", namespace);
    meta.putObject("annotations").put("hawser.io/move-within-seconds", Long.toString(secondsLeft));
    try {
      client.post(ResourceKind.PODS.path(namespace, pod.name()) + "/eviction", eviction);
      pod.asked = true;
    } catch (CommandFailure e) {
      if (e.httpCode() == TOO_MANY_REQUESTS) {
        pod.why = e.getMessage();
      } else if (e.isNotFound()) {
        pod.asked = true;
      } else {
        throw e;
      }
    }
  }
}
