package io.hawser.ops.node;

import io.hawser.cluster.security.NodeTls;
import io.hawser.node.NodeImages;
import io.hawser.runtime.RuntimeFault;
import io.hawser.runtime.image.DiskShare;
import io.hawser.runtime.image.ImageLibrary;
import io.hawser.runtime.image.Images;
import io.hawser.runtime.image.registry.ImageServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a worker does with its images besides running them: gives them to others, makes room. */
final class ImageService implements AutoCloseable {
  /** Share of the disk above which images that can be had again are removed, and down to which. */
  static final double FULL = 0.85;

  static final double ROOMY = 0.80;

  /** How often that is looked at, and unpacked layers are brought to the disk. */
  static final Duration LOOK_EVERY = Duration.ofMinutes(1);

  private static final Logger log = LoggerFactory.getLogger(ImageService.class);
  private static final int TOKEN_BYTES = 32;

  private final ImageServer server;
  private final NodeImages settings;
  private final Images images;
  private final DiskShare disk;
  private final ScheduledExecutorService upkeep =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "image-upkeep");
            thread.setDaemon(true);
            return thread;
          });

  private ImageService(NodeOptions options) {
    ImageLibrary library = ImageLibrary.open(options.imageDir());
    this.disk = new DiskShare(options.imageDir());
    this.images = Images.of(library);
    byte[] token = new byte[TOKEN_BYTES];
    new SecureRandom().nextBytes(token);
    String secret = HexFormat.of().formatHex(token);
    Optional<SSLContext> tls = tls(options);
    this.server =
        ImageServer.start(
            library, new InetSocketAddress(options.listen(), options.imagePort()), secret, tls);
    String host = options.listen() + ":" + server.address().getPort();
    this.settings =
        new NodeImages(
            () -> RegistriesFile.read(options.registries()).withNodeTls(tls),
            Optional.of(new NodeImages.Served(host, tls.isPresent(), secret)));
    upkeep.scheduleWithFixedDelay(
        this::keepUp, LOOK_EVERY.toSeconds(), LOOK_EVERY.toSeconds(), TimeUnit.SECONDS);
  }

  /**
   * @throws RuntimeFault when the registries' file is wrong or the port is taken
   */
  static ImageService start(NodeOptions options) {
    RegistriesFile.read(options.registries());
    return new ImageService(options);
  }

  private static Optional<SSLContext> tls(NodeOptions options) {
    Path dir = options.dir().resolve("tls");
    try {
      return NodeTls.exists(dir) ? Optional.of(NodeTls.open(dir).context()) : Optional.empty();
    } catch (IOException e) {
      throw new RuntimeFault("ImageServiceError", e.getMessage(), e);
    }
  }

  NodeImages settings() {
    return settings;
  }

  private void keepUp() {
    try {
      List<String> removed = images.collect(FULL, ROOMY, disk::used);
      if (!removed.isEmpty()) {
        log.info("the disk was {} full; removed {}", FULL, removed);
      }
      images.library().layers().settle();
    } catch (RuntimeException e) {
      log.warn("the images' upkeep failed and is tried again: {}", e.toString());
    }
  }

  @Override
  public void close() {
    upkeep.shutdownNow();
    server.close();
  }
}
