package io.hawser.ops.image;

import io.hawser.ops.cli.HawserCommand;
import io.hawser.ops.local.LocalCluster;
import io.hawser.ops.node.RegistriesFile;
import io.hawser.runtime.image.ImageFault;
import io.hawser.runtime.image.Images;
import io.hawser.runtime.image.registry.RegistrySettings;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** What the image commands share: the image directory, and how registries are reached. */
abstract class ImageAction extends HawserCommand {
  @Option(
      names = "--image-dir",
      paramLabel = "DIR",
      description =
          "The image directory (HAWSER_IMAGE_DIR); default: that of the cluster in --dir.")
  Path imageDir;

  protected final Path imageDirectory() {
    String variable = streams().environment().getOrDefault("HAWSER_IMAGE_DIR", "");
    if (imageDir != null) {
      return imageDir.toAbsolutePath();
    }
    if (!variable.isEmpty()) {
      return Path.of(variable).toAbsolutePath();
    }
    return LocalCluster.find(dir())
        .map(LocalCluster::imageDir)
        .orElse(dir().toAbsolutePath().resolve("images"));
  }

  protected final Images images() {
    Path directory = imageDirectory();
    Path parent = directory;
    while (parent != null && !Files.exists(parent)) {
      parent = parent.getParent();
    }
    if (parent == null || !Files.isWritable(parent)) {
      throw new ImageFault(
          ImageFault.Kind.BAD_INPUT,
          "no permission to write in " + parent + ": run this as root, or give --image-dir");
    }
    return Images.open(directory);
  }

  /** Those of this machine: {@code registries.yaml} in the cluster's directory. */
  protected final RegistrySettings registries() {
    return RegistriesFile.read(dir().toAbsolutePath().resolve(RegistriesFile.NAME));
  }
}
