package io.hawser.runtime.image.store;

import io.hawser.runtime.image.Digest;
import io.hawser.runtime.image.ImageFault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * Frees what nothing needs: blobs, layers, broken-off arrivals, staging of dead processes. What is
 * needed is asked under the collection lock, so nothing that comes into use meanwhile is taken. A
 * crash in the middle leaves things in {@code trash}, which the next collection empties.
 */
public final class GarbageCollection {
  /** A broken-off arrival is kept this long for a next try. */
  public static final Duration ARRIVAL_RETENTION = Duration.ofDays(7);

  /** Replacing a small file takes milliseconds; after this its writer is dead. */
  static final Duration TEMPORARY_RETENTION = Duration.ofHours(1);

  private final StoreLayout layout;
  private final ContentStore content;

  public GarbageCollection(StoreLayout layout, ContentStore content) {
    this.layout = layout;
    this.content = content;
  }

  /**
   * What must stay.
   *
   * @param blobs digests of blobs
   * @param layers names of directories under {@code layers}
   */
  public record Needed(Set<Digest> blobs, Set<String> layers) {}

  /** What a collection freed. */
  public record Freed(int blobs, int layers, long bytes) {}

  /**
   * @param needed what names and pins need; called under the collection lock, with what living
   *     leases hold
   */
  public Freed run(java.util.function.Function<Set<Digest>, Needed> needed, Instant now) {
    try {
      Freed freed;
      try (StoreLock lock = Lease.collectionLock(layout)) {
        Map<String, Set<Digest>> leases = Lease.living(layout);
        Set<Digest> held = new HashSet<>();
        leases.values().forEach(held::addAll);
        freed = sweep(needed.apply(held), held);
        sweepArrivals(held, now);
        sweepStaging(leases.keySet());
        sweepTemporary(now);
      }
      // Deleting takes long; what is in the trash nobody can find any more.
      for (Path dead : DurableFiles.entries(layout.trash())) {
        DurableFiles.deleteTree(dead);
      }
      return freed;
    } catch (IOException e) {
      throw ImageFault.of("can't collect", e);
    }
  }

  private Freed sweep(Needed needed, Set<Digest> held) throws IOException {
    int blobs = 0;
    long bytes = 0;
    for (Digest digest : content.list()) {
      if (!needed.blobs().contains(digest) && !held.contains(digest)) {
        bytes += content.size(digest).orElse(0L);
        trash(content.file(digest));
        blobs++;
      }
    }
    int layers = 0;
    for (Path layer : DurableFiles.entries(layout.layers())) {
      if (!needed.layers().contains(layer.getFileName().toString())) {
        trash(layer);
        layers++;
      }
    }
    return new Freed(blobs, layers, bytes);
  }

  private void sweepArrivals(Set<Digest> held, Instant now) throws IOException {
    Set<Path> wanted = new HashSet<>();
    held.forEach(digest -> wanted.add(layout.arriving(digest)));
    for (Path part : DurableFiles.entries(layout.arriving())) {
      Instant touched = ifThere(() -> lastModified(part), now);
      if (!wanted.contains(part) && touched.plus(ARRIVAL_RETENTION).isBefore(now)) {
        Files.deleteIfExists(part);
      }
    }
  }

  private void sweepStaging(Set<String> leases) throws IOException {
    for (Path staged : DurableFiles.entries(layout.staging())) {
      String name = staged.getFileName().toString();
      if (leases.stream().noneMatch(lease -> name.startsWith(lease + "-"))) {
        trash(staged);
      }
    }
  }

  /** Half-written small files of processes that died. */
  private void sweepTemporary(Instant now) throws IOException {
    for (Path directory : List.of(layout.references(), layout.pins(), layout.buildCache())) {
      for (Path file : DurableFiles.temporary(directory)) {
        Instant touched = ifThere(() -> lastModified(file), now);
        if (touched.plus(TEMPORARY_RETENTION).isBefore(now)) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  private void trash(Path path) throws IOException {
    try {
      Files.move(path, layout.trash().resolve(UUID.randomUUID().toString()));
    } catch (NoSuchFileException e) {
      // Set aside as broken, or gone with its lease.
    }
  }

  private static <T> T ifThere(Supplier<T> read, T otherwise) {
    T value = read.get();
    return value == null ? otherwise : value;
  }

  private static Instant lastModified(Path file) {
    try {
      return Files.getLastModifiedTime(file).toInstant();
    } catch (IOException e) {
      return null;
    }
  }
}
