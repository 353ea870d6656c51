package io.hawser.benchmarks;

import io.hawser.runtime.image.ImageLibrary;
import io.hawser.runtime.image.Images;
import io.hawser.runtime.image.layer.Compression;
import io.hawser.runtime.image.layer.LayerWriter;
import io.hawser.runtime.image.oci.Descriptor;
import io.hawser.runtime.image.oci.ImageDocument;
import io.hawser.runtime.image.oci.Platform;
import io.hawser.runtime.image.oci.RunConfig;
import io.hawser.runtime.image.registry.RegistrySettings;
import io.hawser.runtime.image.registry.TransferProgress;
import io.hawser.runtime.image.store.Lease;
import io.hawser.runtime.image.tar.TarEntry;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * Pull and unpack of an image from a registry on loopback into an empty store: 200 MB in 10 layers,
 * and 5,000 small files, interleaved in random order with podman, and with skopeo and umoci.
 *
 * <p>Hawser is measured as a running node does it for a pod, in a JVM with a node's flags that has
 * pulled before, and as the command {@code hawser image pull}, its start included, as with the
 * others. Each pull has a fresh ext4 in a file of its own.
 */
final class ImageBenchmark implements Benchmark {
  private static final int DEFAULT_ROUNDS = 5;
  private static final int LARGE_LAYERS = 10;
  private static final int LARGE_FILE_BYTES = 4 << 20;
  private static final int LARGE_FILES_IN_LAYER = 5;
  private static final int SMALL_FILES = 5_000;
  private static final int SMALL_FILE_BYTES = 2_000;
  private static final long START_SECONDS = 30;

  @Override
  public String name() {
    return "image";
  }

  @Override
  public String description() {
    return "pull and unpack of an image, beside podman and skopeo + umoci  [rounds]";
  }

  @Override
  public List<Metric> run(List<String> arguments) throws Exception {
    int rounds = arguments.isEmpty() ? DEFAULT_ROUNDS : Integer.parseInt(arguments.get(0));
    if (!Command.installed("docker-registry")) {
      throw new IOException("docker-registry is not installed");
    }
    Path dir = Files.createTempDirectory("hawser-bench-");
    String host = freeHost();
    Process registry = registry(dir, host);
    try (WarmPuller node = WarmPuller.start()) {
      List<Metric> metrics = new ArrayList<>();
      push(dir, host + "/bench/large:1", LARGE_LAYERS, LARGE_FILES_IN_LAYER, LARGE_FILE_BYTES);
      push(dir, host + "/bench/small:1", 1, SMALL_FILES, SMALL_FILE_BYTES);
      metrics.addAll(measure(dir, node, host + "/bench/small:1", "5,000 small files", rounds));
      metrics.addAll(measure(dir, node, host + "/bench/large:1", "200 MB in 10 layers", rounds));
      return metrics;
    } finally {
      registry.destroy();
      registry.waitFor();
      remove(dir);
    }
  }

  private static String freeHost() throws IOException {
    try (ServerSocket free = new ServerSocket(0)) {
      return "127.0.0.1:" + free.getLocalPort();
    }
  }

  private static Process registry(Path dir, String host) throws Exception {
    Path config = dir.resolve("registry.yml");
    Files.writeString(
        config,
        "version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\nstorage: {filesystem:"
            + " {rootdirectory: "
            + dir.resolve("registry")
            + "}}\nhttp: {addr: \""
            + host
            + "\"}\n");
    Process process =
        new ProcessBuilder("docker-registry", "serve", config.toString())
            .redirectErrorStream(true)
            .redirectOutput(dir.resolve("registry.log").toFile())
            .start();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    String[] parts = host.split(":");
    while (true) {
      try (Socket probe = new Socket(parts[0], Integer.parseInt(parts[1]))) {
        return process;
      } catch (IOException e) {
        if (System.nanoTime() > deadline) {
          process.destroy();
          throw e;
        }
        Thread.sleep(50);
      }
    }
  }

  /** Half of every file is noise, so that it packs to about half, as programs do. */
  private static void push(Path dir, String name, int layers, int files, int fileBytes)
      throws IOException {
    Images images = Images.open(dir.resolve("source"));
    ImageLibrary library = images.library();
    Random random = new Random(1);
    List<Descriptor> blobs = new ArrayList<>();
    List<io.hawser.runtime.image.Digest> diffIds = new ArrayList<>();
    try (Lease lease = library.lease()) {
      for (int layer = 0; layer < layers; layer++) {
        LayerWriter.Written written = layer(library, lease, random, layer, files, fileBytes);
        blobs.add(written.layer());
        diffIds.add(written.diffId());
      }
      Platform here = library.platform();
      ImageDocument document =
          new ImageDocument(
              null,
              null,
              here.architecture(),
              null,
              here.os(),
              RunConfig.EMPTY,
              new ImageDocument.RootFs("layers", diffIds),
              List.of());
      library.name(
          io.hawser.runtime.image.ImageName.parse(name), library.put(document, blobs, lease));
    }
    images.push(name, Optional.empty(), RegistrySettings.defaults(), TransferProgress.SILENT);
  }

