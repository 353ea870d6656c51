package io.hawser.runtime.image;

import io.hawser.runtime.ImageStore;
import io.hawser.runtime.image.layer.LayerStore;
import io.hawser.runtime.image.oci.RunConfig;
import io.hawser.runtime.image.store.Lease;
import io.hawser.runtime.image.store.References;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** The image library behind the interface that the runtime knows. */
public final class LayeredImageStore implements ImageStore {
  /** Images whose documents are kept in memory, so that a start reads only the name's file. */
  static final int REMEMBERED = 256;

  private final ImageLibrary library;
  private final Map<Digest, Image> ready = new ConcurrentHashMap<>();

  public LayeredImageStore(ImageLibrary library) {
    this.library = library;
  }

  @Override
  public Image importDirectory(String reference, Path root, ImageConfig config) {
    RunConfig run =
        new RunConfig(
            config.user(),
            null,
            config.env(),
            config.entrypoint(),
            config.cmd(),
            volumes(config.volumes()),
            config.workingDir(),
            new TreeMap<>(config.labels()),
            config.stopSignal(),
            null,
            null,
            null);
    return image(Images.of(library).importDirectory(reference, root, run));
  }

  private static TreeMap<String, Map<String, String>> volumes(List<String> paths) {
    TreeMap<String, Map<String, String>> volumes = new TreeMap<>();
    paths.forEach(path -> volumes.put(path, Map.of()));
    return volumes;
  }

  /** Layers that were not unpacked yet are unpacked now. */
  @Override
  public Optional<Image> find(String reference) {
    Optional<References.Reference> name = library.reference(reference);
    if (name.isEmpty()) {
      return library.find(reference).map(this::image);
    }
    Image known = ready.get(name.get().target().digest());
    if (known != null && isUnpacked(known)) {
      library.references().used(name.get(), library.clock().instant());
      return Optional.of(named(known, name.get().name()));
    }
    Image image = image(library.read(name.get().name(), name.get().target()));
    library.references().used(name.get(), library.clock().instant());
    if (ready.size() >= REMEMBERED) {
      ready.clear();
    }
    ready.put(name.get().target().digest(), image);
    return Optional.of(image);
  }

  @Override
  public Fetched fetch(Wanted wanted) {
    ImageFetch.Result result = new ImageFetch(library, wanted).run();
    library
        .reference(result.image().name())
        .ifPresent(name -> library.references().used(name, library.clock().instant()));
    if (library.layers().findAll(result.image().diffIds()).isEmpty()) {
      wanted.beforeLongWork().run();
    }
    return new Fetched(image(result.image()), result.how());
  }

  @Override
  public Optional<Held> held(String name) {
    return library
        .reference(name)
        .filter(reference -> !reference.isPrivate())
        .filter(reference -> library.content().has(reference.target().digest()))
        .map(r -> new Held(r.target().digest(), r.source(), r.updatedEpochMillis()));
  }

  private static Image named(Image image, String name) {
    return new Image(
        ImageName.parse(name).familiar(),
        image.digest(),
        image.config(),
        image.sizeBytes(),
        image.layers());
  }

  private static boolean isUnpacked(Image image) {
    return image.layers().stream().allMatch(Files::isDirectory);
  }

  @Override
  public List<Image> list() {
    return library.list().stream()
        .filter(image -> image.config().platform().runsOn(library.platform()))
        .map(this::image)
        .toList();
  }

  @Override
  public void pin(String holder, Image image) {
    library.pins().set(holder, Digest.parse(image.digest()));
    // Between finding it and now a collection may have taken it; from now on none does.
    if (!isUnpacked(image)) {
      library.pins().remove(holder);
      throw new ImageFault(
          ImageFault.Kind.NOT_FOUND, image.reference() + " was removed in this moment");
    }
  }

  @Override
  public void unpin(String holder) {
    library.pins().remove(holder);
  }

  @Override
  public void retainPins(String holderPrefix, Set<String> holders) {
    library.pins().retain(holderPrefix, holders);
  }

  private Image image(StoredImage image) {
    if (!image.config().platform().runsOn(library.platform())) {
      throw new ImageFault(
          image.name()
              + " is for "
              + image.config().platform()
              + "; this machine is "
              + library.platform(),
          Set.of(image.config().platform().architecture()));
    }
    List<Path> topFirst = new ArrayList<>();
    long bytes = 0;
    for (LayerStore.Layer layer : layers(image)) {
      topFirst.add(0, layer.directory());
      bytes += layer.sizeBytes();
    }
    if (topFirst.isEmpty()) {
      throw new ImageFault(
          ImageFault.Kind.BAD_INPUT, image.name() + " has no layers and so no root");
    }
    return new Image(
        familiar(image.name()),
        image.manifest().digest().toString(),
        config(image.config().config()),
        bytes,
        topFirst);
  }

  private static String familiar(String name) {
    return name.startsWith("sha256:") || name.startsWith("sha512:")
        ? name
        : ImageName.parse(name).familiar();
  }

  private static ImageConfig config(RunConfig run) {
    return new ImageConfig(
        run.entrypoint(),
        run.cmd(),
        run.env(),
        run.workingDir(),
        run.user(),
        run.stopSignal(),
        List.copyOf(run.volumes().keySet()),
        run.labels());
  }

  /** Usually everything is unpacked, and a start writes nothing. */
  private List<LayerStore.Layer> layers(StoredImage image) {
    Optional<List<LayerStore.Layer>> ready = library.layers().findAll(image.diffIds());
    if (ready.isPresent()) {
      return ready.get();
    }
    try (Lease lease = library.lease()) {
      return library.unpack(image, lease);
    }
  }
}
