package io.hawser.runtime.image.build;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.hawser.runtime.image.Digest;
import io.hawser.runtime.image.ImageFault;
import io.hawser.runtime.image.oci.Descriptor;
import io.hawser.runtime.image.oci.OciJson;
import io.hawser.runtime.image.store.DurableFiles;
import io.hawser.runtime.image.store.StoreLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Which layer came out of a build step, by the hash of all that went into it. */
public final class BuildCache {
  /** An entry that no build has used for so long goes with the next collection. */
  public static final Duration RETENTION = Duration.ofDays(14);

  private final StoreLayout layout;

  public BuildCache(StoreLayout layout) {
    this.layout = layout;
  }

  /**
   * @param layer the step's result
   * @param chain diff ids up to and with the layer, lowest first
   */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Entry(Descriptor layer, List<Digest> chain) {
    public Digest diffId() {
      return chain.get(chain.size() - 1);
    }
  }

  /** Looks a step up; a hit counts as a use. Whether the layer is still stored must be asked. */
  Optional<Entry> find(Digest key, Instant now) {
    Path file = file(key);
    try {
      Entry entry =
          OciJson.read(Files.readAllBytes(file), Entry.class, "the build cache entry " + file);
      Files.setLastModifiedTime(file, FileTime.from(now));
      return Optional.of(entry);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw ImageFault.of("can't read " + file, e);
    }
  }

  void put(Digest key, Entry entry) {
    DurableFiles.replace(file(key), OciJson.write(entry));
  }

  /** Drops what was not used for long; returns what stays. Call it under the collection lock. */
  public List<Entry> retain(Instant now) {
    List<Entry> entries = new ArrayList<>();
    for (Path file : DurableFiles.entries(layout.buildCache())) {
      try {
        if (Files.getLastModifiedTime(file).toInstant().plus(RETENTION).isBefore(now)) {
          Files.deleteIfExists(file);
        } else {
          entries.add(OciJson.read(Files.readAllBytes(file), Entry.class, file.toString()));
        }
      } catch (NoSuchFileException e) {
        // Cleared meanwhile.
      } catch (IOException e) {
        throw ImageFault.of("can't read " + file, e);
      }
    }
    return entries;
  }

  /** Forgets everything. */
  public void clear() {
    try {
      for (Path file : DurableFiles.entries(layout.buildCache())) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw ImageFault.of("can't clear the build cache", e);
    }
  }

  private Path file(Digest key) {
    return layout.buildCache().resolve(key.hex() + ".json");
  }
}
