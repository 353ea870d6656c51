package io.hawser.runtime;

import io.hawser.runtime.kernel.Kernel;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The OCI runtimes of this machine that a pod may ask for by a name, which Kubernetes calls a
 * handler: those of the configuration, and some well-known ones that are looked for on the PATH.
 */
final class OciRuntimes {
  private static final Map<String, String> KNOWN =
      Map.of("runc", "runc", "crun", "crun", "runsc", "runsc", "kata", "kata-runtime");

  /** Where distributions put them, also when the agent's PATH is shorter. */
  private static final String USUAL = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin";

  private final Kernel kernel;
  private final Map<String, Path> configured;
  private final Path state;

  /**
   * @param configured programs by handler; they win over the well-known ones
   * @param state where each runtime keeps what it knows of its containers
   */
  OciRuntimes(Kernel kernel, Map<String, Path> configured, Path state) {
    this.kernel = kernel;
    this.configured = Map.copyOf(configured);
    this.state = state;
  }

  /**
   * @throws IllegalArgumentException when there is none of this name, or its program is missing
   */
  OciRuntimeProgram require(String handler) {
    if (!configured.containsKey(handler) && !KNOWN.containsKey(handler)) {
      TreeSet<String> all = new TreeSet<>(KNOWN.keySet());
      all.addAll(configured.keySet());
      throw new IllegalArgumentException(
          "no runtime for handler \"" + handler + "\" is configured on this node; it knows " + all);
    }
    return find(handler)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "the program of runtime handler \""
                        + handler
                        + "\" is not on this node: "
                        + Optional.ofNullable(configured.get(handler))
                            .map(Path::toString)
                            .orElse(KNOWN.get(handler))));
  }

  /** Empty when its program is not there any more. */
  Optional<OciRuntimeProgram> find(String handler) {
    return program(handler)
        .map(path -> new OciRuntimeProgram(kernel, handler, path, state.resolve(handler)));
  }

  private Optional<Path> program(String handler) {
    if (configured.containsKey(handler)) {
      return Optional.of(configured.get(handler)).filter(Files::isExecutable);
    }
    String directories = System.getenv().getOrDefault("PATH", "") + File.pathSeparator + USUAL;
    return Stream.of(directories.split(File.pathSeparator))
        .filter(directory -> KNOWN.containsKey(handler) && !directory.isEmpty())
        .map(directory -> Path.of(directory, KNOWN.get(handler)))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
