package io.hawser.ops.local;

import io.hawser.cluster.security.NodeTls;
import io.hawser.ops.client.ApiStatus;
import io.hawser.ops.client.CommandFailure;
import io.hawser.ops.client.GatewayClient;
import io.hawser.ops.local.ClusterFile.LocalNode;
import io.hawser.ops.node.Machine;
import io.hawser.ops.node.RegistriesFile;
import io.hawser.runtime.UserHome;
import io.hawser.scheduler.security.CertificateAuthority;
import io.hawser.scheduler.security.NodeCertificates;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * A cluster of several nodes on this one machine: each is a JVM of its own with its own directory,
 * ports, pod subnet and cgroups. The nodes do not know that they share a machine.
 */
public final class LocalCluster {
  public static final int MAX_NODES = 9;
  public static final int DEFAULT_NODES = 3;

  /** Nodes that may host the scheduler; a majority of them must live. */
  static final int MAX_CONTROLLERS = 3;

  private static final int GATEWAY_PORTS = 6441;
  private static final int TLS_PORTS = 8441;
  private static final int REMOTING_PORTS = 7351;
  private static final int STORE_PORTS = 7451;

  private final Path dir;
  private final ClusterFile file;

  private LocalCluster(Path dir, ClusterFile file) {
    this.dir = dir;
    this.file = file;
  }

  /** {@code /var/lib/hawser} for root, else {@code ~/.hawser}. */
  public static Path defaultDir() {
    return Requirements.isRoot() ? Path.of("/var/lib/hawser") : UserHome.path().resolve(".hawser");
  }

  /** The cluster whose file is in this directory. */
  public static Optional<LocalCluster> find(Path dir) {
    Path absolute = dir.toAbsolutePath().normalize();
    return ClusterFile.read(absolute).map(file -> new LocalCluster(absolute, file));
  }

  /**
   * The cluster in this directory; decided and written down first when there is none.
   *
   * @param nodes how many a new cluster gets; one that exists must have as many. Empty: as many as
   *     it has, three for a new one
   * @param ownImages whether each node of a new cluster keeps images of its own, as on machines of
   *     their own; else they share a directory
   * @param say takes lines for the user
   */
  public static LocalCluster findOrCreate(
      Path dir, OptionalInt nodes, boolean ownImages, Consumer<String> say) {
    return findOrCreate(dir, nodes, ownImages, say, new MachineSlots(MachineSlots.DEFAULT));
  }

  static LocalCluster findOrCreate(
      Path dir, OptionalInt nodes, boolean ownImages, Consumer<String> say, MachineSlots slots) {
    Path absolute = dir.toAbsolutePath().normalize();
    Optional<LocalCluster> existing = find(absolute);
    if (existing.isPresent()) {
      LocalCluster cluster = existing.get();
      int present = cluster.file.nodes().size();
      if (nodes.orElse(present) != present) {
        throw new CommandFailure(
            "the cluster in "
                + absolute
                + " has "
                + present
                + " nodes, not "
                + nodes.getAsInt()
                + ": to make another one use --dir, or 'hawser down --delete-data' first");
      }
      slots.reclaim(cluster.file.slot(), absolute);
      return cluster;
    }
    int count = nodes.orElse(DEFAULT_NODES);
    int controllers = controllers(count);
    if (count == 2) {
      say.accept(
          "2 nodes: only the first is a controller, because two could not outvote the loss of"
              + " one");
    }
    try {
      Files.createDirectories(absolute);
      Files.setPosixFilePermissions(absolute, PosixFilePermissions.fromString("rwx--x--x"));
      return slots.alone(
          () -> {
            ClusterFile file = plan(count, controllers, slots.claim(absolute), ownImages);
            DurableFiles.write(
                absolute.resolve("token"), (file.token() + "\n").getBytes(StandardCharsets.UTF_8));
            file.write(absolute);
            return new LocalCluster(absolute, file);
          });
    } catch (IOException e) {
      throw new CommandFailure(absolute + " can't be used: " + ApiStatus.oneLine(e), e);
    }
  }

  /** An odd number, so that no vote is even. */
  static int controllers(int nodes) {
    return nodes < MAX_CONTROLLERS ? 1 : MAX_CONTROLLERS;
  }

  private static ClusterFile plan(int count, int controllers, int slot, boolean ownImages) {
    byte[] secret = new byte[32];
    new SecureRandom().nextBytes(secret);
    List<LocalNode> nodes = new ArrayList<>();
    try (FreePorts ports = new FreePorts()) {
      for (int i = 0; i < count; i++) {
        int offset = slot * MAX_NODES + i;
        int gatewayPort = ports.choose(GATEWAY_PORTS + offset);
        nodes.add(
            new LocalNode(
                "n" + (i + 1),
                "http://127.0.0.1:" + gatewayPort,
                ports.choose(REMOTING_PORTS + offset),
                ports.choose(STORE_PORTS + offset),
                gatewayPort,
                ports.choose(TLS_PORTS + offset),
                MachineSlots.podSubnet(slot, i + 1),
                i < controllers));
      }
    }
    return new ClusterFile(HexFormat.of().formatHex(secret), slot, nodes, ownImages);
  }

  public Path dir() {
    return dir;
  }

