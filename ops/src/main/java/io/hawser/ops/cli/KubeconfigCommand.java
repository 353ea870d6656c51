package io.hawser.ops.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.ops.client.GatewayClient;
import io.hawser.ops.client.Texts;
import picocli.CommandLine.Command;

/** {@code hawser kubeconfig}: the file that kubectl and client libraries want. */
@Command(
    name = "kubeconfig",
    description = "Print the configuration file for kubectl and other Kubernetes clients.",
    footer = "Example: hawser kubeconfig > c; kubectl --kubeconfig c get pods")
final class KubeconfigCommand extends HawserCommand {
  private static final String NAME = "hawser";

  @Override
  public Integer call() {
    GatewayClient client = client();
    ObjectNode file = JsonNodeFactory.instance.objectNode();
    file.put("apiVersion", "v1").put("kind", "Config").put("current-context", NAME);
    ObjectNode cluster =
        file.putArray("clusters").addObject().put("name", NAME).putObject("cluster");
    cluster.put("server", client.answering().toString());
    // kubectl sends a token over TLS only: where the gateway speaks it, that is what it gets.
    client
        .find("/apis/hawser.io/v1/status")
        .map(status -> status.path("kubernetes"))
        .filter(kubernetes -> kubernetes.hasNonNull("server"))
        .ifPresent(
            kubernetes -> {
              cluster.set("server", kubernetes.get("server"));
              cluster.set("certificate-authority-data", kubernetes.get("certificateAuthorityData"));
            });
    ObjectNode user = file.putArray("users").addObject();
    user.put("name", NAME).putObject("user").put("token", client.token());
    ObjectNode context = file.putArray("contexts").addObject();
    context.put("name", NAME).putObject("context").put("cluster", NAME).put("user", NAME);
    out().println(Texts.yaml(file));
    return DONE;
  }
}
