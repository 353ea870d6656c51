package io.hawser.runtime.image.registry;

import io.hawser.runtime.image.Digest;
import io.hawser.runtime.image.ImageFault;
import io.hawser.runtime.image.ImageLibrary;
import io.hawser.runtime.image.ImageName;
import io.hawser.runtime.image.StoredImage;
import io.hawser.runtime.image.fs.Dir;
import io.hawser.runtime.image.fs.OpenSslSha256;
import io.hawser.runtime.image.oci.Descriptor;
import io.hawser.runtime.image.oci.ImageDocument;
import io.hawser.runtime.image.oci.Index;
import io.hawser.runtime.image.oci.Manifest;
import io.hawser.runtime.image.oci.MediaTypes;
import io.hawser.runtime.image.oci.OciJson;
import io.hawser.runtime.image.oci.Platform;
import io.hawser.runtime.image.registry.TransferProgress.Stage;
import io.hawser.runtime.image.store.Arrival;
import io.hawser.runtime.image.store.Lease;
import io.hawser.runtime.image.store.References;
import io.hawser.runtime.machine.ProcessorPriority;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/** Gets images from registries into the store, ready to run. */
public final class Puller {
  private final ImageLibrary library;
  private final RegistryHttp http;

  public Puller(ImageLibrary library, RegistrySettings settings) {
    this.library = library;
    this.http = new RegistryHttp(settings);
    // In a command that has just begun, loading these hides behind the first answers.
    CompletableFuture.runAsync(Dir::privileged);
    CompletableFuture.runAsync(OpenSslSha256::create);
  }

  /**
   * Pulls an image for one platform and names it. Mirrors are asked first; a mirror that fails is
   * passed over. What is in the store is not fetched again.
   */
  public StoredImage pull(ImageName name, Platform platform, TransferProgress progress) {
    return pull(
        name,
        platform,
        progress,
        target -> reference(name, target, References.Source.REGISTRY, library.clock().millis()));
  }

  /**
   * @param naming makes what is noted under the name, given what its registry has
   */
  public StoredImage pull(
      ImageName name,
      Platform platform,
      TransferProgress progress,
      Function<Descriptor, References.Reference> naming) {
    return pull(RegistryEndpoint.forPull(name, http.settings()), name, platform, progress, naming);
  }

  /**
   * Copies an image from the first of some nodes that gives it. What comes has the digest that the
   * node named, whoever answers.
   */
  public StoredImage copy(ImageName name, List<ImageHolder> holders, TransferProgress progress) {
    ImageHolder first = holders.get(0);
    References.Source source =
        first.source() == References.Source.REGISTRY
            ? References.Source.REGISTRY
            : References.Source.CLUSTER;
    ImageName pinned =
        new ImageName(name.registry(), name.repository(), name.tag(), Optional.of(first.target()));
    List<RegistryEndpoint> endpoints =
        holders.stream().map(h -> RegistryEndpoint.node(h, name)).toList();
    return pull(
        endpoints,
        pinned,
        library.platform(),
        progress,
        target -> reference(name, target, source, first.updatedEpochMillis()));
  }

  private static References.Reference reference(
      ImageName name, Descriptor target, References.Source source, long updatedEpochMillis) {
    return new References.Reference(name.toString(), target, updatedEpochMillis, source, List.of());
  }

  private StoredImage pull(
      List<RegistryEndpoint> endpoints,
      ImageName name,
      Platform platform,
      TransferProgress progress,
      Function<Descriptor, References.Reference> naming) {
    List<String> failures = new ArrayList<>();
    for (int i = 0; i < endpoints.size(); i++) {
      RegistryEndpoint endpoint = endpoints.get(i);
      String doing = "pull of " + name.familiar() + " from " + endpoint.host();
      try {
        RegistryRepository repository = new RegistryRepository(http, endpoint, doing);
        return pullFrom(repository, name, platform, progress, naming);
      } catch (ImageFault e) {
        boolean ownMistake =
            e.kind() == ImageFault.Kind.DISK_FULL || e.kind() == ImageFault.Kind.STORE;
        // What the store says of a blob does not tell whose it was.
        String message =
            e.getMessage().startsWith(doing) ? e.getMessage() : doing + ": " + e.getMessage();
        if (i == endpoints.size() - 1 || ownMistake) {
          String before =
              failures.isEmpty() ? "" : " (before: " + String.join("; ", failures) + ")";
          throw new ImageFault(e.kind(), message + before, e);
        }
        failures.add(message);
      }
    }
    throw new IllegalStateException("no endpoint for " + name);
  }

  /**
   * Asks the registry, or a mirror, whether these credentials may have an image that is here.
   *
   * @throws ImageFault when they may not, or nobody can be asked
   */
  public void requireAccess(ImageName name, Digest target) {
    ImageFault last = null;
    for (RegistryEndpoint endpoint : RegistryEndpoint.forPull(name, http.settings())) {
      String doing = "access to " + name.familiar() + " at " + endpoint.host();
      try {
        new RegistryRepository(http, endpoint, doing)
            .manifest(target.toString(), Optional.of(target));
        return;
      } catch (ImageFault e) {
        last = e;
      }
    }
    throw last;
  }

