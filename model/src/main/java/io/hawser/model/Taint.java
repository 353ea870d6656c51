package io.hawser.model;

/** Keeps pods off a node that do not tolerate it. */
public record Taint(String key, String value, Effect effect) {
  /** Kubernetes' effects. */
  public enum Effect {
    NO_SCHEDULE,
    PREFER_NO_SCHEDULE,
    NO_EXECUTE
  }
}
