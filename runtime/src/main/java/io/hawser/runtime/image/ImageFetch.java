package io.hawser.runtime.image;

import io.hawser.runtime.ImageStore.Wanted;
import io.hawser.runtime.image.registry.Credential;
import io.hawser.runtime.image.registry.ImageHolder;
import io.hawser.runtime.image.registry.PullPolicy;
import io.hawser.runtime.image.registry.Puller;
import io.hawser.runtime.image.registry.TransferProgress;
import io.hawser.runtime.image.store.Grant;
import io.hawser.runtime.image.store.References;
import io.hawser.runtime.image.store.References.Reference;
import io.hawser.runtime.image.store.References.Source;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Gets one image for a pod's container. Who decides what the name means: the cluster, when any of
 * its nodes has made an image of that name (the newest one counts); else the registry.
 *
 * <ul>
 *   <li>{@code Never}: what is here.
 *   <li>{@code IfNotPresent}: what is here, whatever it is; else a copy from another node; else the
 *       registry's.
 *   <li>{@code Always}: the cluster's own newest, copied if it is not here; else the registry is
 *       asked, and only what is missing here travels.
 * </ul>
 */
final class ImageFetch {
  private final ImageLibrary library;
  private final Wanted wanted;
  private final ImageName name;
  private final long begunNanos = System.nanoTime();

  ImageFetch(ImageLibrary library, Wanted wanted) {
    this.library = library;
    this.wanted = wanted;
    this.name = ImageName.parse(wanted.name());
  }

  /**
   * @param how a sentence for the pod's events
   */
  record Result(StoredImage image, String how) {}

  Result run() {
    Optional<Reference> here = library.reference(name.toString()).filter(this::isWhole);
    if (here.isPresent() && wanted.policy() != PullPolicy.ALWAYS) {
      return present(here.get());
    }
    if (wanted.policy() == PullPolicy.NEVER) {
      throw new ImageFault(
          ImageFault.Kind.NEVER_PULL,
          "the image " + wanted.name() + " is not here, and its imagePullPolicy is Never");
    }
    wanted.beforeLongWork().run();
    List<ImageHolder> holders = wanted.holders().get();
    Optional<ImageHolder> maker = newestMade(holders);
    if (here.isPresent() && isMade(here.get()) && isNewest(here.get(), maker)) {
      return present(here.get());
    }
    Optional<ImageHolder> best =
        wanted.policy() == PullPolicy.ALWAYS ? maker : maker.or(() -> newest(holders));
    return best.isPresent() ? copied(best.get(), holders) : pulled();
  }

  private boolean isWhole(Reference reference) {
    return library.content().has(reference.target().digest());
  }

  private static boolean isMade(Reference reference) {
    return reference.source() != Source.REGISTRY;
  }

  private static boolean isNewest(Reference here, Optional<ImageHolder> maker) {
    return maker.isEmpty() || maker.get().updatedEpochMillis() <= here.updatedEpochMillis();
  }

  private static Optional<ImageHolder> newestMade(List<ImageHolder> holders) {
    return newest(holders.stream().filter(h -> h.source() != Source.REGISTRY).toList());
  }

  private static Optional<ImageHolder> newest(List<ImageHolder> holders) {
    return holders.stream().max(Comparator.comparingLong(ImageHolder::updatedEpochMillis));
  }

  private Result present(Reference here) {
    if (here.isPrivate()) {
      requireAccess(here);
    }
    return new Result(
        library.read(here.name(), here.target()),
        "Container image \"" + wanted.name() + "\" already present on machine");
  }

  /** A credential that its registry accepted before is not asked about again. */
  private void requireAccess(Reference here) {
    Optional<Credential> own = credential();
    if (own.isPresent() && here.grants().stream().anyMatch(g -> g.isOf(mark(own.get())))) {
      return;
    }
    wanted.beforeLongWork().run();
    puller().requireAccess(name, here.target().digest());
    own.ifPresent(c -> library.references().set(here.withGrant(Grant.of(mark(c)))));
  }

  private Optional<Credential> credential() {
    return wanted.secrets().find(name.registry(), name.repository());
  }

  private String mark(Credential credential) {
    return String.join(
        "\0",
        name.registry(),
        credential.username(),
        credential.password(),
        credential.identityToken());
  }

  private Puller puller() {
    return new Puller(
        library,
        wanted
            .registries()
            .withCredentials(wanted.secrets().or(wanted.registries().credentials())));
  }

  /** From whoever has the same content; a registry that also has it is the last resort. */
  private Result copied(ImageHolder best, List<ImageHolder> holders) {
    List<ImageHolder> same =
        holders.stream()
            .filter(h -> h.target().equals(best.target()))
            .sorted(Comparator.comparing(h -> !h.equals(best)))
            .toList();
    try {
      StoredImage image = puller().copy(name, same, TransferProgress.SILENT);
      return new Result(image, took("copied", "node " + best.node(), image));
    } catch (ImageFault e) {
      if (e.kind() == ImageFault.Kind.DISK_FULL || e.kind() == ImageFault.Kind.STORE) {
        throw e;
      }
      try {
        return pulled();
      } catch (ImageFault second) {
        throw new ImageFault(
            second.kind(), second.getMessage() + " (and before: " + e.getMessage() + ")", second);
      }
    }
  }

  private Result pulled() {
    Optional<Credential> own = credential();
    StoredImage image =
        puller()
            .pull(name, library.platform(), TransferProgress.SILENT, target -> naming(target, own));
    return new Result(image, took("pulled", name.registry(), image));
  }

  private Reference naming(
      io.hawser.runtime.image.oci.Descriptor target, Optional<Credential> own) {
    Reference fresh =
        new Reference(
            name.toString(), target, library.clock().millis(), Source.REGISTRY, List.of());
    if (own.isEmpty()) {
      return fresh;
    }
    List<Grant> known =
        library
            .references()
            .find(name)
            .filter(before -> before.target().equals(target))
            .map(References.Reference::grants)
            .orElse(List.of());
    if (known.stream().anyMatch(g -> g.isOf(mark(own.get())))) {
      return new Reference(
          fresh.name(), target, fresh.updatedEpochMillis(), Source.REGISTRY, known);
    }
    return new Reference(fresh.name(), target, fresh.updatedEpochMillis(), Source.REGISTRY, known)
        .withGrant(Grant.of(mark(own.get())));
  }

  private String took(String verb, String from, StoredImage image) {
    double seconds = (System.nanoTime() - begunNanos) / 1e9;
    long bytes = image.content().layers().stream().mapToLong(l -> l.size()).sum();
    return String.format(
        Locale.ROOT,
        "Successfully %s image \"%s\" from %s in %.1fs. Image size: %d bytes.",
        verb,
        wanted.name(),
        from,
        seconds,
        bytes);
  }
}
