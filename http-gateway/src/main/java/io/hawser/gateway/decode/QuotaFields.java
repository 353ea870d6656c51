package io.hawser.gateway.decode;

import com.fasterxml.jackson.databind.JsonNode;
import io.hawser.gateway.wire.Fields;
import io.hawser.gateway.wire.Quantity;
import io.hawser.model.LimitRange;
import io.hawser.model.ObjectMeta;
import io.hawser.model.ResourceAmounts;
import io.hawser.model.ResourceQuota;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads quotas and limit ranges. */
public final class QuotaFields {
  private static final List<String> NAMES =
      List.of(
          "limits.cpu",
          "limits.memory",
          "persistentvolumeclaims",
          "pods",
          "requests.cpu",
          "requests.memory",
          "requests.storage");

  private QuotaFields() {}

  public static ResourceQuota quota(ObjectMeta meta, Fields root) {
    Map<String, Long> hard = new HashMap<>();
    root.requiredObject("spec", "expected what is limited")
        .ifPresent(
            spec -> {
              spec.object("hard")
                  .ifPresent(h -> h.entries().forEach((name, v) -> put(h, name, v, hard)));
              spec.unsupported("scopes", "scopeSelector");
              spec.end();
            });
    return new ResourceQuota(meta, hard, ResourceQuota.Status.NONE);
  }

  private static void put(Fields fields, String name, JsonNode value, Map<String, Long> hard) {
    String known = name.equals("cpu") || name.equals("memory") ? "requests." + name : name;
    Optional<Long> amount = known.endsWith("cpu") ? Quantity.millis(value) : Quantity.units(value);
    if (!NAMES.contains(known)) {
      fields.causes().notSupported(fields.path(name), name, NAMES);
    } else if (amount.isEmpty()) {
      fields.causes().invalid(fields.path(name), value, "must be a quantity of 0 or more");
    } else {
      hard.put(known, amount.get());
    }
  }

  public static LimitRange range(ObjectMeta meta, Fields root) {
    LimitRange none =
        new LimitRange(
            meta,
            ResourceAmounts.NONE,
            ResourceAmounts.NONE,
            ResourceAmounts.NONE,
            ResourceAmounts.NONE);
    List<LimitRange> ranges =
        root.requiredObject("spec", "expected limits")
            .map(
                spec -> {
                  List<LimitRange> read = spec.objects("limits", l -> range(meta, l, none));
                  if (read.size() != 1) {
                    spec.causes()
                        .required(spec.path("limits"), "expected exactly one, of Container");
                  }
                  spec.end();
                  return read;
                })
            .orElse(List.of());
    return ranges.isEmpty() ? none : ranges.get(0);
  }

  private static LimitRange range(ObjectMeta meta, Fields limit, LimitRange none) {
    limit.requiredText("type", "expected Container");
    limit.oneOf("type", List.of("Container"));
    ResourceAmounts max = amounts(limit, "max");
    ResourceAmounts limits = amounts(limit, "default");
    // As in Kubernetes: a maximum is the default limit, a default limit the default request.
    ResourceAmounts limitsOrMax = limit.has("default") ? limits : max;
    ResourceAmounts requests = amounts(limit, "defaultRequest");
    LimitRange read =
        new LimitRange(
            meta,
            limitsOrMax,
            limit.has("defaultRequest") ? requests : limitsOrMax,
            amounts(limit, "min"),
            max);
    limit.unsupported("maxLimitRequestRatio");
    limit.end();
    return read;
  }

  private static ResourceAmounts amounts(Fields limit, String field) {
    return limit.object(field).map(ContainerDecoder::amounts).orElse(ResourceAmounts.NONE);
  }
}
