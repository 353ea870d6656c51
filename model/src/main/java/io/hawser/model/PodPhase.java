package io.hawser.model;

/** Kubernetes' pod phases. A pod only moves forward. */
public enum PodPhase {
  PENDING,
  RUNNING,
  SUCCEEDED,
  FAILED
}
