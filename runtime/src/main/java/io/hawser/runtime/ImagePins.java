package io.hawser.runtime;

import java.util.Collection;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Keeps the images of one node's containers from being collected, for as long as their layers are
 * mounted. Several nodes may share the image directory: each knows its own pins by its name.
 */
final class ImagePins {
  private final ImageStore images;
  private final String prefix;

  /**
   * @param nodeName unique on the machine
   */
  ImagePins(ImageStore images, String nodeName) {
    this.images = images;
    this.prefix = nodeName + "/";
  }

  /** Before anything of the image runs. */
  void pin(String containerId, ImageStore.Image image) {
    images.pin(prefix + containerId, image);
  }

  void unpin(String containerId) {
    images.unpin(prefix + containerId);
  }

  /** Takes away what containers of an earlier process left that exist no more. */
  void retain(Collection<String> containerIds) {
    Set<String> holders = containerIds.stream().map(id -> prefix + id).collect(Collectors.toSet());
    images.retainPins(prefix, holders);
  }
}
