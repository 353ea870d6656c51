package io.hawser.model;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A directory of one node's disk that holds the data of a {@link PersistentVolumeClaim};
 * Kubernetes' {@code core/v1 PersistentVolume}, without a namespace. The scheduler makes it when it
 * places the first pod that uses the claim. Users may change what becomes of it ({@code
 * reclaimPolicy}, labels and annotations), and delete it.
 *
 * @param meta its name is the directory's, {@code pvc-UID} with the claim's uid, used once for all
 *     time
 * @param node where the directory is
 */
public record PersistentVolume(
    ObjectMeta meta,
    long capacityBytes,
    List<PersistentVolumeClaim.AccessMode> accessModes,
    ReclaimPolicy reclaimPolicy,
    String storageClass,
    ClaimReference claim,
    String node,
    Status status)
    implements ApiObject {
  public PersistentVolume {
    accessModes = List.copyOf(accessModes);
  }

  /** What becomes of the data once the claim is gone. */
  public enum ReclaimPolicy {
    DELETE,
    RETAIN
  }

  /** Which claim it was made for. */
  public record ClaimReference(String namespace, String name, String uid) {
    public ObjectName objectName() {
      return new ObjectName(namespace, name);
    }
  }

  /** Whether its claim is there. */
  public enum Phase {
    BOUND,
    RELEASED
  }

  /**
   * What the scheduler says of it.
   *
   * @param deletionRequestedAt present: a user wants it gone, which waits for its claim
   */
  public record Status(Phase phase, Optional<Instant> deletionRequestedAt) implements ObjectStatus {
    public static final Status BOUND = new Status(Phase.BOUND, Optional.empty());

    public Status released() {
      return new Status(Phase.RELEASED, deletionRequestedAt);
    }

    public Status deletedAt(Instant at) {
      return new Status(phase, Optional.of(at));
    }
  }

  /** Name of the volume of a claim. */
  public static String nameFor(PersistentVolumeClaim claim) {
    return "pvc-" + claim.meta().uid();
  }

  /** The volume that a claim gets on a node. */
  public static PersistentVolume of(
      PersistentVolumeClaim claim, String node, String uid, Instant at) {
    ObjectMeta meta = new ObjectMeta("", nameFor(claim), uid, 1, 0, at, Map.of(), Map.of());
    return new PersistentVolume(
        meta,
        claim.spec().requestedBytes(),
        claim.spec().accessModes(),
        ReclaimPolicy.DELETE,
        claim.spec().storageClass(),
        new ClaimReference(claim.meta().namespace(), claim.meta().name(), claim.meta().uid()),
        node,
        Status.BOUND);
  }

  public boolean isReleased() {
    return status.phase == Phase.RELEASED;
  }

  /** Its node is to remove the directory. */
  public boolean isToBeRemoved() {
    return isReleased() && reclaimPolicy == ReclaimPolicy.DELETE;
  }

  public PersistentVolume withReclaimPolicy(ReclaimPolicy policy) {
    return new PersistentVolume(
        meta, capacityBytes, accessModes, policy, storageClass, claim, node, status);
  }

  @Override
  public PersistentVolume withMeta(ObjectMeta newMeta) {
    return new PersistentVolume(
        newMeta, capacityBytes, accessModes, reclaimPolicy, storageClass, claim, node, status);
  }

  @Override
  public Optional<ObjectStatus> currentStatus() {
    return Optional.of(status);
  }

  @Override
  public PersistentVolume withStatus(ObjectStatus newStatus) {
    return new PersistentVolume(
        meta,
        capacityBytes,
        accessModes,
        reclaimPolicy,
        storageClass,
        claim,
        node,
        (Status) newStatus);
  }
}
