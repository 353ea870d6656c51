package io.hawser.model;

import java.util.Map;

/**
 * Settings for pods; Kubernetes' {@code core/v1 ConfigMap}.
 *
 * @param binaryData values in Base64
 * @param immutable true: its data never changes again
 */
public record ConfigMap(
    ObjectMeta meta, Map<String, String> data, Map<String, String> binaryData, boolean immutable)
    implements ApiObject {
  public ConfigMap {
    data = Map.copyOf(data);
    binaryData = Map.copyOf(binaryData);
  }

  @Override
  public ConfigMap withMeta(ObjectMeta newMeta) {
    return new ConfigMap(newMeta, data, binaryData, immutable);
  }
}
