package io.hawser.runtime.image;

import io.hawser.runtime.ImageStore;
import io.hawser.runtime.image.layer.LayerStore;
import io.hawser.runtime.image.oci.RunConfig;
import io.hawser.runtime.image.store.Lease;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The image library behind the interface that the runtime knows. */
public final class LayeredImageStore implements ImageStore {
  private final ImageLibrary library;

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
            null,
            config.workingDir(),
            null,
            config.stopSignal(),
            null,
            null,
            null);
    return image(Images.of(library).importDirectory(reference, root, run));
  }

  /** Layers that were not unpacked yet are unpacked now. */
  @Override
  public Optional<Image> find(String reference) {
    return library.find(reference).map(this::image);
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
    if (!image.layers().stream().allMatch(Files::isDirectory)) {
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
          ImageFault.Kind.NO_PLATFORM,
          image.name()
              + " is for "
              + image.config().platform()
              + "; this machine is "
              + library.platform());
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
    RunConfig run = image.config().config();
    ImageConfig config =
        new ImageConfig(
            run.entrypoint(), run.cmd(), run.env(), run.workingDir(), run.user(), run.stopSignal());
    return new Image(
        ImageName.parse(image.name()).familiar(),
        image.manifest().digest().toString(),
        topFirst.get(0),
        config,
        bytes,
        topFirst);
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
