package io.hawser.gateway.encode;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.wire.Quantity;
import io.hawser.model.LimitRange;
import io.hawser.model.ResourceAmounts;
import io.hawser.model.ResourceQuota;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Writes quotas and limit ranges. */
public final class QuotaEncoder {
  private QuotaEncoder() {}

  public static void quota(ResourceQuota quota, ObjectNode node) {
    amounts(node.putObject("spec").putObject("hard"), quota.hard());
    ObjectNode status = node.putObject("status");
    amounts(status.putObject("hard"), quota.hard());
    amounts(status.putObject("used"), quota.status().used());
  }

  private static void amounts(ObjectNode node, Map<String, Long> amounts) {
    new TreeMap<>(amounts).forEach((name, amount) -> node.put(name, text(name, amount)));
  }

  private static String text(String name, long amount) {
    return name.endsWith("cpu")
        ? Quantity.cpu(amount)
        : name.endsWith("memory") || name.endsWith("storage")
            ? Quantity.bytes(amount)
            : Long.toString(amount);
  }

  /**
   * Used and hard of each, as {@code kubectl get} shows it.
   *
   * @param limits true: the limits; false: the rest
   */
  public static String text(ResourceQuota quota, boolean limits) {
    return new TreeMap<>(quota.hard())
        .entrySet().stream()
            .filter(e -> e.getKey().startsWith("limits.") == limits)
            .map(
                e ->
                    e.getKey()
                        + ": "
                        + text(e.getKey(), quota.status().used().getOrDefault(e.getKey(), 0L))
                        + "/"
                        + text(e.getKey(), e.getValue()))
            .collect(Collectors.joining(", "));
  }

  public static void range(LimitRange range, ObjectNode node) {
    ObjectNode limit = node.putObject("spec").putArray("limits").addObject();
    limit.put("type", "Container");
    put(limit, "default", range.limits());
    put(limit, "defaultRequest", range.requests());
    put(limit, "min", range.min());
    put(limit, "max", range.max());
  }

  private static void put(ObjectNode node, String field, ResourceAmounts amounts) {
    ObjectNode child = ResourceEncoder.encode(amounts);
    if (!child.isEmpty()) {
      node.set(field, child);
    }
  }
}
