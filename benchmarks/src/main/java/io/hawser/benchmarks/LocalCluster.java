package io.hawser.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A three-node cluster on this machine, made and driven by the command line. */
final class LocalCluster implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private final Path dir;

  private LocalCluster(Path dir) {
    this.dir = dir;
  }

  /**
   * Makes the example's image and starts the nodes.
   *
   * @param upMillis receives how long {@code up} took
   */
  static LocalCluster up(List<Double> upMillis) throws Exception {
    LocalCluster cluster = new LocalCluster(Files.createTempDirectory("hawser-bench-"));
    try {
      cluster.importImage();
      long start = System.nanoTime();
      cluster.hawser("up");
      upMillis.add((System.nanoTime() - start) / 1e6);
      return cluster;
    } catch (Exception e) {
      cluster.close();
      throw e;
    }
  }

  String hawser(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add("./hawser");
    command.addAll(List.of(arguments));
    command.addAll(List.of("--dir", dir.toString()));
    return Command.output(command);
  }

  JsonNode json(String... arguments) throws IOException, InterruptedException {
    return JSON.readTree(hawser(arguments));
  }

  /** Process ids of the nodes' JVMs by name, from their pid files. */
  Map<String, Long> pids() throws IOException {
    Map<String, Long> pids = new TreeMap<>();
    for (String node : List.of("n1", "n2", "n3")) {
      String text = Files.readString(dir.resolve(node).resolve("node.pid")).strip();
      pids.put(node, Long.parseLong(text.split("\\s+")[0]));
    }
    return pids;
  }

  @Override
  public void close() throws Exception {
    try {
      hawser("down", "--delete-data");
    } finally {
      Command.time(List.of("rm", "-rf", "--one-file-system", dir.toString()));
    }
  }

  private void importImage() throws Exception {
    Path root = dir.resolve("image-root");
    for (String folder : List.of("bin", "www", "tmp", "etc")) {
      Files.createDirectories(root.resolve(folder));
      root.resolve(folder).toFile().setWritable(true, false);
    }
    Files.copy(Path.of("/bin/busybox"), root.resolve("bin/busybox"));
    root.resolve("bin/busybox").toFile().setExecutable(true, false);
    for (String applet : List.of("sh", "httpd", "echo", "hostname", "sleep", "cat")) {
      Files.createSymbolicLink(root.resolve("bin").resolve(applet), Path.of("busybox"));
    }
    hawser("image", "import", "hawser/web:1", root.toString());
  }
}
