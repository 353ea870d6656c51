package io.hawser.ops.node;

import io.hawser.runtime.image.ImageName;
import io.hawser.runtime.image.Images;
import io.hawser.runtime.image.StoredImage;
import io.hawser.runtime.image.oci.RunConfig;
import io.hawser.runtime.image.registry.ImageHolder;
import io.hawser.runtime.image.registry.ImageServer;
import io.hawser.runtime.image.registry.Puller;
import io.hawser.runtime.image.registry.RegistrySettings;
import io.hawser.runtime.image.registry.TransferProgress;
import io.hawser.runtime.image.store.References;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Copies a small image over loopback, which meets the classes of a pull. */
final class ImageTraining {
  private static final String NAME = "training.invalid/training:1";
  private static final String TOKEN = "class-training-only-token";

  private ImageTraining() {}

  /**
   * @param dir an empty directory
   */
  static void copyImage(Path dir) throws IOException {
    Path root = Files.createDirectories(dir.resolve("root/etc"));
    Files.writeString(root.resolve("file"), "content");
    Images source = Images.open(dir.resolve("source"));
    StoredImage image = source.importDirectory(NAME, root.getParent(), RunConfig.EMPTY);
    InetSocketAddress loopback = new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0);
    try (ImageServer server =
        ImageServer.start(source.library(), loopback, TOKEN, Optional.empty())) {
      ImageHolder holder =
          new ImageHolder(
              "training",
              "127.0.0.1:" + server.address().getPort(),
              false,
              TOKEN,
              image.target().digest(),
              References.Source.CLUSTER,
              System.currentTimeMillis());
      Images target = Images.open(dir.resolve("target"));
      new Puller(target.library(), RegistrySettings.defaults())
          .copy(ImageName.parse(NAME), List.of(holder), TransferProgress.SILENT);
      target.list();
    }
  }
}
