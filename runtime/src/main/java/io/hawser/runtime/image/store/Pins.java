package io.hawser.runtime.image.store;

import io.hawser.runtime.image.Digest;
import io.hawser.runtime.image.ImageFault;
import io.hawser.runtime.image.oci.OciJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What containers use. A pin outlives its process, as containers do; whoever set it takes it away,
 * and says after a crash which ones are still true.
 */
public final class Pins {
  private final StoreLayout layout;

  public Pins(StoreLayout layout) {
    this.layout = layout;
  }

  /**
   * @param holder such as a container's id
   * @param manifest the manifest of the image it runs
   */
  public record Pin(String holder, Digest manifest) {}

  /**
   * Keeps an image until {@link #remove}, also when this process is killed. Idempotent. Not brought
   * to the disk: no container outlives a loss of the machine.
   */
  public void set(String holder, Digest manifest) {
    try (StoreLock lock = Lease.collectionLock(layout)) {
      DurableFiles.replaceUnsynced(file(holder), OciJson.write(new Pin(holder, manifest)));
    }
  }

  public void remove(String holder) {
    try {
      Files.deleteIfExists(file(holder));
    } catch (IOException e) {
      throw ImageFault.of("can't remove the pin of " + holder, e);
    }
  }

  /** Takes away the pins of a group of holders that no longer exist. */
  public void retain(String holderPrefix, Set<String> holders) {
    list().keySet().stream()
        .filter(h -> h.startsWith(holderPrefix) && !holders.contains(h))
        .forEach(this::remove);
  }

  /** Manifests by holder. */
  public TreeMap<String, Digest> list() {
    return DurableFiles.entries(layout.pins()).stream()
        .map(Pins::read)
        .flatMap(Optional::stream)
        .collect(Collectors.toMap(Pin::holder, Pin::manifest, (a, b) -> a, TreeMap::new));
  }

  private static Optional<Pin> read(Path file) {
    try {
      return Optional.of(OciJson.read(Files.readAllBytes(file), Pin.class, "the pin " + file));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw ImageFault.of("can't read " + file, e);
    } catch (ImageFault e) {
      // Torn by a loss of the machine, which its container did not survive either.
      return Optional.empty();
    }
  }

  private Path file(String holder) {
    return layout
        .pins()
        .resolve(Digest.of(holder.getBytes(StandardCharsets.UTF_8)).hex() + ".json");
  }
}
