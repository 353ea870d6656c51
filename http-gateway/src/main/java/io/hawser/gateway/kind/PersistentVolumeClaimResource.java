package io.hawser.gateway.kind;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.decode.VolumeFields;
import io.hawser.gateway.encode.VolumeEncoder;
import io.hawser.gateway.wire.Fields;
import io.hawser.gateway.wire.Quantity;
import io.hawser.model.ObjectMeta;
import io.hawser.model.PersistentVolumeClaim;
import java.util.List;
import java.util.Optional;

/** Claims, {@code core/v1}. */
final class PersistentVolumeClaimResource extends ObjectResource<PersistentVolumeClaim> {
  PersistentVolumeClaimResource() {
    super(
        new ResourceType(
            "",
            "v1",
            "PersistentVolumeClaim",
            "persistentvolumeclaims",
            "persistentvolumeclaim",
            List.of("pvc"),
            true,
            ResourceType.ALL,
            List.of()),
        PersistentVolumeClaim.class);
  }

  @Override
  PersistentVolumeClaim read(ObjectMeta meta, Fields root) {
    return VolumeFields.claim(meta, root, Optional.empty());
  }

  @Override
  PersistentVolumeClaim read(
      ObjectMeta meta, Fields root, Optional<PersistentVolumeClaim> current) {
    return VolumeFields.claim(meta, root, current);
  }

  @Override
  void write(PersistentVolumeClaim claim, ObjectNode node) {
    VolumeEncoder.claim(claim, node);
  }

  @Override
  public List<Column<PersistentVolumeClaim>> columns() {
    return List.of(
        name(),
        Column.text(
            "Status",
            (c, x) ->
                VolumeEncoder.statusWord(c.status().deletionRequestedAt(), c.status().phase())),
        Column.text("Volume", (c, x) -> c.status().volume().orElse("")),
        Column.text(
            "Capacity", (c, x) -> c.isBound() ? Quantity.bytes(c.status().capacityBytes()) : ""),
        Column.text(
            "Access Modes",
            (c, x) -> c.isBound() ? VolumeEncoder.shortModes(c.spec().accessModes()) : ""),
        Column.text("StorageClass", (c, x) -> c.spec().storageClass()),
        age(),
        Column.wide("VolumeMode", (c, x) -> "Filesystem"),
        Column.wide("Node", (c, x) -> c.status().node().orElse("<none>")));
  }
}
