package io.hawser.runtime.image;

import io.hawser.runtime.image.oci.Descriptor;
import io.hawser.runtime.image.oci.ImageDocument;
import io.hawser.runtime.image.oci.Manifest;
import java.util.List;

/**
 * An image of the store, for one platform.
 *
 * @param name in full form, or the digest when it was found by that
 * @param target what the name stands for: an index, or the manifest itself
 * @param manifest the descriptor of {@code content}
 */
public record StoredImage(
    String name, Descriptor target, Descriptor manifest, Manifest content, ImageDocument config) {
  /** Docker's image id: the config's digest. */
  public Digest id() {
    return content.config().digest();
  }

  /** The layers' uncompressed digests, lowest first. */
  public List<Digest> diffIds() {
    return config.rootfs().diffIds();
  }
}
