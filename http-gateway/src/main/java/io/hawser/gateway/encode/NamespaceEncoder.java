package io.hawser.gateway.encode;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.wire.Json;
import io.hawser.model.Namespace;

/** Writes a {@code core/v1 Namespace}. */
public final class NamespaceEncoder {
  private NamespaceEncoder() {}

  public static ObjectNode encode(Namespace namespace) {
    ObjectNode node = Json.object("Namespace", "v1");
    node.set("metadata", MetaEncoder.encode(namespace.meta()));
    node.putObject("spec").putArray("finalizers").add("kubernetes");
    node.putObject("status").put("phase", "Active");
    return node;
  }
}
