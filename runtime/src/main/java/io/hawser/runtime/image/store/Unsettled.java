package io.hawser.runtime.image.store;

import io.hawser.runtime.image.Digest;
import io.hawser.runtime.image.ImageFault;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.List;

/**
 * Blobs that are whole but perhaps not on the disk yet. Waiting for the disk would take most of a
 * pull's time, and what a registry has can be had again. So each has a marker named by this run of
 * the machine, until one sync of the whole file system serves them all. A blob marked by an earlier
 * run is hashed once; one that was lost becomes an arrival again, and the next pull fetches it.
 */
public final class Unsettled {
  private final StoreLayout layout;

  Unsettled(StoreLayout layout) {
    this.layout = layout;
  }

  /** Call it before the blob can be seen: file systems keep the order of names. */
  void mark(Digest digest) throws IOException {
    try {
      Files.createFile(layout.unsettled().resolve(name(digest) + "." + BootId.CURRENT));
    } catch (FileAlreadyExistsException e) {
      // It was here before, during this run of the machine.
    }
  }

  /** The markers there are; sync the file system, then {@link #settled} takes them away. */
  public List<Path> list() {
    return DurableFiles.entries(layout.unsettled());
  }

  public void settled(List<Path> markers) throws IOException {
    for (Path marker : markers) {
      Files.deleteIfExists(marker);
    }
  }

  /** Takes what an earlier run of the machine lost out of sight. */
  void checkEarlierRuns() {
    for (Path marker : list()) {
      String name = marker.getFileName().toString();
      int dot = name.indexOf('.');
      if (dot > 0 && !name.substring(dot + 1).equals(BootId.CURRENT)) {
        check(digest(name.substring(0, dot)));
        DurableFiles.deleteQuietly(marker);
      }
    }
  }

  private void check(Digest digest) {
    MessageDigest hasher = digest.hasher();
    try (InputStream in = Files.newInputStream(layout.blob(digest))) {
      ContentStore.copy(in, new DigestOutputStream(OutputStream.nullOutputStream(), hasher));
      if (!Digest.finish(digest.algorithm(), hasher).equals(digest)) {
        Files.move(layout.blob(digest), layout.arriving(digest));
      }
    } catch (NoSuchFileException | FileAlreadyExistsException e) {
      // Collected since, or another process was faster.
    } catch (IOException e) {
      throw ImageFault.of("can't check " + digest, e);
    }
  }

  private static String name(Digest digest) {
    return digest.algorithm() + "-" + digest.hex();
  }

  private static Digest digest(String name) {
    return Digest.parse(name.replaceFirst("-", ":"));
  }
}
