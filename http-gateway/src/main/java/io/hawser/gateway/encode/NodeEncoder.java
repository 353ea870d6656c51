package io.hawser.gateway.encode;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.wire.Json;
import io.hawser.model.Condition;
import io.hawser.model.Node;
import io.hawser.model.NodeInfo;
import java.util.List;
import java.util.TreeMap;

/** Writes a {@code core/v1 Node}. */
public final class NodeEncoder {
  private NodeEncoder() {}

  public static ObjectNode encode(Node n) {
    ObjectNode node = Json.object("Node", "v1");
    ObjectNode meta = MetaEncoder.encode(n.meta());
    TreeMap<String, String> labels = new TreeMap<>(n.meta().labels());
    // kubectl reads a node's roles from its labels.
    n.info().roles().forEach(role -> labels.put(ROLE_PREFIX + role, ""));
    Json.putIfSet(meta, "labels", labels);
    node.set("metadata", meta);
    ObjectNode spec = node.putObject("spec");
    Json.putIfSet(spec, "podCIDR", n.info().podSubnet());
    if (!n.info().podSubnet().isEmpty()) {
      spec.putArray("podCIDRs").add(n.info().podSubnet());
    }
    spec.put("providerID", "hawser://" + n.name());
    taints(spec, n);
    if (n.unschedulable()) {
      spec.put("unschedulable", true);
    }
    node.set("status", status(n));
    return node;
  }

  /** Labels under this prefix show the node's roles; they are not stored. */
  public static final String ROLE_PREFIX = "node-role.kubernetes.io/";

  private static void taints(ObjectNode spec, Node n) {
    if (!n.taints().isEmpty()) {
      ArrayNode list = spec.putArray("taints");
      n.taints()
          .forEach(
              taint -> {
                ObjectNode child = list.addObject().put("key", taint.key());
                Json.putIfSet(child, "value", taint.value());
                child.put("effect", Words.camel(taint.effect()));
                taint.since().ifPresent(at -> child.put("timeAdded", Json.time(at)));
              });
    }
  }

  private static ObjectNode status(Node n) {
    NodeInfo info = n.info();
    ObjectNode status = Json.object();
    for (String field : List.of("capacity", "allocatable")) {
      ObjectNode amounts = ResourceEncoder.encode(info.capacity());
      // As a kubelet tells it; a limit in bytes that nothing divides is hard to read.
      amounts.put("memory", info.capacity().memoryBytes() / 1024 + "Ki");
      amounts.put("pods", Integer.toString(info.maxPods()));
      status.set(field, amounts);
    }
    Condition ready =
        new Condition(
            "Ready",
            n.isReady() ? "True" : "Unknown",
            n.isReady() ? "NodeReady" : "NodeLost",
            n.isReady() ? "the node is a member of the cluster" : n.stateReason(),
            n.since(),
            n.since());
    ObjectNode condition =
        status
            .putArray("conditions")
            .addObject()
            .put("type", ready.type())
            .put("status", ready.status());
    condition.put("lastHeartbeatTime", Json.time(ready.lastUpdateAt()));
    condition.put("lastTransitionTime", Json.time(ready.lastTransitionAt()));
    condition.put("reason", ready.reason()).put("message", ready.message());
    ArrayNode addresses = status.putArray("addresses");
    addresses.addObject().put("type", "InternalIP").put("address", info.ip());
    addresses.addObject().put("type", "Hostname").put("address", n.name());
    status
        .putObject("nodeInfo")
        .put("machineID", "")
        .put("systemUUID", "")
        .put("bootID", info.incarnation())
        .put("kernelVersion", info.kernelVersion())
        .put("osImage", info.osImage())
        .put("containerRuntimeVersion", "hawser://" + info.version())
        .put("kubeletVersion", info.version())
        .put("kubeProxyVersion", "")
        .put("operatingSystem", "linux")
        .put("architecture", info.architecture());
    return status;
  }
}
