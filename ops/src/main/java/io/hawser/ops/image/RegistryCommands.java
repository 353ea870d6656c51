package io.hawser.ops.image;

import io.hawser.ops.client.Texts;
import io.hawser.runtime.image.StoredImage;
import io.hawser.runtime.image.oci.Descriptor;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The image commands that speak with registries. */
final class RegistryCommands {
  private RegistryCommands() {}

  /** {@code hawser image pull}. */
  @Command(
      name = "pull",
      description = "Get an image from its registry, or a mirror, with this machine's credentials.")
  static final class Pull extends ImageAction {
    @Parameters(index = "0", paramLabel = "NAME")
    String name;

    @Option(
        names = "--platform",
        paramLabel = "OS/ARCH",
        description = "Such as linux/arm64 (default: this machine's).")
    String platform;

    @Option(
        names = {"-q", "--quiet"},
        description = "No progress.")
    boolean quiet;

    @Option(names = "-o", paramLabel = "json", description = "Print the result as JSON.")
    String output;

    @Override
    public Integer call() {
      Outputs.check(this::usage, output);
      StoredImage image;
      try (ProgressBars bars = ProgressBars.on(streams(), quiet || output != null)) {
        image = images().pull(name, Optional.ofNullable(platform), registries(), bars);
      }
      out()
          .println(
              output == null
                  ? Outputs.line(image)
                  : Texts.json(Outputs.image(image, List.of(name))));
      return DONE;
    }
  }

  /** {@code hawser image push}. */
  @Command(name = "push", description = "Send an image to the registry that its name says.")
  static final class Push extends ImageAction {
    @Parameters(index = "0", paramLabel = "NAME")
    String name;

    @Parameters(index = "1", arity = "0..1", paramLabel = "AS", description = "Another name there.")
    String as;

    @Option(
        names = {"-q", "--quiet"},
        description = "No progress.")
    boolean quiet;

    @Override
    public Integer call() {
      Descriptor pushed;
      try (ProgressBars bars = ProgressBars.on(streams(), quiet)) {
        pushed = images().push(name, Optional.ofNullable(as), registries(), bars);
      }
      out().println((as == null ? name : as) + " " + pushed.digest());
      return DONE;
    }
  }
}
