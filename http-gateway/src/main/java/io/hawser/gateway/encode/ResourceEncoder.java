package io.hawser.gateway.encode;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.wire.Json;
import io.hawser.gateway.wire.Quantity;
import io.hawser.model.ResourceAmounts;
import java.util.TreeMap;

/** Writes resource lists. */
final class ResourceEncoder {
  private ResourceEncoder() {}

  /** Only what is more than none. */
  static ObjectNode encode(ResourceAmounts amounts) {
    ObjectNode node = Json.object();
    if (amounts.cpuMillis() > 0) {
      node.put("cpu", Quantity.cpu(amounts.cpuMillis()));
    }
    if (amounts.memoryBytes() > 0) {
      node.put("memory", Quantity.bytes(amounts.memoryBytes()));
    }
    if (amounts.ephemeralStorageBytes() > 0) {
      node.put("ephemeral-storage", Quantity.bytes(amounts.ephemeralStorageBytes()));
    }
    new TreeMap<>(amounts.extended()).forEach((name, n) -> node.put(name, Long.toString(n)));
    return node;
  }
}
