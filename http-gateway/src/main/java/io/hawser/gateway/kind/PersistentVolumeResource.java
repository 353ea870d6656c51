package io.hawser.gateway.kind;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.decode.Target;
import io.hawser.gateway.decode.VolumeFields;
import io.hawser.gateway.encode.VolumeEncoder;
import io.hawser.gateway.wire.Fields;
import io.hawser.gateway.wire.Quantity;
import io.hawser.gateway.wire.StatusError;
import io.hawser.model.ObjectMeta;
import io.hawser.model.PersistentVolume;
import java.util.List;
import java.util.Optional;

/** Volumes, {@code core/v1}; the scheduler makes them, users may change their reclaim policy. */
final class PersistentVolumeResource extends ObjectResource<PersistentVolume> {
  PersistentVolumeResource() {
    super(
        new ResourceType(
            "",
            "v1",
            "PersistentVolume",
            "persistentvolumes",
            "persistentvolume",
            List.of("pv"),
            false,
            List.of("delete", "get", "list", "patch", "update", "watch"),
            List.of()),
        PersistentVolume.class);
  }

  @Override
  public Write create(ObjectNode body, Target target) {
    throw StatusError.of(
        405,
        "MethodNotAllowed",
        "volumes are made for claims, on the nodes of the pods that use them; create a"
            + " PersistentVolumeClaim");
  }

  @Override
  public Write update(ObjectNode body, Target target, Optional<PersistentVolume> current) {
    if (current.isEmpty()) {
      throw StatusError.notFound(type().subject(target.name().orElse("")), type().plural());
    }
    return super.update(body, target, current);
  }

  @Override
  PersistentVolume read(ObjectMeta meta, Fields root) {
    throw notAllowed("create");
  }

  @Override
  PersistentVolume read(ObjectMeta meta, Fields root, Optional<PersistentVolume> current) {
    PersistentVolume volume = current.orElseThrow();
    return VolumeFields.volume(meta, root, volume, VolumeEncoder.volumeSpec(volume));
  }

  @Override
  void write(PersistentVolume volume, ObjectNode node) {
    VolumeEncoder.volume(volume, node);
  }

  @Override
  public List<Column<PersistentVolume>> columns() {
    return List.of(
        name(),
        Column.text("Capacity", (v, x) -> Quantity.bytes(v.capacityBytes())),
        Column.text("Access Modes", (v, x) -> VolumeEncoder.shortModes(v.accessModes())),
        Column.text(
            "Reclaim Policy",
            (v, x) ->
                v.reclaimPolicy() == PersistentVolume.ReclaimPolicy.RETAIN ? "Retain" : "Delete"),
        Column.text(
            "Status",
            (v, x) ->
                VolumeEncoder.statusWord(v.status().deletionRequestedAt(), v.status().phase())),
        Column.text("Claim", (v, x) -> v.claim().namespace() + "/" + v.claim().name()),
        Column.text("StorageClass", (v, x) -> v.storageClass()),
        age(),
        Column.wide("VolumeMode", (v, x) -> "Filesystem"),
        Column.wide("Node", (v, x) -> v.node()));
  }
}
