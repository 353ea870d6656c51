package io.hawser.model;

import java.util.Map;
import java.util.Optional;

/**
 * A pod as its node must run it.
 *
 * @param uid names everything the node makes for it
 * @param stopGraceSeconds present: stop it, with this grace, and report it gone
 */
public record AssignedPod(
    ObjectName name,
    String uid,
    Map<String, String> labels,
    Map<String, String> annotations,
    PodSpec spec,
    Optional<Long> stopGraceSeconds) {
  public AssignedPod {
    labels = Map.copyOf(labels);
    annotations = Map.copyOf(annotations);
  }
}
