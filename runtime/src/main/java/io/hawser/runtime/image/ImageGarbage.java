package io.hawser.runtime.image;

import io.hawser.runtime.image.build.BuildCache;
import io.hawser.runtime.image.layer.LayerStore;
import io.hawser.runtime.image.oci.Descriptor;
import io.hawser.runtime.image.oci.ImageDocument;
import io.hawser.runtime.image.oci.Index;
import io.hawser.runtime.image.oci.Manifest;
import io.hawser.runtime.image.oci.MediaTypes;
import io.hawser.runtime.image.oci.OciJson;
import io.hawser.runtime.image.store.GarbageCollection;
import io.hawser.runtime.image.store.References;
import java.util.HashSet;
import java.util.Set;

/**
 * Finds what names, pins, running operations and the build cache need, and frees the rest. A
 * document that can't be read needs nothing more than itself.
 */
final class ImageGarbage {
  private final ImageLibrary library;
  private final Set<Digest> blobs = new HashSet<>();
  private final Set<String> layers = new HashSet<>();

  private ImageGarbage(ImageLibrary library) {
    this.library = library;
  }

  static GarbageCollection.Freed collect(ImageLibrary library) {
    GarbageCollection collection = new GarbageCollection(library.layout(), library.content());
    return collection.run(
        held -> new ImageGarbage(library).needed(held), library.clock().instant());
  }

  private GarbageCollection.Needed needed(Set<Digest> held) {
    for (References.Reference reference : library.references().list()) {
      mark(reference.target());
    }
    for (Digest manifest : library.pins().list().values()) {
      mark(new Descriptor("", manifest, 0));
    }
    BuildCache cache = new BuildCache(library.layout());
    for (BuildCache.Entry entry : cache.retain(library.clock().instant())) {
      blobs.add(entry.layer().digest());
      layers.addAll(LayerStore.directoryNames(entry.chain()));
    }
    // What a lease holds may be a diff id; its chained form belongs to an image that is named or
    // being made, and is found by its parts.
    for (Digest digest : held) {
      layers.addAll(LayerStore.directoryNames(java.util.List.of(digest)));
      mark(new Descriptor("", digest, 0));
    }
    library.layers().heldChains(held).forEach(layers::add);
    return new GarbageCollection.Needed(blobs, layers);
  }

  private void mark(Descriptor target) {
    if (!blobs.add(target.digest()) || !isDocument(target)) {
      return;
    }
    try {
      byte[] bytes = library.document(target.digest());
      String type = OciJson.mediaTypeOf(bytes, target.mediaType());
      if (MediaTypes.isIndex(type)) {
        OciJson.read(bytes, Index.class, "").manifests().forEach(this::mark);
      } else if (MediaTypes.isManifest(type)) {
        markManifest(OciJson.read(bytes, Manifest.class, ""));
      }
    } catch (ImageFault e) {
      // Missing, damaged or no document.
    }
  }

  private boolean isDocument(Descriptor target) {
    return library
        .content()
        .size(target.digest())
        .filter(size -> size <= OciJson.MAX_DOCUMENT_BYTES)
        .isPresent();
  }

  private void markManifest(Manifest manifest) {
    blobs.add(manifest.config().digest());
    manifest.layers().forEach(layer -> blobs.add(layer.digest()));
    ImageDocument config =
        OciJson.read(library.document(manifest.config().digest()), ImageDocument.class, "");
    layers.addAll(LayerStore.directoryNames(config.rootfs().diffIds()));
  }
}
