package io.hawser.ops.cli;

import io.hawser.ops.client.CommandFailure;
import io.hawser.runtime.ImageStore;
import io.hawser.runtime.ImageStore.Image;
import io.hawser.runtime.ImageStore.ImageConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code hawser image}: the images on this machine. */
@Command(
    name = "image",
    description = "Import and list the images on this machine.",
    subcommands = {ImageCommand.Import.class, ImageCommand.Listing.class})
final class ImageCommand implements Runnable {
  @Spec CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "expected one of import, ls");
  }

  /** Makes an image of a directory. */
  @Command(name = "import", description = "Make an image of a directory with a root file system.")
  static final class Import extends HawserCommand {
    @Parameters(index = "0", paramLabel = "NAME", description = "Such as hawser/web:1.")
    String reference;

    @Parameters(index = "1", paramLabel = "ROOTFS", description = "The directory; it is copied.")
    Path root;

    @Option(names = "--entrypoint", paramLabel = "WORD", description = "Once for each word.")
    List<String> entrypoint = new ArrayList<>();

    @Option(names = "--cmd", paramLabel = "WORD", description = "Once for each word.")
    List<String> cmd = new ArrayList<>();

    @Option(names = "--env", paramLabel = "NAME=VALUE", description = "Once for each variable.")
    List<String> env = new ArrayList<>();

    @Option(names = "--workdir", paramLabel = "PATH", defaultValue = "/")
    String workingDir;

    @Option(names = "--user", paramLabel = "UID[:GID]", defaultValue = "")
    String user;

    @Override
    public Integer call() {
      for (String variable : env) {
        if (variable.indexOf('=') <= 0) {
          throw usage("--env: expected NAME=VALUE, got " + variable);
        }
      }
      if (!Files.isDirectory(root)) {
        throw new CommandFailure(root + " is not a directory");
      }
      Image image =
          ImageStore.open(dir().toAbsolutePath().resolve("images"))
              .importDirectory(
                  reference,
                  root.toAbsolutePath(),
                  new ImageConfig(entrypoint, cmd, env, workingDir, user, ""));
      out().println(image.reference() + " " + image.digest());
      return DONE;
    }
  }

  /** Lists images. */
  @Command(name = "ls", description = "List the images on this machine.")
  static final class Listing extends HawserCommand {
    @Override
    public Integer call() {
      String row = "%-32s %-20s %s";
      out().println(String.format(row, "IMAGE", "DIGEST", "SIZE"));
      for (Image image : ImageStore.open(dir().toAbsolutePath().resolve("images")).list()) {
        String digest = image.digest().substring(0, Math.min(19, image.digest().length()));
        out().println(String.format(row, image.reference(), digest, size(image.sizeBytes())));
      }
      return DONE;
    }

    private static String size(long bytes) {
      return bytes < 1024 * 1024
          ? (bytes + 1023) / 1024 + " KiB"
          : (bytes + 1024 * 512) / (1024 * 1024) + " MiB";
    }
  }
}
