package io.hawser.ops.node;

import io.hawser.cluster.Roles;
import io.hawser.ops.cli.Hawser;
import io.hawser.runtime.machine.MachineCheck;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;

/**
 * Run by the build under {@code -XX:ArchiveClassesAtExit}: a node without containers starts on free
 * loopback ports, serves a few requests and stops. What it loaded makes the class data archive.
 */
public final class ClassTraining {
  private static final String TOKEN = "class-training-only-token";
  private static final Duration BOUND = Duration.ofSeconds(120);

  private ClassTraining() {}

  public static void main(String[] args) throws Exception {
    Path dir = Files.createTempDirectory("hawser-class-training");
    try {
      NodeOptions options = options(dir);
      NodeProgram program = new NodeProgram(options);
      Thread node = new Thread(() -> runNode(program), "node");
      node.start();
      exercise("http://127.0.0.1:" + options.gatewayPort());
      // The kernel's door without a container, and the commands' parser.
      MachineCheck.all();
      Hawser.run(new Hawser.Streams(System.in, System.out, System.err, Map.of()), "version");
      loadOwnClasses();
      program.stop();
      node.join(BOUND.toMillis());
    } finally {
      delete(dir);
    }
  }

  private static void runNode(NodeProgram program) {
    try {
      program.run();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static NodeOptions options(Path dir) throws IOException {
    int port = freePort();
    int storePort = freePort();
    return new NodeOptions(
        "training",
        dir,
        "127.0.0.1",
        port,
        freePort(),
        freePort(),
        storePort,
        List.of("127.0.0.1:" + port),
        Map.of("training", "127.0.0.1:" + storePort),
        Set.of(Roles.CONTROLLER, Roles.GATEWAY),
        "10.255.0.0/24",
        dir.resolve("images"),
        TOKEN,
        1000,
        1L << 30,
        Duration.ofSeconds(15));
  }

  private static void exercise(String gateway) throws Exception {
    HttpClient client = HttpClient.newHttpClient();
    long deadline = System.nanoTime() + BOUND.toNanos();
    while (status(client, gateway + "/apis/apps/v1/namespaces/default/deployments", null) != 200) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("the training node did not become ready");
      }
      Thread.sleep(100);
    }
    String deployment =
        new String(
            ClassTraining.class.getResourceAsStream("training.json").readAllBytes(),
            java.nio.charset.StandardCharsets.UTF_8);
    status(client, gateway + "/apis/apps/v1/namespaces/default/deployments", deployment);
    for (String path :
        List.of(
            "/version",
            "/api/v1/nodes",
            "/api/v1/namespaces/default/pods",
            "/api/v1/namespaces/default/events",
            "/apis/hawser.io/v1/status",
            "/api/v1/namespaces/default/pods?watch=true&timeoutSeconds=1")) {
      status(client, gateway + path, null);
    }
  }

  private static int status(HttpClient client, String url, String body) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url))
            .timeout(Duration.ofSeconds(20))
            .header("Authorization", "Bearer " + TOKEN)
            .header("Content-Type", "application/json");
    if (body != null) {
      request.POST(HttpRequest.BodyPublishers.ofString(body));
    }
    try {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofString()).statusCode();
    } catch (IOException notYetListening) {
      return -1;
    }
  }

  /** Loads, without initialising them, the classes of our own jars: the commands among them. */
  private static void loadOwnClasses() throws IOException {
    for (String entry : System.getProperty("java.class.path").split(":")) {
      if (Path.of(entry).getFileName().toString().startsWith("hawser-")) {
        try (JarFile jar = new JarFile(entry)) {
          jar.stream().map(JarEntry::getName).forEach(ClassTraining::load);
        }
      }
    }
  }

  private static void load(String entry) {
    if (!entry.endsWith(".class") || entry.contains("module-info")) {
      return;
    }
    try {
      String name = entry.substring(0, entry.length() - ".class".length()).replace('/', '.');
      Class.forName(name, false, ClassTraining.class.getClassLoader());
    } catch (ClassNotFoundException | LinkageError skipped) {
      // Without it the archive is only smaller.
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static void delete(Path dir) throws IOException {
    try (Stream<Path> paths = Files.walk(dir)) {
      Path[] deepestFirst = paths.sorted(Comparator.reverseOrder()).toArray(Path[]::new);
      Arrays.stream(deepestFirst).forEach(p -> p.toFile().delete());
    }
  }
}
