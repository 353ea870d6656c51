package io.hawser.runtime.image.store;

import io.hawser.runtime.image.Digest;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Where what lies in an image directory.
 *
 * <pre>
 * blobs/sha256/…     whole, verified, never changed
 * arriving/…         parts of blobs, kept so that a later try goes on
 * unsettled/…        one empty file for each blob that may not be on the disk yet
 * layers/…           unpacked layers
 * staging/LEASE-…    layers being unpacked or built; dead when the lease is dead
 * references/…       one small file per image name
 * leases/…           what a running process is working with; locked by its process
 * pins/…             what containers use, whether or not a JVM lives
 * trash/…            unlinked by a collection, being deleted
 * locks/…
 * </pre>
 */
public final class StoreLayout {
  /** A thread that waits longer for a short critical section has found a stuck process. */
  static final Duration SHORT_LOCK_PATIENCE = Duration.ofSeconds(60);

  private final Path root;

  public StoreLayout(Path root) {
    this.root = root.toAbsolutePath().normalize();
    for (String name :
        new String[] {
          "blobs/sha256",
          "blobs/sha512",
          "arriving",
          "unsettled",
          "layers",
          "staging",
          "references",
          "leases",
          "pins",
          "trash",
          "locks",
          "build"
        }) {
      DurableFiles.makeDirectories(this.root.resolve(name));
    }
  }

  public Path root() {
    return root;
  }

  Path blob(Digest digest) {
    return root.resolve("blobs").resolve(digest.algorithm()).resolve(digest.hex());
  }

  Path blobs(String algorithm) {
    return root.resolve("blobs").resolve(algorithm);
  }

  Path arriving() {
    return root.resolve("arriving");
  }

  Path unsettled() {
    return root.resolve("unsettled");
  }

  Path arriving(Digest digest) {
    return arriving().resolve(digest.algorithm() + "-" + digest.hex() + ".part");
  }

  public Path layers() {
    return root.resolve("layers");
  }

  public Path staging() {
    return root.resolve("staging");
  }

  Path references() {
    return root.resolve("references");
  }

  Path leases() {
    return root.resolve("leases");
  }

  Path pins() {
    return root.resolve("pins");
  }

  Path trash() {
    return root.resolve("trash");
  }

  /** Results of build steps by the hash of all that went into them. */
  public Path buildCache() {
    return root.resolve("build");
  }

  /** Held for moments: collections and whoever extends a lease exclude each other. */
  Path collectionLock() {
    return root.resolve("locks/collection");
  }

  /**
   * The lock for the arrival of one blob or the unpacking of one layer. 256 files serve all, so now
   * and then two wait for each other needlessly; a thread takes one at a time, so never for ever.
   */
  public Path lockFor(String what, Digest digest) {
    return root.resolve("locks").resolve(what + "-" + digest.hex().substring(0, 2));
  }
}
