package io.hawser.gateway.encode;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.wire.Json;
import io.hawser.gateway.wire.Quantity;
import io.hawser.model.PersistentVolume;
import io.hawser.model.PersistentVolumeClaim;
import io.hawser.model.PersistentVolumeClaim.AccessMode;
import io.hawser.model.PodSpec.ClaimSource;
import io.hawser.model.StatefulSet.ClaimRetention;
import io.hawser.model.StatefulSet.ClaimTemplate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Writes claims, volumes and the templates of claims. */
public final class VolumeEncoder {
  private static final String DIRECTORY = "node/persistent-volumes/";

  private VolumeEncoder() {}

  public static void claim(PersistentVolumeClaim claim, ObjectNode node) {
    deleting(claim.status().deletionRequestedAt(), node);
    ObjectNode spec = claimSpec(claim.spec());
    Json.putIfSet(spec, "volumeName", claim.status().volume());
    node.set("spec", spec);
    ObjectNode status = node.putObject("status").put("phase", Words.camel(claim.status().phase()));
    if (claim.isBound()) {
      modes(status, claim.spec().accessModes());
      status.putObject("capacity").put("storage", Quantity.bytes(claim.status().capacityBytes()));
    }
  }

  private static ObjectNode claimSpec(PersistentVolumeClaim.Spec spec) {
    ObjectNode node = Json.object();
    modes(node, spec.accessModes());
    node.putObject("resources")
        .putObject("requests")
        .put("storage", Quantity.bytes(spec.requestedBytes()));
    return node.put("storageClassName", spec.storageClass()).put("volumeMode", "Filesystem");
  }

  private static void deleting(Optional<Instant> requestedAt, ObjectNode node) {
    requestedAt.ifPresent(
        at ->
            ((ObjectNode) node.get("metadata"))
                .put("deletionTimestamp", Json.time(at))
                .put("deletionGracePeriodSeconds", 0));
  }

  private static void modes(ObjectNode node, List<AccessMode> modes) {
    ArrayNode list = node.putArray("accessModes");
    modes.forEach(mode -> list.add(Words.camel(mode)));
  }

  public static void volume(PersistentVolume volume, ObjectNode node) {
    deleting(volume.status().deletionRequestedAt(), node);
    node.set("spec", volumeSpec(volume));
    node.putObject("status").put("phase", Words.camel(volume.status().phase()));
  }

  /** The path is below the directory of its node's data, which only the node knows. */
  public static ObjectNode volumeSpec(PersistentVolume volume) {
    ObjectNode spec = Json.object();
    spec.putObject("capacity").put("storage", Quantity.bytes(volume.capacityBytes()));
    spec.putObject("local").put("path", DIRECTORY + volume.meta().name());
    modes(spec, volume.accessModes());
    spec.putObject("claimRef")
        .put("kind", "PersistentVolumeClaim")
        .put("namespace", volume.claim().namespace())
        .put("name", volume.claim().name())
        .put("uid", volume.claim().uid())
        .put("apiVersion", "v1");
    spec.put("persistentVolumeReclaimPolicy", Words.camel(volume.reclaimPolicy()));
    spec.put("storageClassName", volume.storageClass()).put("volumeMode", "Filesystem");
    spec.putObject("nodeAffinity")
        .putObject("required")
        .putArray("nodeSelectorTerms")
        .addObject()
        .putArray("matchExpressions")
        .addObject()
        .put("key", "kubernetes.io/hostname")
        .put("operator", "In")
        .putArray("values")
        .add(volume.node());
    return spec;
  }

  static void source(ClaimSource claim, ObjectNode volume) {
    ObjectNode node = volume.putObject("persistentVolumeClaim");
    node.put("claimName", claim.claimName());
    if (claim.readOnly()) {
      node.put("readOnly", true);
    }
  }

  static void templates(List<ClaimTemplate> templates, ObjectNode set) {
    if (templates.isEmpty()) {
      return;
    }
    ArrayNode list = set.putArray("volumeClaimTemplates");
    for (ClaimTemplate template : templates) {
      ObjectNode node = Json.object("PersistentVolumeClaim", "v1");
      ObjectNode meta = node.putObject("metadata").put("name", template.name());
      Json.putIfSet(meta, "labels", template.labels());
      Json.putIfSet(meta, "annotations", template.annotations());
      node.set("spec", claimSpec(template.spec()));
      node.putObject("status").put("phase", "Pending");
      list.add(node);
    }
  }

  static void retention(ClaimRetention retention, ObjectNode set) {
    set.putObject("persistentVolumeClaimRetentionPolicy")
        .put("whenDeleted", retention.deleteWithSet() ? "Delete" : "Retain")
        .put("whenScaled", retention.deleteWhenScaled() ? "Delete" : "Retain");
  }

  /** As {@code kubectl get} shows them. */
  public static String shortModes(List<AccessMode> modes) {
    return modes.stream()
        .map(m -> m == AccessMode.READ_WRITE_ONCE ? "RWO" : "RWOP")
        .collect(Collectors.joining(","));
  }

  /** {@code Terminating}, or the phase. */
  public static String statusWord(Optional<Instant> deletionRequestedAt, Enum<?> phase) {
    return deletionRequestedAt.isPresent() ? "Terminating" : Words.camel(phase);
  }
}
