package io.hawser.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.ops.client.Deployer;
import io.hawser.ops.client.GatewayClient;
import io.hawser.ops.client.Texts;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;

/** {@code hawser kubeconfig}: the file that kubectl and client libraries want. */
@Command(
    name = "kubeconfig",
    description = "Print the configuration file for kubectl and other Kubernetes clients.",
    footer = "Example: hawser kubeconfig > c; kubectl --kubeconfig c get pods")
final class KubeconfigCommand extends HawserCommand {
  private static final String NAME = "hawser";

  /** How long a new node may take to make its key. */
  private static final Duration KEY_PATIENCE = Duration.ofSeconds(10);

  @Override
  public Integer call() {
    GatewayClient client = client();
    ObjectNode file = JsonNodeFactory.instance.objectNode();
    file.put("apiVersion", "v1").put("kind", "Config").put("current-context", NAME);
    ObjectNode cluster = file.putArray("clusters").addObject().put("name", NAME);
    putServer(cluster.putObject("cluster"), client);
    ObjectNode user = file.putArray("users").addObject();
    user.put("name", NAME).putObject("user").put("token", client.token());
    ObjectNode context = file.putArray("contexts").addObject();
    context.put("name", NAME).putObject("context").put("cluster", NAME).put("user", NAME);
    out().println(Texts.yaml(file));
    return DONE;
  }

  /**
   * The port with TLS: Go's clients send a token over nothing else. A new node makes its key in its
   * first seconds.
   */
  private static void putServer(ObjectNode cluster, GatewayClient client) {
    long deadline = System.nanoTime() + KEY_PATIENCE.toNanos();
    JsonNode secured = client.get(Deployer.STATUS_PATH).path("kubernetes");
    while (!secured.has("server") && System.nanoTime() < deadline) {
      LockSupport.parkNanos(Duration.ofMillis(250).toNanos());
      secured = client.get(Deployer.STATUS_PATH).path("kubernetes");
    }
    if (secured.has("server")) {
      cluster.put("server", secured.path("server").asText());
      cluster.set("certificate-authority-data", secured.path("certificateAuthorityData"));
    } else {
      // No key could be made (the node's log says why): other clients than Go's still work.
      cluster.put("server", client.answering().toString());
    }
  }
}
