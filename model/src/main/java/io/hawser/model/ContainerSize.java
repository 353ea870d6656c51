package io.hawser.model;

/**
 * What one container of a pod asks for and may use at most.
 *
 * @param name the container's
 */
public record ContainerSize(String name, ResourceAmounts requests, ResourceAmounts limits) {
  public static ContainerSize of(PodContainer container) {
    return new ContainerSize(container.name(), container.requests(), container.limits());
  }
}
