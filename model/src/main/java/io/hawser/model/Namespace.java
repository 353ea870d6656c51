package io.hawser.model;

/** A space of names for deployments and pods. */
public record Namespace(ObjectMeta meta) {
  public String name() {
    return meta.name();
  }
}
