package io.hawser.runtime;

import io.hawser.runtime.image.Digest;
import io.hawser.runtime.image.ImageLibrary;
import io.hawser.runtime.image.LayeredImageStore;
import io.hawser.runtime.image.registry.Credentials;
import io.hawser.runtime.image.registry.ImageHolder;
import io.hawser.runtime.image.registry.PullPolicy;
import io.hawser.runtime.image.registry.RegistrySettings;
import io.hawser.runtime.image.store.References;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The images of a machine: unpacked once, shared read-only by all containers. May be shared by
 * several nodes of one machine; written crash-safe (a half-written image is never seen).
 */
public interface ImageStore {

  static ImageStore open(Path directory) {
    return new LayeredImageStore(ImageLibrary.open(directory));
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
   * Makes an image ready for a pod's container: finds it here, copies it from another node or pulls
   * it, as the policy says. Blocks as long as a download takes; safe to be repeated.
   *
   * @throws io.hawser.runtime.image.ImageFault when it can't be had, with the cause
   */
  default Fetched fetch(Wanted wanted) {
    Image image =
        find(wanted.name())
            .orElseThrow(
                () -> new RuntimeFault("ErrImagePull", "there is no " + wanted.name(), null));
    return new Fetched(image, "Container image \"" + wanted.name() + "\" already present");
  }

  /**
   * An image that a container needs.
   *
   * @param name as in the pod's spec
   * @param registries how registries are reached from this machine
   * @param secrets the pod's own credentials: its imagePullSecrets
   * @param holders tells, when asked, which other nodes have the image; may block for seconds
   * @param beforeLongWork is run before anything waits for a network or unpacks; may throw to say
   *     that this thread has no time for that
   */
  record Wanted(
      String name,
      PullPolicy policy,
      RegistrySettings registries,
      Credentials secrets,
      Supplier<List<ImageHolder>> holders,
      Runnable beforeLongWork) {}

  /**
   * An image as another node may have it.
   *
   * @param target the digest that the name stands for here
   */
  record Held(Digest target, References.Source source, long updatedEpochMillis) {}

  /** What this node can give to other nodes under a name; nothing that needs a credential. */
  default Optional<Held> held(String name) {
    return Optional.empty();
  }

  /**
   * An image that is here.
   *
   * @param how a sentence for the pod's events
   */
  record Fetched(Image image, String how) {}

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
   * @param layers unpacked, never written; what overlay stacks, uppermost first, as in its option
   *     {@code lowerdir}; together they are the root
   */
  record Image(
      String reference, String digest, ImageConfig config, long sizeBytes, List<Path> layers) {
    public Image {
      layers = List.copyOf(layers);
    }
  }

  /**
   * The image's defaults, as the OCI image specification names them.
   *
   * @param env entries {@code NAME=value}
   * @param user {@code uid[:gid]} or {@code name[:group]} from the image's own passwd; empty: root
   * @param stopSignal such as {@code SIGTERM}; empty: SIGTERM
   * @param volumes paths that get a directory of their own in each container, filled with what the
   *     image has there
   */
  record ImageConfig(
      List<String> entrypoint,
      List<String> cmd,
      List<String> env,
      String workingDir,
      String user,
      String stopSignal,
      List<String> volumes,
      Map<String, String> labels) {
    /** Without volumes and labels. */
    public ImageConfig(
        List<String> entrypoint,
        List<String> cmd,
        List<String> env,
        String workingDir,
        String user,
        String stopSignal) {
      this(entrypoint, cmd, env, workingDir, user, stopSignal, List.of(), Map.of());
    }
  }
}