  /** Where images of this machine's user go: from there every node gets them. */
  public Path imageDir() {
    return imageDir(file.nodes().get(0));
  }

  Path imageDir(LocalNode node) {
    return (file.ownImages() ? nodeDir(node) : dir).resolve("images");
  }

  public List<LocalNode> nodes() {
    return file.nodes();
  }

  int slot() {
    return file.slot();
  }

  public Path nodeDir(LocalNode node) {
    return dir.resolve(node.name());
  }

  Path log(LocalNode node) {
    return nodeDir(node).resolve("node.log");
  }

  public GatewayClient client() {
    return new GatewayClient(
        file.nodes().stream().map(n -> URI.create(n.gateway())).toList(), file.token());
  }

  /** The node's pid, while its process lives. */
  public Optional<Long> pid(LocalNode node) {
    return NodeProcess.running(nodeDir(node)).map(NodeProcess::pid);
  }

  /** Ends a node's JVM as a crash would, by SIGKILL. False: it did not run. */
  public boolean kill(LocalNode node) {
    Optional<NodeProcess> process = NodeProcess.running(nodeDir(node));
    process.ifPresent(NodeProcess::kill);
    return process.isPresent();
  }

  /**
   * Gives every node an identity of one new authority, before the first start.
   *
   * @throws CommandFailure when a node has run without
   */
  public void secure() {
    try {
      CertificateAuthority authority = CertificateAuthority.create(Instant.now());
      for (LocalNode node : nodes()) {
        Path tlsDir = nodeDir(node).resolve("tls");
        if (NodeTls.exists(tlsDir)) {
          return;
        }
        if (Files.exists(nodeDir(node).resolve("store"))) {
          throw new CommandFailure(
              "the cluster in " + dir + " runs without TLS: 'hawser down --delete-data' first");
        }
        NodeCertificates.issue(
            authority,
            tlsDir,
            node.name(),
            List.of("127.0.0.1"),
            Instant.now(),
            CertificateAuthority.NODE_VALIDITY);
        if (node.controller()) {
          authority.save(tlsDir);
        }
      }
    } catch (IOException e) {
      throw new CommandFailure("no identities were made: " + ApiStatus.oneLine(e), e);
    }
  }

  /** The arguments of {@code hawser} for one node. */
  List<String> arguments(LocalNode node) {
    List<String> arguments = new ArrayList<>(plainArguments(node));
    if (NodeTls.exists(nodeDir(node).resolve("tls"))) {
      arguments.add("--tls");
    }
    return arguments;
  }

  private List<String> plainArguments(LocalNode node) {
    String joins =
        controllerNodes().map(n -> "127.0.0.1:" + n.port()).collect(Collectors.joining(","));
    String controllers =
        controllerNodes()
            .map(n -> n.name() + "=127.0.0.1:" + n.storePort())
            .collect(Collectors.joining(","));
    return List.of(
        "node",
        "--name",
        node.name(),
        "--dir",
        nodeDir(node).toString(),
        "--listen",
        "127.0.0.1",
        "--port",
        Integer.toString(node.port()),
        "--gateway-port",
        Integer.toString(node.gatewayPort()),
        "--tls-port",
        Integer.toString(node.tlsPort()),
        "--store-port",
        Integer.toString(node.storePort()),
        "--join",
        joins,
        "--controllers",
        controllers,
        "--pod-subnet",
        node.podSubnet(),
        "--image-dir",
        imageDir(node).toString(),
        "--image-port",
        "0",
        "--registries",
        dir.resolve(RegistriesFile.NAME).toString(),
        "--gateway-key",
        dir.resolve("gateway.p12").toString(),
        "--token-file",
        dir.resolve("token").toString(),
        "--cpu-millis",
        Long.toString(Machine.cpuMillis() / nodes().size()),
        "--memory-bytes",
        Long.toString(Machine.memoryBytes() / nodes().size()),
        "--roles",
        node.controller() ? "controller,worker,gateway" : "worker,gateway");
  }

  private java.util.stream.Stream<LocalNode> controllerNodes() {
    return file.nodes().stream().filter(LocalNode::controller);
  }

  /** Starts the nodes that do not run and waits until all are ready. */
  public void start(Consumer<String> say) {
    new ClusterStart(this, say).run();
  }

  /**
   * Stops every node and removes what the nodes made on this machine; what was deployed is kept and
   * comes back at the next start.
   */
  public void stop(Consumer<String> say) {
    new ClusterStop(this, say).run();
  }

  /** After {@link #stop}: forgets the cluster and everything that was deployed. */
  public void deleteData() {
    try {
      for (LocalNode node : file.nodes()) {
        DurableFiles.deleteTree(nodeDir(node));
      }
      for (String name :
          List.of(
              "images", "drills", "token", "gateway.p12", ".gateway.p12.lock", ClusterFile.NAME)) {
        DurableFiles.deleteTree(dir.resolve(name));
      }
      new MachineSlots(MachineSlots.DEFAULT).release(file.slot(), dir);
      try (java.util.stream.Stream<Path> rest = Files.list(dir)) {
        if (rest.findAny().isEmpty()) {
          Files.delete(dir);
        }
      }
    } catch (IOException e) {
      throw new CommandFailure(dir + " can't be removed: " + ApiStatus.oneLine(e), e);
    }
  }
}
