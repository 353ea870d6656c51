package io.hawser.model;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A wish for a directory that outlives pods; Kubernetes' {@code core/v1 PersistentVolumeClaim}. It
 * waits until a pod that uses it is placed, and is then bound to a {@link PersistentVolume} on that
 * pod's node, for good.
 */
public record PersistentVolumeClaim(ObjectMeta meta, Spec spec, Status status)
    implements ApiObject {

  /** The only storage class: directories of the nodes' own disks. */
  public static final String LOCAL_CLASS = "local";

  /** Who may use a volume at the same time. Local directories can't be used from several nodes. */
  public enum AccessMode {
    READ_WRITE_ONCE,
    READ_WRITE_ONCE_POD
  }

  /**
   * What a user asked for.
   *
   * @param accessModes at least one
   * @param requestedBytes counted by quotas; nothing enforces it on the disk
   */
  public record Spec(List<AccessMode> accessModes, long requestedBytes, String storageClass) {
    public Spec {
      accessModes = List.copyOf(accessModes);
      storageClass = storageClass == null ? LOCAL_CLASS : storageClass;
    }
  }

  /** What became of the wish. */
  public enum Phase {
    PENDING,
    BOUND
  }

  /**
   * What the scheduler says of it.
   *
   * @param volume name of the {@link PersistentVolume}; present exactly while it is bound
   * @param node where that is; present exactly while it is bound
   * @param capacityBytes of the volume; 0 while it is not bound
   * @param deletionRequestedAt present: it goes as soon as no pod uses it any more
   */
  public record Status(
      Phase phase,
      Optional<String> volume,
      Optional<String> node,
      long capacityBytes,
      Optional<Instant> deletionRequestedAt)
      implements ObjectStatus {
    public static final Status NONE =
        new Status(Phase.PENDING, Optional.empty(), Optional.empty(), 0, Optional.empty());

    public Status boundTo(PersistentVolume bound) {
      return new Status(
          Phase.BOUND,
          Optional.of(bound.meta().name()),
          Optional.of(bound.node()),
          bound.capacityBytes(),
          deletionRequestedAt);
    }

    public Status deletedAt(Instant at) {
      return new Status(phase, volume, node, capacityBytes, Optional.of(at));
    }
  }

  public boolean isBound() {
    return status.phase == Phase.BOUND;
  }

  public boolean isDeleting() {
    return status.deletionRequestedAt.isPresent();
  }

  /** Only one pod may use it at a time. */
  public boolean isForOnePod() {
    return spec.accessModes.contains(AccessMode.READ_WRITE_ONCE_POD);
  }

  @Override
  public PersistentVolumeClaim withMeta(ObjectMeta newMeta) {
    return new PersistentVolumeClaim(newMeta, spec, status);
  }

  @Override
  public Optional<ObjectStatus> currentStatus() {
    return Optional.of(status);
  }

  @Override
  public PersistentVolumeClaim withStatus(ObjectStatus newStatus) {
    return new PersistentVolumeClaim(meta, spec, (Status) newStatus);
  }
}