  private StoredImage pullFrom(
      RegistryRepository repository,
      ImageName name,
      Platform platform,
      TransferProgress progress,
      Function<Descriptor, References.Reference> naming) {
    try (Lease lease = library.lease()) {
      RegistryRepository.Document top =
          document(repository, name.manifestReference(), name.digest(), lease);
      RegistryRepository.Document own = top;
      if (MediaTypes.isIndex(top.descriptor().mediaType())) {
        Descriptor chosen =
            OciJson.read(top.bytes(), Index.class, "the index of " + name)
                .require(platform, name.familiar());
        own = document(repository, chosen.digest().toString(), Optional.of(chosen.digest()), lease);
      }
      Manifest manifest = OciJson.read(own.bytes(), Manifest.class, "the manifest of " + name);
      fetch(repository, manifest.config(), lease, progress);
      ImageDocument config = library.config(manifest);
      layers(repository, manifest, config, lease, progress);
      // Documents last: whoever finds one finds all it names.
      store(own, lease);
      store(top, lease);
      StoredImage image =
          new StoredImage(name.toString(), top.descriptor(), own.descriptor(), manifest, config);
      library.unpack(image, lease);
      library.references().set(naming.apply(top.descriptor()));
      return image;
    }
  }

  /** From the store when the digest is known and it is there, else from the registry. */
  private RegistryRepository.Document document(
      RegistryRepository repository, String reference, Optional<Digest> digest, Lease lease) {
    digest.ifPresent(lease::hold);
    if (digest.isPresent() && library.content().has(digest.get())) {
      byte[] bytes = library.document(digest.get());
      Descriptor descriptor =
          new Descriptor(OciJson.mediaTypeOf(bytes, ""), digest.get(), bytes.length);
      return new RegistryRepository.Document(descriptor, bytes);
    }
    return repository.manifest(reference, digest);
  }

  private void store(RegistryRepository.Document document, Lease lease) {
    library
        .content()
        .putUnsettled(
            document.descriptor().digest(),
            new java.io.ByteArrayInputStream(document.bytes()),
            document.bytes().length,
            lease);
  }

  /** An image that arrives takes no processor from what runs. */
  private static void runBehind(Runnable task) {
    ProcessorPriority.yieldToOthers();
    task.run();
  }

  private void layers(
      RegistryRepository repository,
      Manifest manifest,
      ImageDocument config,
      Lease lease,
      TransferProgress progress) {
    ExecutorService threads =
        Executors.newFixedThreadPool(
            http.settings().parallelBlobs(),
            task -> {
              Thread thread = new Thread(() -> runBehind(task), "image-pull");
              thread.setDaemon(true);
              return thread;
            });
    try {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < manifest.layers().size(); i++) {
        Descriptor layer = manifest.layers().get(i);
        Digest diffId = config.rootfs().diffIds().get(i);
        all.add(threads.submit(() -> layer(repository, layer, diffId, lease, progress)));
      }
      for (Future<?> one : all) {
        await(one);
      }
    } finally {
      // Who waits for a lock or a pause is interrupted; what has come stays for the next try.
      threads.shutdownNow();
      awaitEnd(threads);
    }
  }

  private void layer(
      RegistryRepository repository,
      Descriptor layer,
      Digest diffId,
      Lease lease,
      TransferProgress progress) {
    fetch(repository, layer, lease, progress);
    // Most layers don't depend on the ones below and can be unpacked while those still come.
    if (library.layers().unpackAlone(layer.digest(), diffId, lease).isPresent()) {
      progress.at(layer.digest(), Stage.UNPACKED, layer.size(), layer.size());
    }
  }

  private void fetch(
      RegistryRepository repository, Descriptor blob, Lease lease, TransferProgress progress) {
    try (Arrival arrival = library.content().arrive(blob.digest(), blob.size(), lease, false)) {
      if (arrival.isWhole()) {
        progress.at(blob.digest(), Stage.PRESENT, blob.size(), blob.size());
        return;
      }
      try {
        transfer(repository, arrival, blob, progress);
      } catch (ImageFault e) {
        if (e.kind() != ImageFault.Kind.CORRUPT || arrival.received() > 0) {
          throw e;
        }
        // What an earlier, broken-off try left may have been bad: once more from the beginning.
        transfer(repository, arrival, blob, progress);
      }
      progress.at(blob.digest(), Stage.MOVED, blob.size(), blob.size());
    } catch (IOException e) {
      throw ImageFault.of("can't store " + blob.digest(), e);
    }
  }

  private static void transfer(
      RegistryRepository repository, Arrival arrival, Descriptor blob, TransferProgress progress)
      throws IOException {
    repository.blob(
        arrival, blob, received -> progress.at(blob.digest(), Stage.MOVING, received, blob.size()));
    arrival.finish();
  }

  static void await(Future<?> future) {
    try {
      future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ImageFault(ImageFault.Kind.REGISTRY_UNAVAILABLE, "interrupted", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof ImageFault fault) {
        throw new ImageFault(fault.kind(), fault.getMessage(), fault);
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  /** The lease must outlive the threads that work under it. */
  private static void awaitEnd(ExecutorService threads) {
    boolean interrupted = false;
    while (true) {
      try {
        if (threads.awaitTermination(1, java.util.concurrent.TimeUnit.SECONDS)) {
          break;
        }
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
