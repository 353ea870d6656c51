package io.hawser.scheduler.core;

import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.ApiObject;
import io.hawser.model.ObjectKey;
import io.hawser.model.ObjectName;
import io.hawser.model.PersistentVolume;
import io.hawser.model.PersistentVolumeClaim;
import io.hawser.model.StatefulSet;
import java.util.List;
import java.util.Optional;

/**
 * The end of volumes. One whose claim is gone is released; its node is told to remove the directory
 * when its policy is to delete, and the object goes when the node says that nothing is left, or
 * when the node itself was removed. Data that is retained is left where it is, for ever.
 */
final class Volumes {
  static final String KIND = PersistentVolume.class.getSimpleName();
  private static final String PLURAL = "persistentvolumes";

  private Volumes() {}

  private static Optional<PersistentVolume> find(ClusterState state, String name) {
    return state.objects().find(PersistentVolume.class, new ObjectName("", name));
  }

  /** Its claim is gone. */
  static void release(Draft draft, String name) {
    find(draft.state(), name)
        .ifPresent(volume -> OwnedBy.tell(draft, volume, volume.status().released()));
  }

  /** A node has removed these; what it was not told to remove is not heard. */
  static void removed(Draft draft, String node, List<String> names) {
    for (String name : names) {
      find(draft.state(), name)
          .filter(volume -> volume.isToBeRemoved() && volume.node().equals(node))
          .ifPresent(volume -> forget(draft, volume));
    }
  }

  /** A user wants the object gone; while a claim is bound to it, it stays. */
  static void delete(Draft draft, PersistentVolume volume) {
    if (volume.isReleased() && !volume.isToBeRemoved()) {
      forget(draft, volume);
    } else if (volume.status().deletionRequestedAt().isEmpty()) {
      OwnedBy.tell(draft, volume, volume.status().deletedAt(draft.now()));
    }
  }

  private static void forget(Draft draft, PersistentVolume volume) {
    draft.emit(new SchedulerEvent.ObjectDeleted(volume.key(), draft.now()));
  }

  /** Claims and volumes that this decision touched: those go of which nothing is needed. */
  static void settle(Draft draft) {
    for (Optional<ApiObject> next = draft.nextDirtyStorage();
        next.isPresent();
        next = draft.nextDirtyStorage()) {
      if (next.get() instanceof PersistentVolumeClaim claim) {
        Claims.settle(draft, claim);
      } else if (next.get() instanceof PersistentVolume volume) {
        settle(draft, volume);
      }
    }
  }

  private static void settle(Draft draft, PersistentVolume volume) {
    boolean nobody = !draft.state().nodes().containsKey(volume.node());
    boolean unwanted =
        volume.isToBeRemoved() ? nobody : volume.status().deletionRequestedAt().isPresent();
    if (volume.isReleased() && unwanted) {
      forget(draft, volume);
    }
  }

  // --- What users may write ---

  /**
   * @param old empty when the object is new
   */
  static Optional<Answer> wrong(
      ClusterState state, Optional<ApiObject> old, PersistentVolumeClaim claim) {
    if (old.isPresent()) {
      return ((PersistentVolumeClaim) old.get()).spec().equals(claim.spec())
          ? Optional.empty()
          : ObjectRules.invalid(
              claim, "spec", "is immutable after creation; a local volume keeps its size");
    }
    if (!claim.spec().storageClass().equals(PersistentVolumeClaim.LOCAL_CLASS)) {
      return ObjectRules.invalid(
          claim,
          "spec.storageClassName",
          "must be \"%s\", the only one".formatted(PersistentVolumeClaim.LOCAL_CLASS));
    }
    return StorageQuotas.refusal(state, claim.meta().namespace(), claim.spec())
        .map(why -> Refusals.forbidden(Claims.PLURAL, claim.meta().name(), why));
  }

  /**
   * @param old empty when the object is new
   */
  static Optional<Answer> wrong(Optional<ApiObject> old, PersistentVolume volume) {
    if (old.isEmpty()) {
      return Optional.of(
          Refusals.forbidden(
              PLURAL, volume.meta().name(), "volumes are made for claims, not by users"));
    }
    PersistentVolume before = (PersistentVolume) old.get();
    PersistentVolume same = volume.withReclaimPolicy(before.reclaimPolicy());
    return same.withMeta(before.meta()).equals(before)
        ? Optional.empty()
        : ObjectRules.invalid(
            volume, "spec", "only persistentVolumeReclaimPolicy can change after creation");
  }

  /** A set's claims go with it when it says so. */
  static void deleteWith(Draft draft, StatefulSet set) {
    if (set.spec().claimRetention().deleteWithSet()) {
      SetClaims.all(draft.state(), set).forEach(claim -> Claims.delete(draft, claim));
    }
  }

  static boolean isStorage(ObjectKey key) {
    return key.kind().equals(KIND) || key.kind().equals("PersistentVolumeClaim");
  }
}
