package io.hawser.runtime.image.archive;

import io.hawser.runtime.image.ImageLibrary;
import io.hawser.runtime.image.oci.Descriptor;
import io.hawser.runtime.image.oci.Index;
import io.hawser.runtime.image.oci.Manifest;
import io.hawser.runtime.image.oci.MediaTypes;
import io.hawser.runtime.image.oci.OciJson;
import java.util.ArrayList;
import java.util.List;

/** What a document of an image points to. */
public final class ImageBlobs {
  private ImageBlobs() {}

  /** Manifests of an index; config and layers of a manifest; nothing for other blobs. */
  public static List<Descriptor> children(ImageLibrary library, Descriptor target) {
    String what = "the document " + target.digest();
    if (MediaTypes.isIndex(target.mediaType())) {
      return OciJson.read(library.document(target.digest()), Index.class, what).manifests();
    }
    List<Descriptor> children = new ArrayList<>();
    if (MediaTypes.isManifest(target.mediaType())) {
      Manifest manifest = OciJson.read(library.document(target.digest()), Manifest.class, what);
      children.addAll(manifest.layers());
      children.add(manifest.config());
    }
    return children;
  }

  /** Whether an index or manifest and all below it are in the store. */
  public static boolean isComplete(ImageLibrary library, Descriptor target) {
    return library.content().has(target.digest())
        && children(library, target).stream().allMatch(child -> isComplete(library, child));
  }
}
