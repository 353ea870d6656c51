package io.hawser.runtime.image.registry;

import io.hawser.runtime.image.ImageFault;
import io.hawser.runtime.image.ImageName;
import java.util.Optional;

/** When a pod's image is fetched; source: Kubernetes documentation, "Images", imagePullPolicy. */
public enum PullPolicy {
  ALWAYS("Always"),
  IF_NOT_PRESENT("IfNotPresent"),
  NEVER("Never");

  private final String text;

  PullPolicy(String text) {
    this.text = text;
  }

  /**
   * @param text as in a pod; empty: Always for the tag {@code latest}, else IfNotPresent
   */
  public static PullPolicy of(Optional<String> text, ImageName image) {
    if (text.isEmpty()) {
      boolean latest = image.digest().isEmpty() && image.tag().filter("latest"::equals).isPresent();
      return latest ? ALWAYS : IF_NOT_PRESENT;
    }
    for (PullPolicy policy : values()) {
      if (policy.text.equals(text.get())) {
        return policy;
      }
    }
    throw new ImageFault(
        ImageFault.Kind.BAD_INPUT,
        "imagePullPolicy '" + text.get() + "'; expected Always, IfNotPresent or Never");
  }

  @Override
  public String toString() {
    return text;
  }
}
