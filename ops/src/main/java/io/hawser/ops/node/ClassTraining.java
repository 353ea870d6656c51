package io.hawser.ops.node;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.hawser.cluster.Roles;
import io.hawser.ops.cli.Hawser;
import io.hawser.ops.client.GatewayClient;
import io.hawser.ops.local.Requirements;
import io.hawser.runtime.machine.MachineCheck;
import io.hawser.runtime.oci.OciCommand;
import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;

/**
 * Run by the build under {@code -XX:ArchiveClassesAtExit}, once for each archive. With {@code node}
 * a cluster of nodes without containers starts in this JVM on free loopback ports, serves a few
 * requests and stops; with {@code cli} an image is copied and the commands' classes are loaded,
 * with {@code oci} those of the OCI command line. What was loaded makes the class data archive.
 * They are several, so that a node's memory holds nothing of the commands.
 */
public final class ClassTraining {
  private static final String TOKEN = "class-training-only-token";
  private static final int MEMBERS = 3;
  private static final Duration BOUND = Duration.ofSeconds(120);

  private ClassTraining() {}

  public static void main(String[] args) throws Exception {
    if (args[0].equals("cli")) {
      trainCommands();
    } else if (args[0].equals("oci")) {
      trainOci();
    } else {
      trainNode();
    }
  }

  private static void trainCommands() throws IOException {
    Hawser.run(new Hawser.Streams(System.in, System.out, System.err, Map.of()), "version");
    startAndAsk();
    Path dir = Files.createTempDirectory("hawser-class-training");
    try {
      ImageTraining.copyImage(dir);
    } finally {
      delete(dir);
    }
    loadClasses("io/hawser/ops/", "io/hawser/model/", "io/hawser/runtime/image/");
  }

  /** What a command does that starts a cluster: look, start a process, ask a gateway. */
  private static void startAndAsk() throws IOException {
    Requirements.missing();
    new ProcessBuilder("true").start();
    HttpServer gateway =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    gateway.createContext("/", ClassTraining::answer);
    gateway.start();
    try {
      String url = "http://127.0.0.1:" + gateway.getAddress().getPort();
      new GatewayClient(List.of(URI.create(url)), TOKEN).get("/");
    } finally {
      gateway.stop(0);
    }
  }

  private static void answer(HttpExchange request) throws IOException {
    byte[] body = "{\"items\":[]}".getBytes(StandardCharsets.UTF_8);
    request.sendResponseHeaders(200, body.length);
    request.getResponseBody().write(body);
    request.close();
  }

  /** An answer that needs no container brings most of the classes along, the kernel's door too. */
  private static void trainOci() throws IOException {
    OciCommand.run(List.of("features"), System.out);
    OciCommand.run(List.of("--root", "/nonexistent", "state", "nothing"), System.out);
    loadClasses(
        "io/hawser/runtime/oci/",
        "io/hawser/runtime/launch/",
        "io/hawser/runtime/kernel/",
        "io/hawser/runtime/cgroup/");
  }

  private static void trainNode() throws Exception {
    Path dir = Files.createTempDirectory("hawser-class-training");
    try {
      // As a command does, up to the point where the node would start.
      Hawser.run(
          new Hawser.Streams(
              System.in,
              OutputStream.nullOutputStream(),
              OutputStream.nullOutputStream(),
              Map.of()),
          "node",
          "--name",
          "training",
          "--dir",
          dir.toString(),
          "--roles",
          "none");
      List<NodeOptions> members = members(dir);
      List<NodeProgram> programs = members.stream().map(NodeProgram::new).toList();
      List<Thread> nodes = programs.stream().map(ClassTraining::start).toList();
      for (NodeOptions member : members) {
        exercise("http://127.0.0.1:" + member.gatewayPort());
      }
      // The kernel's door without a container.
      MachineCheck.all();
      loadClasses(
          "io/hawser/model/",
          "io/hawser/runtime/",
          "io/hawser/cluster/",
          "io/hawser/persistence/",
          "io/hawser/scheduler/",
          "io/hawser/node/",
          "io/hawser/gateway/",
          "io/hawser/ops/node/",
          "io/hawser/ops/drill/");
      for (int i = 0; i < programs.size(); i++) {
        programs.get(i).stop();
        nodes.get(i).join(BOUND.toMillis());
      }
    } finally {
      delete(dir);
    }
  }