  private static LayerWriter.Written layer(
      ImageLibrary library, Lease lease, Random random, int layer, int files, int fileBytes)
      throws IOException {
    try (LayerWriter writer = LayerWriter.begin(lease, Compression.GZIP)) {
      String top = "layer" + layer;
      directory(writer, top + "/");
      for (int file = 0; file < files; file++) {
        if (file % 100 == 0) {
          directory(writer, top + "/d" + file / 100 + "/");
        }
        byte[] content = new byte[fileBytes];
        byte[] noise = new byte[fileBytes / 2];
        random.nextBytes(noise);
        System.arraycopy(noise, 0, content, 0, noise.length);
        String name = top + "/d" + file / 100 + "/f" + file;
        writer.write(
            TarEntry.of(name, TarEntry.FILE, 0644).withSize(fileBytes),
            new ByteArrayInputStream(content));
      }
      return writer.finish(library.content(), lease);
    }
  }

  private static void directory(LayerWriter writer, String name) throws IOException {
    writer.write(
        TarEntry.of(name, TarEntry.DIRECTORY, 0755), new ByteArrayInputStream(new byte[0]));
  }

  private interface Contender {
    /** Milliseconds; the store is empty before. */
    double pull(Path store) throws Exception;
  }

  private static List<Metric> measure(
      Path dir, WarmPuller node, String image, String what, int rounds) throws Exception {
    Map<String, Contender> contenders = new LinkedHashMap<>();
    contenders.put("hawser", store -> node.pull(store, image));
    contenders.put("hawser command", store -> byCommand(store, image));
    if (Command.installed("podman")) {
      contenders.put("podman", store -> byPodman(store, image));
    }
    if (Command.installed("skopeo") && Command.installed("umoci")) {
      contenders.put("skopeo+umoci", store -> bySkopeoAndUmoci(store, image));
    }
    Map<String, List<Double>> samples = new LinkedHashMap<>();
    contenders.keySet().forEach(name -> samples.put(name, new ArrayList<>()));
    List<String> order = new ArrayList<>(contenders.keySet());
    Random random = new Random(1);
    for (int round = 0; round <= rounds; round++) {
      Collections.shuffle(order, random);
      for (String name : order) {
        // The first round warms the caches up.
        double millis = onFreshDisk(dir, contenders.get(name));
        if (round > 0) {
          samples.get(name).add(millis);
        }
      }
    }
    List<Metric> metrics = new ArrayList<>();
    Metric own = Metric.own("pull, " + what, "ms", samples.remove("hawser"));
    metrics.add(own);
    samples.forEach((peer, times) -> metrics.add(Metric.peer(own, peer, times)));
    return metrics;
  }

  private static double onFreshDisk(Path dir, Contender contender) throws Exception {
    try (FreshDisk disk = FreshDisk.make(dir)) {
      // What one wrote must not slow the next one down.
      Command.time(List.of("sync"));
      return contender.pull(Files.createDirectory(disk.path().resolve("store")));
    }
  }

  private static double byCommand(Path store, String image) throws Exception {
    return Command.time(
        List.of("./hawser", "image", "pull", "-q", "--image-dir", store.toString(), image));
  }

  /** Podman takes no run root of more than 50 characters. */
  private static double byPodman(Path store, String image) throws Exception {
    Path runRoot = Files.createTempDirectory("run-");
    double millis = podmanPull(store, runRoot, image);
    remove(runRoot);
    return millis;
  }

  private static double podmanPull(Path store, Path runRoot, String image) throws Exception {
    return Command.time(
        List.of(
            "podman",
            "--root",
            store.resolve("root").toString(),
            "--runroot",
            runRoot.toString(),
            "--storage-driver",
            "overlay",
            "pull",
            "-q",
            "--tls-verify=false",
            image));
  }

  private static double bySkopeoAndUmoci(Path store, String image) throws Exception {
    String layout = store.resolve("layout").toString();
    double copied =
        Command.time(
            List.of(
                "skopeo",
                "copy",
                "-q",
                "--src-tls-verify=false",
                "docker://" + image,
                "oci:" + layout + ":1"));
    double unpacked =
        Command.time(
            List.of(
                "umoci", "unpack", "--image", layout + ":1", store.resolve("bundle").toString()));
    return copied + unpacked;
  }

  private static void remove(Path path) throws Exception {
    Command.time(List.of("rm", "-rf", "--one-file-system", path.toString()));
  }
}
