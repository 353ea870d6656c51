package io.hawser.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.ops.client.GatewayClient;
import io.hawser.ops.client.ResourceKind;

/** Whether a node gets new pods. */
final class NodeCordon {
  private NodeCordon() {}

  static String plain(String node) {
    return node.replaceFirst("^(nodes?|no)/", "");
  }

  /** False: it was so already. */
  static boolean set(GatewayClient client, String node, boolean unschedulable) {
    String path = ResourceKind.NODES.path("", plain(node));
    JsonNode present = client.get(path);
    if (present.path("spec").path("unschedulable").asBoolean() == unschedulable) {
      return false;
    }
    ObjectNode patch = JsonNodeFactory.instance.objectNode();
    ObjectNode spec = patch.putObject("spec");
    if (unschedulable) {
      spec.put("unschedulable", true);
    } else {
      spec.putNull("unschedulable");
    }
    client.patch(path, GatewayClient.STRATEGIC_PATCH, patch);
    return true;
  }
}
