package io.hawser.gateway.kind;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.decode.QuotaFields;
import io.hawser.gateway.encode.QuotaEncoder;
import io.hawser.gateway.wire.Fields;
import io.hawser.model.LimitRange;
import io.hawser.model.ObjectMeta;
import java.util.List;

/** Limit ranges, {@code core/v1}. */
final class LimitRangeResource extends ObjectResource<LimitRange> {
  LimitRangeResource() {
    super(
        new ResourceType(
            "",
            "v1",
            "LimitRange",
            "limitranges",
            "limitrange",
            List.of("limits"),
            true,
            ResourceType.ALL,
            List.of()),
        LimitRange.class);
  }

  @Override
  LimitRange read(ObjectMeta meta, Fields root) {
    return QuotaFields.range(meta, root);
  }

  @Override
  void write(LimitRange range, ObjectNode node) {
    QuotaEncoder.range(range, node);
  }
}
