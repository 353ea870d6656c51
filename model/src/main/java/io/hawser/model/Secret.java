package io.hawser.model;

import java.util.Map;

/**
 * Settings for pods that nobody else should read; Kubernetes' {@code core/v1 Secret}. Its text form
 * tells no values, nor annotations, where {@code kubectl apply} keeps a copy of them.
 *
 * @param type {@code Opaque}, {@code kubernetes.io/dockerconfigjson} and the like
 * @param data values in Base64
 * @param immutable true: its data never changes again
 */
public record Secret(ObjectMeta meta, String type, Map<String, String> data, boolean immutable)
    implements ApiObject {
  public static final String OPAQUE = "Opaque";

  public Secret {
    data = Map.copyOf(data);
  }

  @Override
  public Secret withMeta(ObjectMeta newMeta) {
    return new Secret(newMeta, type, data, immutable);
  }

  @Override
  public String toString() {
    return "Secret[%s, %s, %d values]".formatted(meta.objectName(), type, data.size());
  }
}
