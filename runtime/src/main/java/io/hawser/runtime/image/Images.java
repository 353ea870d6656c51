package io.hawser.runtime.image;

import io.hawser.runtime.image.archive.ArchiveReader;
import io.hawser.runtime.image.archive.ArchiveWriter;
import io.hawser.runtime.image.build.BuildCache;
import io.hawser.runtime.image.build.BuildRequest;
import io.hawser.runtime.image.build.ImageBuilder;
import io.hawser.runtime.image.layer.LayerStore;
import io.hawser.runtime.image.oci.Descriptor;
import io.hawser.runtime.image.oci.ImageDocument;
import io.hawser.runtime.image.oci.Platform;
import io.hawser.runtime.image.oci.RunConfig;
import io.hawser.runtime.image.registry.Puller;
import io.hawser.runtime.image.registry.Pusher;
import io.hawser.runtime.image.registry.RegistrySettings;
import io.hawser.runtime.image.registry.TransferProgress;
import io.hawser.runtime.image.store.GarbageCollection;
import io.hawser.runtime.image.store.References;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What users do with images: the verbs of {@code hawser image}. Every method blocks until it is
 * done, throws {@link ImageFault} with a sentence for the user, and leaves the store sound whenever
 * it is killed.
 */
public final class Images {
  private final ImageLibrary library;

  private Images(ImageLibrary library) {
    this.library = library;
  }

  /** Opens an image directory, made when missing. */
  public static Images open(Path directory) {
    return new Images(ImageLibrary.open(directory));
  }

  public static Images of(ImageLibrary library) {
    return new Images(library);
  }

  public ImageLibrary library() {
    return library;
  }

  /**
   * A line of {@code image ls}.
   *
   * @param id the config's digest, as Docker shows it
   * @param created RFC 3339, or null
   * @param packedBytes of the layers as they travel
   * @param sharedBytes of unpacked layers that other images have too
   * @param uniqueBytes of unpacked layers that go with this image
   */
  public record Summary(
      String name,
      Digest id,
      Digest digest,
      String created,
      long packedBytes,
      long sharedBytes,
      long uniqueBytes) {
    /** All unpacked layers. */
    public long sizeBytes() {
      return sharedBytes + uniqueBytes;
    }
  }

  /** One line of {@code image history}, newest first. */
  public record HistoryLine(
      String created, String createdBy, Optional<Digest> diffId, long bytes) {}

  /** Makes an image from a root file system's directory. */
  public StoredImage importDirectory(String name, Path root, RunConfig config) {
    return new ImageImport(library).directory(tagged(name), root, config);
  }

  /** Makes an image from a root file system's tar, plain or packed. */
  public StoredImage importTar(String name, Path tar, RunConfig config) {
    return new ImageImport(library).tar(tagged(name), tar, config);
  }

  /**
   * Loads what {@code docker save}, {@code skopeo copy}, {@code buildah push} or {@link #save}
   * wrote: docker-archive, OCI layout, OCI archive.
   *
   * @param wanted a name for an archive with one image; empty: the names in the archive
   */
  public List<StoredImage> load(Path archive, Optional<String> wanted) {
    return ArchiveReader.load(library, archive, wanted.map(Images::tagged));
  }

  /** Writes images to a file or a directory. */
  public void save(List<String> names, ArchiveWriter.Format format, Path target) {
    ArchiveWriter.save(library, names.stream().map(library::require).toList(), format, target);
  }

  /** Builds an image from a Dockerfile. */
  public StoredImage build(BuildRequest request) {
    return ImageBuilder.build(library, request);
  }

  /**
   * Gets an image from its registry, or a mirror.
   *
   * @param platform such as {@code linux/arm64}; empty: this machine's
   */
  public StoredImage pull(
      String name,
      Optional<String> platform,
      RegistrySettings settings,
      TransferProgress progress) {
    Platform wanted = platform.map(Platform::parse).orElse(library.platform());
    return new Puller(library, settings).pull(ImageName.parse(name), wanted, progress);
  }

  /**
   * Sends an image to the registry that its name, or the second name, says.
   *
   * @return what stands in the registry under the name
   */
  public Descriptor push(
      String name, Optional<String> as, RegistrySettings settings, TransferProgress progress) {
    StoredImage image = library.require(name);
    ImageName target = ImageName.parse(as.orElse(image.name()));
    return new Pusher(library, settings).push(image, target, progress);
  }

  /** All names, sorted. */
  public List<Summary> list() {
    List<StoredImage> images = library.list();
    Map<Digest, Set<Digest>> users = new HashMap<>();
    for (StoredImage image : images) {
      for (Digest diffId : image.diffIds()) {
        users.computeIfAbsent(diffId, d -> new HashSet<>()).add(image.id());
      }
    }
    List<Summary> summaries = new ArrayList<>();
    for (StoredImage image : images) {
      summaries.add(summary(image, users));
    }
    return summaries;
  }

