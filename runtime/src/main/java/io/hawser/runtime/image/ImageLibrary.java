package io.hawser.runtime.image;

import io.hawser.runtime.image.layer.ImageTree;
import io.hawser.runtime.image.layer.LayerStore;
import io.hawser.runtime.image.layer.UnpackLimits;
import io.hawser.runtime.image.oci.Descriptor;
import io.hawser.runtime.image.oci.ImageDocument;
import io.hawser.runtime.image.oci.Index;
import io.hawser.runtime.image.oci.Manifest;
import io.hawser.runtime.image.oci.MediaTypes;
import io.hawser.runtime.image.oci.OciJson;
import io.hawser.runtime.image.oci.Platform;
import io.hawser.runtime.image.store.ContentStore;
import io.hawser.runtime.image.store.Lease;
import io.hawser.runtime.image.store.Pins;
import io.hawser.runtime.image.store.References;
import io.hawser.runtime.image.store.StoreLayout;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One image directory: its blobs, names, unpacked layers and pins, and what can be said of them
 * together. The operations that users know are in {@link Images}.
 */
public final class ImageLibrary {
  private static final int MIN_ID_DIGITS = 6;

  private final StoreLayout layout;
  private final ContentStore content;
  private final References references;
  private final LayerStore layers;
  private final Pins pins;
  private final Platform platform;
  private final Clock clock;

  private ImageLibrary(StoreLayout layout, Platform platform, Clock clock) {
    this.layout = layout;
    this.content = new ContentStore(layout);
    this.references = new References(layout);
    this.layers = new LayerStore(layout, content, UnpackLimits.DEFAULT);
    this.pins = new Pins(layout);
    this.platform = platform;
    this.clock = clock;
  }

  /** Opens an image directory, made when missing; any number of processes may share it. */
  public static ImageLibrary open(Path directory) {
    return open(directory, Platform.here(), Clock.systemUTC());
  }

  /**
   * @param platform which manifest of an index is meant
   * @param clock dates names
   */
  public static ImageLibrary open(Path directory, Platform platform, Clock clock) {
    return new ImageLibrary(new StoreLayout(directory), platform, clock);
  }

  public StoreLayout layout() {
    return layout;
  }

  public ContentStore content() {
    return content;
  }

  public References references() {
    return references;
  }

  public LayerStore layers() {
    return layers;
  }

  public Pins pins() {
    return pins;
  }

  public Platform platform() {
    return platform;
  }

  public Clock clock() {
    return clock;
  }

  /** Begins an operation; what it holds is not collected until the lease is closed. */
  public Lease lease() {
    return Lease.take(layout);
  }

  /**
   * Finds an image.
   *
   * @param text a name, a full digest, or the first digits (six or more) of an image's id or digest
   */
  public Optional<StoredImage> find(String text) {
    Optional<StoredImage> byId = findByDigits(text);
    if (byId.isPresent()) {
      return byId;
    }
    return reference(text).map(r -> read(r.name(), r.target()));
  }

  /**
   * Finds a name. One with a digest is found also by another name of its repository that stands for
   * that content.
   */
  public Optional<References.Reference> reference(String text) {
    if (text.startsWith("sha256:") || text.startsWith("sha512:")) {
      return Optional.empty();
    }
    ImageName name = ImageName.parse(text);
    Optional<References.Reference> exact = references.find(name);
    if (exact.isPresent() || name.digest().isEmpty()) {
      return exact;
    }
    return references.list().stream()
        .filter(r -> r.target().digest().equals(name.digest().get()))
        .filter(r -> ImageName.parse(r.name()).repositoryName().equals(name.repositoryName()))
        .findFirst();
  }

  /** Like {@link #find}; an image that is not here is a fault. */
  public StoredImage require(String text) {
    return find(text)
        .orElseThrow(
            () ->
                new ImageFault(
                    ImageFault.Kind.NOT_FOUND, "no image '" + text + "' in the local store"));
  }

