package io.hawser.runtime.image.store;

import io.hawser.runtime.image.Digest;
import io.hawser.runtime.image.ImageFault;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Keeps what one operation works with from being collected until the operation has put it under a
 * reference. A lease dies with its process: its file is locked as long as the process lives.
 */
public final class Lease implements AutoCloseable {
  /**
   * The leases of this JVM. Their files must not be opened again here: closing them would drop the
   * process's locks (fcntl(2)).
   */
  private static final Map<Path, Lease> OWN = new ConcurrentHashMap<>();

  private final StoreLayout layout;
  private final Path file;
  private final FileChannel channel;
  private final Set<Digest> held = ConcurrentHashMap.newKeySet();
  private final AtomicInteger stagingNames = new AtomicInteger();

  private Lease(StoreLayout layout, Path file, FileChannel channel) {
    this.layout = layout;
    this.file = file;
    this.channel = channel;
  }

  public static Lease take(StoreLayout layout) {
    Path file = layout.leases().resolve(UUID.randomUUID().toString());
    try (StoreLock lock = collectionLock(layout)) {
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      channel.lock();
      Lease lease = new Lease(layout, file, channel);
      OWN.put(file, lease);
      return lease;
    } catch (IOException e) {
      throw ImageFault.of("can't write " + file, e);
    }
  }

  static StoreLock collectionLock(StoreLayout layout) {
    return StoreLock.take(layout.collectionLock(), StoreLayout.SHORT_LOCK_PATIENCE);
  }

  /** Keeps this content. Whether it is in the store must be asked afterwards. */
  public void hold(Digest digest) {
    if (held.contains(digest)) {
      return;
    }
    try (StoreLock lock = collectionLock(layout)) {
      synchronized (channel) {
        channel.write(ByteBuffer.wrap((digest + "\n").getBytes(StandardCharsets.US_ASCII)));
      }
      held.add(digest);
    } catch (IOException e) {
      throw ImageFault.of("can't write " + file, e);
    }
  }

  /** A fresh path that is removed when this lease ends, if it is still there. */
  public Path stage(String what) {
    return layout
        .staging()
        .resolve(file.getFileName() + "-" + stagingNames.getAndIncrement() + "-" + what);
  }

  @Override
  public void close() {
    OWN.remove(file);
    try {
      Files.deleteIfExists(file);
      channel.close();
      for (Path staged : DurableFiles.entries(layout.staging())) {
        if (staged.getFileName().toString().startsWith(file.getFileName() + "-")) {
          DurableFiles.deleteTree(staged);
        }
      }
    } catch (IOException e) {
      throw ImageFault.of("can't end the lease " + file, e);
    }
  }

  /**
   * What living leases hold, by their names; the files of dead ones are removed. Call it under the
   * collection lock.
   */
  static Map<String, Set<Digest>> living(StoreLayout layout) throws IOException {
    Map<String, Set<Digest>> living = new HashMap<>();
    for (Path file : DurableFiles.entries(layout.leases())) {
      Lease own = OWN.get(file);
      if (own != null) {
        living.put(file.getFileName().toString(), Set.copyOf(own.held));
      } else {
        heldByOther(file).ifPresent(held -> living.put(file.getFileName().toString(), held));
      }
    }
    return living;
  }

  private static java.util.Optional<Set<Digest>> heldByOther(Path file) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      if (channel.tryLock() != null) {
        Files.deleteIfExists(file);
        return java.util.Optional.empty();
      }
      Set<Digest> held = new HashSet<>();
      for (String line : Files.readAllLines(file, StandardCharsets.US_ASCII)) {
        held.add(Digest.parse(line));
      }
      return java.util.Optional.of(held);
    } catch (OverlappingFileLockException e) {
      // A lease of this JVM that is just being closed.
      return java.util.Optional.of(Set.of());
    } catch (NoSuchFileException e) {
      return java.util.Optional.empty();
    }
  }
}
