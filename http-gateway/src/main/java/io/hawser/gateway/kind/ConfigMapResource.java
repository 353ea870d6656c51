package io.hawser.gateway.kind;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.wire.DataFields;
import io.hawser.gateway.wire.Fields;
import io.hawser.gateway.wire.Json;
import io.hawser.model.ConfigMap;
import io.hawser.model.ObjectMeta;
import java.util.List;
import java.util.Map;

/** Config maps, {@code core/v1}. */
final class ConfigMapResource extends ObjectResource<ConfigMap> {
  ConfigMapResource() {
    super(
        new ResourceType(
            "",
            "v1",
            "ConfigMap",
            "configmaps",
            "configmap",
            List.of("cm"),
            true,
            ResourceType.ALL,
            List.of()),
        ConfigMap.class);
  }

  @Override
  ConfigMap read(ObjectMeta meta, Fields root) {
    Map<String, String> data = DataFields.text(root, "data");
    Map<String, String> binary = DataFields.base64(root, "binaryData");
    binary.keySet().stream()
        .filter(data::containsKey)
        .forEach(k -> root.causes().duplicate(root.path("binaryData." + k), k));
    return new ConfigMap(meta, data, binary, root.bool("immutable").orElse(false));
  }

  @Override
  void write(ConfigMap map, ObjectNode node) {
    Json.putIfSet(node, "data", map.data());
    Json.putIfSet(node, "binaryData", map.binaryData());
    if (map.immutable()) {
      node.put("immutable", true);
    }
  }

  @Override
  public List<Column<ConfigMap>> columns() {
    return List.of(
        name(), Column.number("Data", (m, c) -> m.data().size() + m.binaryData().size()), age());
  }
}
