package io.hawser.runtime;

import io.hawser.runtime.image.DirectoryImageStore;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The images of a machine: unpacked once, shared read-only by all containers. May be shared by
 * several nodes of one machine; written crash-safe (a half-written image is never seen).
 */
public interface ImageStore {

  static ImageStore open(Path directory) {
    return DirectoryImageStore.open(directory);
  }

  /**
   * Stores a copy of a root file system under a reference. The same content gives the same digest
   * and is stored once; an older image of the reference stays until nothing uses it.
   *
   * @param reference such as {@code hawser/web:1}; a missing tag means {@code latest}
   * @param root the directory that becomes the container's root
   */
  Image importDirectory(String reference, Path root, ImageConfig config);

  Optional<Image> find(String reference);

  List<Image> list();

  /**
   * Keeps an image from being collected until {@link #unpin}; outlives this JVM, as containers do.
   *
   * @param holder unique on the machine, such as {@code <node>/<container id>}
   */
  default void pin(String holder, Image image) {}

  default void unpin(String holder) {}

  /** After a crash: takes away the pins of holders with this prefix that no longer exist. */
  default void retainPins(String holderPrefix, Set<String> holders) {}

  /**
   * @param digest {@code sha256:…} over content and config
   * @param root the unpacked, never written root directory; of an image with several layers only
   *     the uppermost one's
   * @param layers what overlay stacks, uppermost first, as in its option {@code lowerdir}; together
   *     they are the root
   */
  record Image(
      String reference,
      String digest,
      Path root,
      ImageConfig config,
      long sizeBytes,
      List<Path> layers) {
    /** An image whose root is one directory. */
    public Image(String reference, String digest, Path root, ImageConfig config, long sizeBytes) {
      this(reference, digest, root, config, sizeBytes, List.of(root));
    }
  }

  /**
   * The image's defaults, as the OCI image specification names them.
   *
   * @param env entries {@code NAME=value}
   * @param user {@code uid[:gid]} or {@code name[:group]} from the image's own passwd; empty: root
   * @param stopSignal such as {@code SIGTERM}; empty: SIGTERM
   */
  record ImageConfig(
      List<String> entrypoint,
      List<String> cmd,
      List<String> env,
      String workingDir,
      String user,
      String stopSignal) {}
}
