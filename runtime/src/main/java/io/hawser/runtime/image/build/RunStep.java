package io.hawser.runtime.image.build;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Executes RUN: the container runtime's part of a build. It mounts an overlay of the request's
 * directories ({@code redirect_dir=off,metacopy=off}), runs the command in a container on it,
 * unmounts, and leaves the changes in the upper directory.
 */
public interface RunStep {
  /** For builds without RUN. */
  RunStep UNAVAILABLE =
      request -> {
        throw new io.hawser.runtime.image.ImageFault(
            io.hawser.runtime.image.ImageFault.Kind.BAD_INPUT,
            "RUN can't be executed here: there is no container runtime");
      };

  /** Where a command finds its script, as with Docker's builder. */
  String SCRIPTS = "/dev/pipes";

  /** A here-document that names its own program after {@code #!}. */
  record Script(String name, String content) {}

  /**
   * @return the command's exit code; anything but 0 ends the build
   */
  int run(Request request);

  /**
   * @param layersTopFirst what overlay's {@code lowerdir} gets; may be empty
   * @param upper empty; becomes the new layer
   * @param work empty, on the same file system, for overlay
   * @param env entries {@code NAME=value}, build arguments included
   * @param user as in an image's config; empty: root
   * @param network {@code default}, {@code none} or {@code host}
   * @param script a file for the command to execute, at {@link #SCRIPTS}; not part of the result
   * @param output gets the command's lines
   */
  record Request(
      List<Path> layersTopFirst,
      Path upper,
      Path work,
      List<String> command,
      List<String> env,
      String user,
      String workingDir,
      String network,
      Optional<Script> script,
      Consumer<String> output) {}
}
