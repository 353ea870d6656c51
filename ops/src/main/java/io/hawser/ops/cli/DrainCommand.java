package io.hawser.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.ops.client.CommandFailure;
import io.hawser.ops.client.GatewayClient;
import io.hawser.ops.client.ResourceKind;
import io.hawser.ops.local.Deadline;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code hawser drain}: empties a node, politely. */
@Command(
    name = "drain",
    description = "Cordon a node, evict its pods and wait until they are gone.")
final class DrainCommand extends HawserCommand {
  private static final int TOO_MANY_REQUESTS = 429;

  @Parameters(paramLabel = "NODE")
  String node;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "120",
      description = "Longest wait for all pods (default: ${DEFAULT-VALUE}).")
  int timeoutSeconds;

  @Option(names = "--force", description = "Evict pods that nothing will replace, too.")
  boolean force;

  /** A pod that was asked to go. */
  private record Evicted(String name, String path, String uid) {}

  @Override
  public Integer call() {
    GatewayClient client = client();
    String name = NodeCordon.plain(node);
    List<JsonNode> pods = podsOn(client, name);
    refuseUnowned(pods);
    NodeCordon.set(client, name, true);
    out().println("node/" + name + " cordoned");
    Deadline deadline = Deadline.seconds(timeoutSeconds);
    List<Evicted> evicted = new ArrayList<>();
    for (JsonNode pod : pods) {
      evict(client, pod, deadline).ifPresent(evicted::add);
    }
    for (Evicted pod : evicted) {
      awaitGone(client, pod, deadline);
      out().println("pod/" + pod.name() + " evicted");
    }
    out().println("node/" + name + " drained");
    return DONE;
  }

  private static List<JsonNode> podsOn(GatewayClient client, String node) {
    client.get(ResourceKind.NODES.path("", node));
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

  /** Empty when the pod was gone already. */
  private Optional<Evicted> evict(GatewayClient client, JsonNode pod, Deadline deadline) {
    JsonNode meta = pod.path("metadata");
    String name = meta.path("name").asText();
    String path = ResourceKind.PODS.path(meta.path("namespace").asText(), name);
    ObjectNode eviction = JsonNodeFactory.instance.objectNode();
    eviction.put("apiVersion", "policy/v1").put("kind", "Eviction");
    eviction
        .putObject("metadata")
        .put("name", name)
        .put("namespace", meta.path("namespace").asText());
    while (true) {
      try {
        client.post(path + "/eviction", eviction);
        return Optional.of(new Evicted(name, path, meta.path("uid").asText()));
      } catch (CommandFailure e) {
        if (e.isNotFound()) {
          return Optional.empty();
        }
        if (e.httpCode() != TOO_MANY_REQUESTS || !deadline.pause()) {
          throw e;
        }
      }
    }
  }

  private static void awaitGone(GatewayClient client, Evicted pod, Deadline deadline) {
    while (client
        .find(pod.path())
        .filter(p -> p.path("metadata").path("uid").asText().equals(pod.uid()))
        .isPresent()) {
      if (!deadline.pause()) {
        throw new CommandFailure(
            "pod " + pod.name() + " is not gone after " + deadline.seconds() + " s");
      }
    }
  }
}
