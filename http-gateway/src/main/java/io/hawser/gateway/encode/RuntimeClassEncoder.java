package io.hawser.gateway.encode;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.wire.Json;
import io.hawser.model.ResourceAmounts;
import io.hawser.model.RuntimeClass;

/** Writes what a {@code node.k8s.io/v1 RuntimeClass} has beside its metadata. */
public final class RuntimeClassEncoder {
  private RuntimeClassEncoder() {}

  public static void write(RuntimeClass runtime, ObjectNode node) {
    node.put("handler", runtime.handler());
    if (!runtime.overhead().equals(ResourceAmounts.NONE)) {
      node.putObject("overhead").set("podFixed", ResourceEncoder.encode(runtime.overhead()));
    }
    if (!runtime.nodeSelector().isEmpty() || !runtime.tolerations().isEmpty()) {
      ObjectNode scheduling = node.putObject("scheduling");
      Json.putIfSet(scheduling, "nodeSelector", runtime.nodeSelector());
      PodSpecEncoder.tolerations(scheduling, runtime.tolerations());
    }
  }
}
