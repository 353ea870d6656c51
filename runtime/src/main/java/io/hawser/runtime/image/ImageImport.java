package io.hawser.runtime.image;

import io.hawser.runtime.image.layer.Compression;
import io.hawser.runtime.image.layer.LayerWriter;
import io.hawser.runtime.image.layer.TreeLayer;
import io.hawser.runtime.image.oci.Descriptor;
import io.hawser.runtime.image.oci.ImageDocument;
import io.hawser.runtime.image.oci.Platform;
import io.hawser.runtime.image.oci.RunConfig;
import io.hawser.runtime.image.store.Lease;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.List;

/**
 * Makes images of one layer from root file systems. No time of day goes in: same files, same
 * digest.
 */
final class ImageImport {
  private final ImageLibrary library;

  ImageImport(ImageLibrary library) {
    this.library = library;
  }

  StoredImage directory(ImageName name, Path root, RunConfig config) {
    if (!Files.isDirectory(root)) {
      throw new ImageFault(ImageFault.Kind.BAD_INPUT, root + " is no directory");
    }
    try (Lease lease = library.lease();
        LayerWriter writer = LayerWriter.begin(lease, Compression.GZIP)) {
      TreeLayer.writeRoot(root, writer);
      LayerWriter.Written written = writer.finish(library.content(), lease);
      return finish(name, written.layer(), written.diffId(), config, lease);
    } catch (IOException e) {
      throw ImageFault.of("can't import " + root, e);
    }
  }

  /** The archive becomes the layer as it is, so that its digest stays. */
  StoredImage tar(ImageName name, Path tar, RunConfig config) {
    try (Lease lease = library.lease();
        InputStream again = Files.newInputStream(tar);
        InputStream in = Files.newInputStream(tar)) {
      String mediaType = Compression.of(again).mediaType();
      Descriptor layer = library.content().put(mediaType, in, lease);
      return finish(name, layer, diffId(layer.digest()), config, lease);
    } catch (IOException e) {
      throw ImageFault.of("can't import " + tar, e);
    }
  }

  private Digest diffId(Digest layer) throws IOException {
    MessageDigest hasher = Digest.hasher("sha256");
    try (InputStream plain =
        new DigestInputStream(Compression.unpack(library.content().open(layer)), hasher)) {
      plain.transferTo(java.io.OutputStream.nullOutputStream());
    }
    return Digest.finish("sha256", hasher);
  }

  private StoredImage finish(
      ImageName name, Descriptor layer, Digest diffId, RunConfig config, Lease lease) {
    Platform platform = library.platform();
    ImageDocument document =
        new ImageDocument(
            null,
            null,
            platform.architecture(),
            platform.variant(),
            platform.os(),
            config,
            new ImageDocument.RootFs("layers", List.of(diffId)),
            List.of(new ImageDocument.HistoryEntry(null, "import", null, null, false)));
    Descriptor manifest = library.put(document, List.of(layer), lease);
    library.unpack(library.read(name.toString(), manifest), lease);
    return library.name(name, manifest);
  }
}
