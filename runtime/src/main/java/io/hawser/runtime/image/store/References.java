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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The names of images: one small file each, replaced atomically. */
public final class References {
  private static final Logger LOG = LoggerFactory.getLogger(References.class);
  private static final int MAX_FILE_BYTES = 64 << 10;

  private final StoreLayout layout;

  public References(StoreLayout layout) {
    this.layout = layout;
  }

  /**
   * @param name in full form
   * @param target an index or a manifest
   * @param updatedEpochMillis when the name was last set
   * @param inRegistry true: pulled or pushed, so it can be pulled again; false: only here
   * @param secret true: it was pulled with a credential, so whoever wants it must have one
   */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Reference(
      String name,
      Descriptor target,
      long updatedEpochMillis,
      boolean inRegistry,
      boolean secret) {}

  /** Sets a name, replacing what it named. Take the content under a lease first. */
  public void set(
      ImageName name, Descriptor target, long nowEpochMillis, boolean inRegistry, boolean secret) {
    Reference reference =
        new Reference(name.toString(), target, nowEpochMillis, inRegistry, secret);
    DurableFiles.replace(file(name), OciJson.write(reference));
  }

  public Optional<Reference> find(ImageName name) {
    return read(file(name));
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
