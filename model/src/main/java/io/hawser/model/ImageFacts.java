package io.hawser.model;

import java.util.Set;

/**
 * What a node found out about an image that it can't run. No user makes one; the scheduler keeps it
 * for a while, so that it places no pod where its image does not run.
 *
 * @param meta its name is the image's, as pods write it
 * @param architectures that the image is for
 */
public record ImageFacts(ObjectMeta meta, Set<String> architectures) implements ApiObject {
  public ImageFacts {
    architectures = Set.copyOf(architectures);
  }

  @Override
  public ImageFacts withMeta(ObjectMeta newMeta) {
    return new ImageFacts(newMeta, architectures);
  }
}