  private Summary summary(StoredImage image, Map<Digest, Set<Digest>> users) {
    long shared = 0;
    long unique = 0;
    List<Digest> diffIds = image.diffIds();
    for (int i = 0; i < diffIds.size(); i++) {
      long bytes = unpackedBytes(diffIds.subList(0, i + 1));
      if (users.get(diffIds.get(i)).size() > 1) {
        shared += bytes;
      } else {
        unique += bytes;
      }
    }
    long packed = image.content().layers().stream().mapToLong(l -> l.size()).sum();
    return new Summary(
        ImageName.parse(image.name()).familiar(),
        image.id(),
        image.target().digest(),
        image.config().created(),
        packed,
        shared,
        unique);
  }

  private long unpackedBytes(List<Digest> diffIds) {
    return library.layers().find(diffIds).map(LayerStore.Layer::sizeBytes).orElse(0L);
  }

  /** Everything known of one image. */
  public StoredImage inspect(String name) {
    return library.require(name);
  }

  /** What made an image, newest step first. */
  public List<HistoryLine> history(String name) {
    StoredImage image = library.require(name);
    List<HistoryLine> lines = new ArrayList<>();
    int layer = 0;
    for (ImageDocument.HistoryEntry entry : image.config().history()) {
      boolean hasLayer = !entry.emptyLayer() && layer < image.diffIds().size();
      if (hasLayer) {
        layer++;
      }
      lines.add(
          0,
          new HistoryLine(
              entry.created(),
              entry.createdBy() == null ? "" : entry.createdBy(),
              hasLayer ? Optional.of(image.diffIds().get(layer - 1)) : Optional.empty(),
              hasLayer ? unpackedBytes(image.diffIds().subList(0, layer)) : 0));
    }
    return lines;
  }

  /** Gives an image a further name. */
  public StoredImage tag(String existing, String further) {
    StoredImage image = library.require(existing);
    try (var lease = library.lease()) {
      lease.hold(image.target().digest());
      return library.name(tagged(further), image.target());
    }
  }

  /**
   * Takes a name away; the content goes with the next {@link #prune} unless something else needs
   * it.
   *
   * @throws ImageFault {@code IN_USE} when it is an image's last name, a container uses the image,
   *     and {@code force} is false
   */
  public void remove(String name, boolean force) {
    StoredImage image = library.require(name);
    List<String> holders = holders(image);
    long names = library.list().stream().filter(i -> i.id().equals(image.id())).count();
    if (!force && names == 1 && !holders.isEmpty()) {
      throw new ImageFault(
          ImageFault.Kind.IN_USE,
          "'" + name + "' is used by " + String.join(", ", holders) + "; its name was kept");
    }
    library.references().remove(ImageName.parse(image.name()));
  }

  private List<String> holders(StoredImage image) {
    List<String> holders = new ArrayList<>();
    library
        .pins()
        .list()
        .forEach(
            (holder, manifest) -> {
              if (manifest.equals(image.manifest().digest())) {
                holders.add(holder);
              }
            });
    return holders;
  }

  /**
   * Frees what no name, no container and no running operation needs.
   *
   * @param alsoUnused takes away the names of images that no container uses, too, and forgets the
   *     results of build steps
   */
  public GarbageCollection.Freed prune(boolean alsoUnused) {
    if (alsoUnused) {
      new BuildCache(library.layout()).clear();
      for (StoredImage image : library.list()) {
        if (holders(image).isEmpty()) {
          library.references().remove(ImageName.parse(image.name()));
        }
      }
    }
    return ImageGarbage.collect(library);
  }

  /**
   * Frees space between two marks: above the first, images that can be fetched again and that no
   * container uses go, the least recently used first, until usage is below the second.
   *
   * @param used tells the used share of the disk, 0 to 1
   */
  public List<String> collect(double above, double below, java.util.function.DoubleSupplier used) {
    List<String> removed = new ArrayList<>();
    if (used.getAsDouble() <= above) {
      return removed;
    }
    ImageGarbage.collect(library);
    List<References.Reference> oldestFirst = new ArrayList<>(library.references().list());
    oldestFirst.sort(java.util.Comparator.comparing(library.references()::lastUsed));
    for (References.Reference reference : oldestFirst) {
      if (used.getAsDouble() <= below) {
        break;
      }
      if (reference.isElsewhere() && !isUsed(reference)) {
        library.references().remove(ImageName.parse(reference.name()));
        removed.add(reference.name());
        ImageGarbage.collect(library);
      }
    }
    return removed;
  }

  private boolean isUsed(References.Reference reference) {
    return library.find(reference.name()).map(image -> !holders(image).isEmpty()).orElse(false);
  }

  /** Reads every blob for its digest; broken ones are set aside and returned. */
  public List<Digest> verify() {
    return library.content().list().stream()
        .filter(digest -> !library.content().isSound(digest))
        .toList();
  }

  static ImageName tagged(String name) {
    ImageName parsed = ImageName.parse(name);
    if (parsed.digest().isPresent()) {
      throw new ImageFault(
          ImageFault.Kind.INVALID_NAME, "'" + name + "' has a digest; a name to give has a tag");
    }
    return parsed;
  }
}
