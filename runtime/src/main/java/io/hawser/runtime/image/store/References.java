package io.hawser.runtime.image.store;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.hawser.runtime.image.Digest;
import io.hawser.runtime.image.ImageFault;
import io.hawser.runtime.image.ImageName;
import io.hawser.runtime.image.oci.Descriptor;
import io.hawser.runtime.image.oci.OciJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The names of images: one small file each, replaced atomically. */
public final class References {
  private static final Logger LOG = LoggerFactory.getLogger(References.class);
  private static final int MAX_FILE_BYTES = 64 << 10;

  /** Credentials remembered for one name; the oldest goes. */
  static final int MAX_GRANTS = 32;

  /** How exactly the last use is known. */
  static final Duration USE_PRECISION = Duration.ofMinutes(10);

  /** Names whose files are not read again as long as they are the same. */
  private static final int REMEMBERED = 256;

  private final StoreLayout layout;
  private final Map<Path, Known> known = new ConcurrentHashMap<>();

  private record Known(Map<String, Object> version, Reference reference) {}

  public References(StoreLayout layout) {
    this.layout = layout;
  }

  /** Who says what a name stands for. */
  public enum Source {
    /** It was made here: built, imported, loaded, tagged. */
    LOCAL,
    /** Another node of the cluster made it. */
    CLUSTER,
    /** Its registry has it. */
    REGISTRY
  }

  /**
   * @param name in full form
   * @param target an index or a manifest
   * @param updatedEpochMillis when the name was last set; a copy of another node's keeps its time
   * @param grants marks of the credentials with which a registry gave it; none: it is open to all
   */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Reference(
      String name, Descriptor target, long updatedEpochMillis, Source source, List<Grant> grants) {
    public Reference {
      source = source == null ? Source.LOCAL : source;
      grants = grants == null ? List.of() : List.copyOf(grants);
    }

    /** Whether it can be fetched again when it is removed here. */
    public boolean isElsewhere() {
      return source != Source.LOCAL;
    }

    /** Whether only who has a credential may have it. */
    public boolean isPrivate() {
      return !grants.isEmpty();
    }

    public Reference withSource(Source newSource) {
      return new Reference(name, target, updatedEpochMillis, newSource, grants);
    }

    /** Notes one more credential that its registry accepted. */
    public Reference withGrant(Grant grant) {
      List<Grant> all = new ArrayList<>(grants);
      all.add(grant);
      int first = Math.max(0, all.size() - MAX_GRANTS);
      return new Reference(
          name, target, updatedEpochMillis, source, all.subList(first, all.size()));
    }
  }

  /** Sets a name, replacing what it named. Take the content under a lease first. */
  public void set(Reference reference) {
    DurableFiles.replace(file(ImageName.parse(reference.name())), OciJson.write(reference));
  }

  /** Notes that a container was started from it; at most once in {@link #USE_PRECISION}. */
  public void used(Reference reference, Instant now) {
    Path file = file(ImageName.parse(reference.name()));
    try {
      if (Files.getLastModifiedTime(file).toInstant().plus(USE_PRECISION).isBefore(now)) {
        Files.setLastModifiedTime(file, FileTime.from(now));
      }
    } catch (IOException e) {
      LOG.debug("the use of {} can't be noted: {}", reference.name(), e.toString());
    }
  }

  /** When it was set or a container was last started from it. */
  public Instant lastUsed(Reference reference) {
    try {
      return Files.getLastModifiedTime(file(ImageName.parse(reference.name()))).toInstant();
    } catch (IOException e) {
      return Instant.EPOCH;
    }
  }

  public Optional<Reference> find(ImageName name) {
    Path file = file(name);
    Optional<Map<String, Object>> version = version(file);
    Known before = known.get(file);
    if (before != null && version.equals(Optional.of(before.version()))) {
      return Optional.of(before.reference());
    }
    Optional<Reference> found = read(file);
    if (known.size() >= REMEMBERED) {
      known.clear();
    }
    if (found.isPresent() && version.isPresent()) { // of before the reading: newer is read again
      known.put(file, new Known(version.get(), found.get()));
    }
    return found;
  }

  /** A name is replaced by another file: what tells them apart; empty when there is none. */
  private static Optional<Map<String, Object>> version(Path file) {
    try {
      return Optional.of(Files.readAttributes(file, "unix:ino,size,ctime"));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Takes a name away; false when there was none. */
  public boolean remove(ImageName name) {
    try {
      boolean removed = Files.deleteIfExists(file(name));
      DurableFiles.syncDirectory(layout.references());
      return removed;
    } catch (IOException e) {
      throw ImageFault.of("can't remove the name " + name, e);
    }
  }

  /** All names, sorted. */
  public List<Reference> list() {
    List<Reference> references = new ArrayList<>();
    for (Path file : DurableFiles.entries(layout.references())) {
      read(file).ifPresent(references::add);
    }
    references.sort(java.util.Comparator.comparing(Reference::name));
    return references;
  }

  private Path file(ImageName name) {
    byte[] bytes = name.toString().getBytes(StandardCharsets.UTF_8);
    return layout.references().resolve(Digest.of(bytes).hex() + ".json");
  }

  private static Optional<Reference> read(Path file) {
    try {
      if (Files.size(file) > MAX_FILE_BYTES) {
        throw new ImageFault(ImageFault.Kind.STORE, file + " is no reference: too large");
      }
      return Optional.of(
          OciJson.read(Files.readAllBytes(file), Reference.class, "the reference " + file));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw ImageFault.of("can't read " + file, e);
    } catch (ImageFault e) {
      // Replaced atomically, so only a broken disk does this; the other names must stay usable.
      LOG.warn("a damaged name is passed over: {}", e.getMessage());
      return Optional.empty();
    }
  }
}
