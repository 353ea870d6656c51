package io.hawser.model;

import java.util.Map;
import java.util.Optional;

/**
 * A pod as its node must run it.
 *
 * @param uid names everything the node makes for it
 * @param stopGraceSeconds present: stop it, with this grace, and report it gone
 * @param claimVolumes of each claim that its spec names, the {@link PersistentVolume} it is bound
 *     to: a directory of that name on the node; null, as earlier versions wrote it, counts as none
 */
public record AssignedPod(
    ObjectName name,
    String uid,
    Map<String, String> labels,
    Map<String, String> annotations,
    PodSpec spec,
    Optional<Long> stopGraceSeconds,
    Map<String, String> claimVolumes) {
  public AssignedPod {
    labels = Map.copyOf(labels);
    annotations = Map.copyOf(annotations);
    claimVolumes = claimVolumes == null ? Map.of() : Map.copyOf(claimVolumes);
  }

  /** Without volumes that stay. */
  public AssignedPod(
      ObjectName name,
      String uid,
      Map<String, String> labels,
      Map<String, String> annotations,
      PodSpec spec,
      Optional<Long> stopGraceSeconds) {
    this(name, uid, labels, annotations, spec, stopGraceSeconds, Map.of());
  }
}