  private Optional<StoredImage> findByDigits(String text) {
    String digits = text.substring(text.indexOf(':') + 1);
    boolean prefixed = text.startsWith("sha256:") || text.startsWith("sha512:");
    boolean hex = digits.matches("[0-9a-f]{" + MIN_ID_DIGITS + ",128}");
    if (!hex || !prefixed && text.indexOf(':') >= 0) {
      return Optional.empty();
    }
    List<StoredImage> matches =
        list().stream()
            .filter(
                image ->
                    image.id().hex().startsWith(digits)
                        || image.manifest().digest().hex().startsWith(digits)
                        || image.target().digest().hex().startsWith(digits))
            .toList();
    if (matches.stream().map(StoredImage::id).distinct().count() > 1) {
      throw new ImageFault(
          ImageFault.Kind.INVALID_NAME, "'" + text + "' is the beginning of several images' ids");
    }
    return matches.stream().findFirst();
  }

  /** All names with their images, sorted. Names whose content is damaged are left out. */
  public List<StoredImage> list() {
    List<StoredImage> images = new ArrayList<>();
    for (References.Reference reference : references.list()) {
      try {
        images.add(read(reference.name(), reference.target()));
      } catch (ImageFault e) {
        if (e.kind() != ImageFault.Kind.NOT_FOUND && e.kind() != ImageFault.Kind.CORRUPT) {
          throw e;
        }
      }
    }
    return images;
  }

  /** Reads the documents of an image whose blobs are here. */
  public StoredImage read(String name, Descriptor target) {
    Descriptor at = target;
    byte[] bytes = document(at.digest());
    if (MediaTypes.isIndex(OciJson.mediaTypeOf(bytes, at.mediaType()))) {
      at = choose(OciJson.read(bytes, Index.class, "the index " + at.digest()), name);
      bytes = document(at.digest());
    }
    Manifest manifest = OciJson.read(bytes, Manifest.class, "the manifest " + at.digest());
    return new StoredImage(name, target, at, manifest, config(manifest));
  }

  /** This machine's manifest, else one that was pulled for another kind of machine. */
  private Descriptor choose(Index index, String name) {
    Optional<Descriptor> foreign =
        index.choose(platform).filter(d -> content.has(d.digest())).isPresent()
            ? Optional.empty()
            : index.manifests().stream().filter(d -> content.has(d.digest())).findFirst();
    return foreign.orElseGet(() -> index.require(platform, name));
  }

  /** The config of a manifest, checked against it. */
  public ImageDocument config(Manifest manifest) {
    Digest digest = manifest.config().digest();
    ImageDocument config =
        OciJson.read(document(digest), ImageDocument.class, "the image config " + digest);
    int diffIds = config.rootfs().diffIds().size();
    if (diffIds != manifest.layers().size()) {
      throw new ImageFault(
          ImageFault.Kind.BAD_INPUT,
          "the manifest has "
              + manifest.layers().size()
              + " layers, its config "
              + digest
              + " names "
              + diffIds);
    }
    return config;
  }

  /** A small blob. */
  public byte[] document(Digest digest) {
    return content.read(digest, OciJson.MAX_DOCUMENT_BYTES);
  }

  /** Unpacks all layers that are not; afterwards the image can run. */
  public List<LayerStore.Layer> unpack(StoredImage image, Lease lease) {
    List<LayerStore.Layer> unpacked = new ArrayList<>();
    for (int i = 0; i < image.diffIds().size(); i++) {
      unpacked.add(
          layers.unpack(
              image.content().layers().get(i).digest(), image.diffIds().subList(0, i + 1), lease));
    }
    return unpacked;
  }

  /** The image's files, unpacked if need be. */
  public ImageTree tree(StoredImage image, Lease lease) {
    List<Path> topFirst = new ArrayList<>();
    unpack(image, lease).forEach(layer -> topFirst.add(0, layer.directory()));
    return new ImageTree(topFirst);
  }

  /** Stores the documents of a new image whose layers are in the store. */
  public Descriptor put(ImageDocument config, List<Descriptor> layerBlobs, Lease lease) {
    Descriptor configBlob = content.put(MediaTypes.OCI_CONFIG, OciJson.write(config), lease);
    return content.put(
        MediaTypes.OCI_MANIFEST, OciJson.write(Manifest.of(configBlob, layerBlobs)), lease);
  }

  /** Gives an image that was made here a name, taking it from whichever had it. */
  public StoredImage name(ImageName name, Descriptor target) {
    StoredImage image = read(name.toString(), target);
    if (!content.unsettled().list().isEmpty()) {
      // What is made here may contain what was pulled, and can't be had again.
      layers.settle();
    }
    references.set(
        new References.Reference(
            name.toString(), target, clock.millis(), References.Source.LOCAL, List.of()));
    return image;
  }
}
