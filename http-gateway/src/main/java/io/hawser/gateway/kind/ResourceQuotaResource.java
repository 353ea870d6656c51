package io.hawser.gateway.kind;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.decode.QuotaFields;
import io.hawser.gateway.encode.QuotaEncoder;
import io.hawser.gateway.wire.Fields;
import io.hawser.model.ObjectMeta;
import io.hawser.model.ResourceQuota;
import java.util.List;

/** Resource quotas, {@code core/v1}. */
final class ResourceQuotaResource extends ObjectResource<ResourceQuota> {
  ResourceQuotaResource() {
    super(
        new ResourceType(
            "",
            "v1",
            "ResourceQuota",
            "resourcequotas",
            "resourcequota",
            List.of("quota"),
            true,
            ResourceType.ALL,
            List.of()),
        ResourceQuota.class);
  }

  @Override
  ResourceQuota read(ObjectMeta meta, Fields root) {
    return QuotaFields.quota(meta, root);
  }

  @Override
  void write(ResourceQuota quota, ObjectNode node) {
    QuotaEncoder.quota(quota, node);
  }

  @Override
  public List<Column<ResourceQuota>> columns() {
    return List.of(
        name(),
        Column.text("Request", (q, c) -> QuotaEncoder.text(q, false)),
        Column.text("Limit", (q, c) -> QuotaEncoder.text(q, true)),
        age());
  }
}
