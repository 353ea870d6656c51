package io.hawser.ops.image;

import io.hawser.runtime.image.Images;
import io.hawser.runtime.image.StoredImage;
import io.hawser.runtime.image.archive.ArchiveWriter;
import io.hawser.runtime.image.oci.RunConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The image commands that read and write files. */
final class ArchiveCommands {
  private ArchiveCommands() {}

  /** {@code hawser image save}. */
  @Command(name = "save", description = "Write images to an archive that other engines read.")
  static final class Save extends ImageAction {
    @Parameters(arity = "1..*", paramLabel = "NAME")
    List<String> names = new ArrayList<>();

    @Option(
        names = {"-o", "--output"},
        required = true,
        paramLabel = "FILE",
        description = "Where to; a directory for oci-layout.")
    Path target;

    @Option(
        names = "--format",
        paramLabel = "FORMAT",
        defaultValue = "docker-archive",
        description = "docker-archive, oci-archive or oci-layout (default: ${DEFAULT-VALUE}).")
    String format;

    @Override
    public Integer call() {
      ArchiveWriter.Format chosen =
          switch (format) {
            case "docker-archive" -> ArchiveWriter.Format.DOCKER_ARCHIVE;
            case "oci-archive" -> ArchiveWriter.Format.OCI_ARCHIVE;
            case "oci-layout" -> ArchiveWriter.Format.OCI_LAYOUT;
            default ->
                throw usage(
                    "--format: expected docker-archive, oci-archive or oci-layout, got " + format);
          };
      images().save(names, chosen, target.toAbsolutePath());
      out().println("saved " + String.join(", ", names) + " to " + target);
      return DONE;
    }
  }

  /** {@code hawser image load}. */
  @Command(
      name = "load",
      description = "Read images from a docker-archive, an OCI archive or an OCI layout.")
  static final class Load extends ImageAction {
    @Parameters(index = "0", arity = "0..1", paramLabel = "FILE")
    Path file;

    @Option(
        names = {"-i", "--input"},
        paramLabel = "FILE",
        description = "The same.")
    Path input;

    @Option(
        names = {"-t", "--tag"},
        paramLabel = "NAME",
        description = "A name for an archive with one image.")
    String name;

    @Override
    public Integer call() {
      if ((file == null) == (input == null)) {
        throw usage("expected one FILE");
      }
      Path archive = (file == null ? input : file).toAbsolutePath();
      for (StoredImage image : images().load(archive, Optional.ofNullable(name))) {
        out().println(Outputs.line(image));
      }
      return DONE;
    }
  }

  /** {@code hawser image import}. */
  @Command(
      name = "import",
      description = "Make an image of a root file system: a directory or a tar, packed or not.")
  static final class Import extends ImageAction {
    @Parameters(index = "0", paramLabel = "NAME", description = "Such as hawser/web:1.")
    String reference;

    @Parameters(index = "1", paramLabel = "ROOTFS", description = "The directory or tar.")
    Path root;

    @Option(names = "--entrypoint", paramLabel = "WORD", description = "Once for each word.")
    List<String> entrypoint = new ArrayList<>();

    @Option(names = "--cmd", paramLabel = "WORD", description = "Once for each word.")
    List<String> cmd = new ArrayList<>();

    @Option(names = "--env", paramLabel = "NAME=VALUE", description = "Once for each variable.")
    List<String> env = new ArrayList<>();

    @Option(names = "--label", paramLabel = "NAME=VALUE", description = "Once for each label.")
    List<String> labels = new ArrayList<>();

    @Option(names = "--workdir", paramLabel = "PATH", defaultValue = "/")
    String workingDir;

    @Option(names = "--user", paramLabel = "USER[:GROUP]", defaultValue = "")
    String user;

    @Option(names = "--stop-signal", paramLabel = "SIGNAL", defaultValue = "")
    String stopSignal;

    @Override
    public Integer call() {
      RunConfig config =
          new RunConfig(
              user,
              null,
              checked("--env", env),
              entrypoint,
              cmd,
              null,
              workingDir,
              labels(),
              stopSignal,
              null,
              null,
              null);
      Images images = images();
      Path source = root.toAbsolutePath();
      StoredImage image =
          Files.isRegularFile(source)
              ? images.importTar(reference, source, config)
              : images.importDirectory(reference, source, config);
      out().println(Outputs.line(image));
      return DONE;
    }

    private TreeMap<String, String> labels() {
      TreeMap<String, String> pairs = new TreeMap<>();
      for (String label : checked("--label", labels)) {
        int equals = label.indexOf('=');
        pairs.put(label.substring(0, equals), label.substring(equals + 1));
      }
      return pairs;
    }

    private List<String> checked(String option, List<String> pairs) {
      for (String pair : pairs) {
        if (pair.indexOf('=') <= 0) {
          throw usage(option + ": expected NAME=VALUE, got " + pair);
        }
      }
      return pairs;
    }
  }
}
