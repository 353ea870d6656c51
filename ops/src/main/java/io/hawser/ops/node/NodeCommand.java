package io.hawser.ops.node;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.hawser.cluster.Roles;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code hawser node}: this machine's part of a cluster, in the foreground until SIGTERM. */
@Command(
    name = "node",
    description = "Run one machine of a cluster in the foreground; SIGTERM stops it cleanly.")
public final class NodeCommand implements Callable<Integer> {
  private static final Set<String> KNOWN_ROLES =
      Set.of(Roles.CONTROLLER, Roles.WORKER, Roles.GATEWAY);
  private static final String NAME_SYNTAX = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?";

  @Spec CommandSpec spec;

  @Option(
      names = "--name",
      required = true,
      description = "The node's name, unique in the cluster.")
  String name;

  @Option(names = "--dir", required = true, description = "The node's own data directory.")
  Path dir;

  @Option(
      names = "--listen",
      defaultValue = "127.0.0.1",
      description = "Address to listen on (default: ${DEFAULT-VALUE}).")
  String listen;

  @Option(
      names = "--insecure-network",
      description =
          "Allow listening beyond loopback without TLS: only on a network that nobody else is on.")
  boolean insecureNetwork;

  @Option(
      names = "--port",
      defaultValue = "7351",
      description = "Cluster port (default: ${DEFAULT-VALUE}).")
  int port;

  @Option(
      names = "--gateway-port",
      defaultValue = "6441",
      description = "HTTP port of the gateway (default: ${DEFAULT-VALUE}).")
  int gatewayPort;

  @Option(
      names = "--tls-port",
      description = "HTTPS port of the gateway, for kubectl (default: the gateway's port + 2000).")
  Integer tlsPort;

  @Option(
      names = "--store-port",
      defaultValue = "7451",
      description = "Port of the journal's peer (default: ${DEFAULT-VALUE}).")
  int storePort;

  @Option(
      names = "--join",
      split = ",",
      paramLabel = "HOST:PORT",
      description = "Members to join; without it this node starts a cluster of its own.")
  List<String> join = List.of();

  @Option(
      names = "--controllers",
      split = ",",
      paramLabel = "NAME=HOST:PORT",
      description =
          "All peers of the journal, the same on every node: one, three or five (default: itself).")
  Map<String, String> controllers = new LinkedHashMap<>();

  @Option(
      names = "--roles",
      split = ",",
      description =
          "Any of controller, worker, gateway (default: worker, gateway, and controller "
              + "where --controllers names this node).")
  Set<String> roles = new TreeSet<>();

  @Option(
      names = "--pod-subnet",
      defaultValue = "10.244.1.0/24",
      description = "IPv4 subnet of this node's pods, unlike any other node's.")
  String podSubnet;

  @Option(names = "--image-dir", description = "Image store (default: DIR/images).")
  Path imageDir;

  @Option(
      names = "--image-port",
      defaultValue = "7551",
      description =
          "Port where other nodes get this node's images; 0: any (default: ${DEFAULT-VALUE}).")
  int imagePort;

  @Option(
      names = "--registries",
      paramLabel = "FILE",
      description =
          "How registries are reached: mirrors, authorities, credentials (default:"
              + " DIR/registries.yaml).")
  Path registries;

  @Option(
      names = "--token-file",
      required = true,
      description = "File with the token that requests to the gateway must carry.")
  Path tokenFile;

  @Option(names = "--cpu-millis", description = "Share of the processors for pods.")
  Long cpuMillis;

  @Option(names = "--memory-bytes", description = "Share of the memory for pods.")
  Long memoryBytes;

  @Option(
      names = "--restart-window",
      defaultValue = "15",
      paramLabel = "SECONDS",
      description = "How long containers outlive a dead agent (default: ${DEFAULT-VALUE}).")
  int restartWindowSeconds;

  @Override
  public Integer call() throws IOException {
    NodeOptions options = options();
    ((Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME))
        .setLevel(Level.toLevel(System.getProperty("hawser.log"), Level.INFO));
    ((Logger) LoggerFactory.getLogger("org.apache.ratis")).setLevel(Level.WARN);
    return new NodeProgram(options).run();
  }

  private NodeOptions options() throws IOException {
    require(name.matches(NAME_SYNTAX), "--name: expected lower-case letters, digits and '-'");
    require(restartWindowSeconds >= 1, "--restart-window: expected 1 second or more");
    requireLoopbackOrConsent();
    Set<String> effectiveRoles = new TreeSet<>(roles);
    if (controllers.isEmpty()) {
      controllers.put(name, listen + ":" + storePort);
    }
    if (effectiveRoles.isEmpty()) {
      effectiveRoles.addAll(Set.of(Roles.WORKER, Roles.GATEWAY));
      if (controllers.containsKey(name)) {
        effectiveRoles.add(Roles.CONTROLLER);
      }
    }
    require(
        KNOWN_ROLES.containsAll(effectiveRoles),
        "--roles: expected any of " + new TreeSet<>(KNOWN_ROLES) + ", got " + effectiveRoles);
    require(
        effectiveRoles.contains(Roles.CONTROLLER) == controllers.containsKey(name),
        "--controllers: must name this node exactly when it has the role controller");
    require(controllers.size() % 2 == 1, "--controllers: expected one, three or five peers");
    require(Files.isReadable(tokenFile), "--token-file: can't read " + tokenFile);
    String token = Files.readString(tokenFile).strip();
    require(token.length() >= 16, "--token-file: expected a token of 16 characters or more");
    return new NodeOptions(
        name,
        dir.toAbsolutePath().normalize(),
        listen,
        port,
        gatewayPort,
        tlsPort == null ? gatewayPort + 2000 : tlsPort,
        storePort,
        join.isEmpty() ? List.of(listen + ":" + port) : join,
        Map.copyOf(controllers),
        Set.copyOf(effectiveRoles),
        podSubnet,
        imageDir == null ? dir.resolve("images").toAbsolutePath() : imageDir.toAbsolutePath(),
        imagePort,
        (registries == null ? dir.resolve("registries.yaml") : registries).toAbsolutePath(),
        token,
        cpuMillis == null ? Machine.cpuMillis() : cpuMillis,
        memoryBytes == null ? Machine.memoryBytes() : memoryBytes,
        Duration.ofSeconds(restartWindowSeconds));
  }

  private void requireLoopbackOrConsent() throws IOException {
    boolean loopback = InetAddress.getByName(listen).isLoopbackAddress();
    require(
        loopback || insecureNetwork,
        "--listen: beyond loopback nodes would speak without TLS; on a network that is only this"
            + " cluster's add --insecure-network");
  }

  private void require(boolean condition, String message) {
    if (!condition) {
      throw new ParameterException(spec.commandLine(), message);
    }
  }
}