  private static Thread start(NodeProgram program) {
    Thread node = new Thread(() -> runNode(program), "node");
    node.start();
    return node;
  }

  private static void runNode(NodeProgram program) {
    try {
      program.run();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Three, so that what nodes say to each other is met: remoting, gossip, the journal's peers. */
  private static List<NodeOptions> members(Path dir) throws IOException {
    Map<String, String> controllers = new TreeMap<>();
    List<Integer> ports = new ArrayList<>();
    for (int i = 0; i < MEMBERS; i++) {
      controllers.put("training" + i, "127.0.0.1:" + freePort());
      ports.add(freePort());
    }
    List<String> join = ports.stream().map(port -> "127.0.0.1:" + port).toList();
    List<NodeOptions> members = new ArrayList<>();
    for (Map.Entry<String, String> controller : controllers.entrySet()) {
      members.add(options(dir, controller.getKey(), ports.get(members.size()), join, controllers));
    }
    return members;
  }

  private static NodeOptions options(
      Path dir, String name, int port, List<String> join, Map<String, String> controllers)
      throws IOException {
    return new NodeOptions(
        name,
        dir.resolve(name),
        "127.0.0.1",
        port,
        freePort(),
        freePort(),
        Integer.parseInt(controllers.get(name).replaceFirst("^.*:", "")),
        join,
        controllers,
        Set.of(Roles.CONTROLLER, Roles.GATEWAY),
        "10.255.0.0/24",
        dir.resolve("images"),
        0,
        dir.resolve("registries.yaml"),
        dir.resolve(name).resolve("gateway.p12"),
        TOKEN,
        1000,
        1L << 30,
        Duration.ofSeconds(15),
        Optional.empty());
  }

  private static void exercise(String gateway) throws Exception {
    long deadline = System.nanoTime() + BOUND.toNanos();
    while (status(gateway + "/apis/apps/v1/namespaces/default/deployments", null) != 200) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("the training node did not become ready");
      }
      Thread.sleep(100);
    }
    byte[] deployment = ClassTraining.class.getResourceAsStream("training.json").readAllBytes();
    status(gateway + "/apis/apps/v1/namespaces/default/deployments", deployment);
    for (String path :
        List.of(
            "/version",
            "/api/v1/nodes",
            "/api/v1/namespaces/default/pods",
            "/api/v1/namespaces/default/events",
            "/apis/hawser.io/v1/status",
            "/api/v1/namespaces/default/pods?watch=true&timeoutSeconds=1")) {
      status(gateway + path, null);
    }
  }

  /**
   * By the old client: the new one's classes would be in the archive of nodes that never use it.
   */
  private static int status(String url, byte[] body) throws IOException {
    HttpURLConnection request = (HttpURLConnection) URI.create(url).toURL().openConnection();
    request.setReadTimeout((int) Duration.ofSeconds(20).toMillis());
    request.setRequestProperty("Authorization", "Bearer " + TOKEN);
    request.setRequestProperty("Content-Type", "application/json");
    try {
      if (body != null) {
        request.setDoOutput(true);
        request.getOutputStream().write(body);
      }
      int code = request.getResponseCode();
      if (code < 400) {
        request.getInputStream().readAllBytes();
      }
      return code;
    } catch (IOException notYetListening) {
      return -1;
    } finally {
      request.disconnect();
    }
  }

  /** Loads, without initialising them, those of our own classes that a short run does not meet. */
  private static void loadClasses(String... packages) throws IOException {
    for (String entry : System.getProperty("java.class.path").split(":")) {
      if (Path.of(entry).getFileName().toString().startsWith("hawser-")) {
        try (JarFile jar = new JarFile(entry)) {
          jar.stream()
              .map(JarEntry::getName)
              .filter(name -> Arrays.stream(packages).anyMatch(name::startsWith))
              .forEach(ClassTraining::load);
        }
      }
    }
  }

  private static void load(String entry) {
    if (!entry.endsWith(".class")) {
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
