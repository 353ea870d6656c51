package io.hawser.model;

import java.util.Map;
import java.util.Optional;

/**
 * How much all pods of a namespace may ask for together; Kubernetes' {@code core/v1 ResourceQuota}.
 *
 * @param hard by name: {@code pods}, {@code persistentvolumeclaims}, and {@code requests.cpu},
 *     {@code limits.cpu} in thousandths of a core, {@code requests.memory}, {@code limits.memory},
 *     {@code requests.storage} in bytes
 */
public record ResourceQuota(ObjectMeta meta, Map<String, Long> hard, Status status)
    implements ApiObject {
  public ResourceQuota {
    hard = Map.copyOf(hard);
  }

  /**
   * What is taken.
   *
   * @param used as {@code hard}
   */
  public record Status(Map<String, Long> used) implements ObjectStatus {
    public static final Status NONE = new Status(Map.of());

    public Status {
      used = Map.copyOf(used);
    }
  }

  @Override
  public ResourceQuota withMeta(ObjectMeta newMeta) {
    return new ResourceQuota(newMeta, hard, status);
  }

  @Override
  public Optional<ObjectStatus> currentStatus() {
    return Optional.of(status);
  }

  @Override
  public ResourceQuota withStatus(ObjectStatus newStatus) {
    return new ResourceQuota(meta, hard, (Status) newStatus);
  }
}
