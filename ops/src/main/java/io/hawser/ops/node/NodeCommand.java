package io.hawser.ops.node;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.hawser.cluster.Roles;
import io.hawser.cluster.security.NodeTls;
import io.hawser.ops.local.DurableFiles;
import io.hawser.runtime.machine.ProcessorPriority;
import io.hawser.scheduler.security.JoinToken;
import io.hawser.scheduler.security.NodeCertificates;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
      description = "Listen beyond loopback without TLS: only on a network that nobody else is on.")
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
      names = "--gateway-key",
      paramLabel = "FILE",
      description =
          "The gateway's own key where nodes speak without TLS, made when it is missing; nodes of"
              + " one machine may share it (default: DIR/gateway.p12).")
  Path gatewayKey;

  @Option(
      names = "--token-file",
      description =
          "File with the token that requests to the gateway must carry (default: what was told at"
              + " the join, else DIR/token, made at the first start).")
  Path tokenFile;

  @Option(
      names = "--token",
      paramLabel = "T",
      description =
          "Join token of 'hawser token create'; --join then names the HTTPS port of a gateway.")
  String token;

  @Option(
      names = "--tls",
      description = "Nodes speak with TLS on loopback, too; beyond it they always do.")
  boolean tls;

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
    ProcessorPriority.set(ProcessorPriority.AGENT);
    return new NodeProgram(options).run();
  }

  private NodeOptions options() throws IOException {
    require(name.matches(NAME_SYNTAX), "--name: expected lower-case letters, digits and '-'");
    require(restartWindowSeconds >= 1, "--restart-window: expected 1 second or more");
    dir = dir.toAbsolutePath().normalize();
    boolean secure = secure();
    Files.createDirectories(dir);
    Optional<JoinedCluster> joined = secure ? identity() : Optional.empty();
    joined.ifPresent(this::takeOver);
    Set<String> effectiveRoles = effectiveRoles();
    return new NodeOptions(
        name,
        dir,
        listen,
        port,
        gatewayPort,
        tlsPort == null ? gatewayPort + 2000 : tlsPort,
        storePort,
        join.isEmpty() ? List.of(listen + ":" + port) : join,
        Map.copyOf(controllers),
        Set.copyOf(effectiveRoles),
        podSubnet,
        imageDir == null ? dir.resolve("images") : imageDir.toAbsolutePath(),
        imagePort,
        (registries == null ? dir.resolve("registries.yaml") : registries).toAbsolutePath(),
        (gatewayKey == null ? dir.resolve("gateway.p12") : gatewayKey).toAbsolutePath(),
        gatewayToken(joined),
        cpuMillis == null ? Machine.cpuMillis() : cpuMillis,
        memoryBytes == null ? Machine.memoryBytes() : memoryBytes,
        Duration.ofSeconds(restartWindowSeconds),
        secure ? Optional.of(NodeSecurity.directory(dir)) : Optional.empty());
  }

  private InetAddress listenAddress() {
    try {
      return InetAddress.getByName(listen);
    } catch (UnknownHostException e) {
      throw new ParameterException(
          spec.commandLine(), "--listen: expected an address of this machine, got " + listen);
    }
  }

  /** Beyond loopback nobody speaks without TLS unless the operator insists. */
  private boolean secure() {
    boolean loopback = listenAddress().isLoopbackAddress();
    require(
        !insecureNetwork || token == null && !tls,
        "--insecure-network: means no TLS, so no --tls and no --token");
    return tls || token != null || !loopback && !insecureNetwork;
  }

  /** The identity of an earlier start; else by the token; else this is a cluster's first node. */
  private Optional<JoinedCluster> identity() throws IOException {
    Path tlsDir = NodeSecurity.directory(dir);
    if (NodeTls.exists(tlsDir)) {
      return JoinedCluster.read(dir);
    }
    if (token != null) {
      require(join.size() == 1, "--join: with --token expected one HOST:PORT of a gateway's HTTPS");
      NodeCertificates.prepare(tlsDir);
      return Optional.of(
          new JoinRequest(join.get(0), joinToken(), name, listen, wantedRoles()).send(dir, tlsDir));
    }
    require(
        join.isEmpty(),
        "--join: a machine joins a cluster with TLS by --token (made by 'hawser token create');"
            + " on a network that is only this cluster's there is --insecure-network");
    NodeSecurity.found(tlsDir, name, listen);
    return Optional.empty();
  }

  private JoinToken joinToken() {
    try {
      return JoinToken.parse(token);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--token: " + e.getMessage());
    }
  }

  private Set<String> wantedRoles() {
    return roles.isEmpty() ? new TreeSet<>(Set.of(Roles.WORKER, Roles.GATEWAY)) : roles;
  }

  /** With a token, --join named a gateway and not members. */
  private void takeOver(JoinedCluster joined) {
    if (token != null || join.isEmpty()) {
      join = joined.seeds();
    }
    if (controllers.isEmpty()) {
      controllers.putAll(joined.controllers());
    }
  }

  private Set<String> effectiveRoles() {
    Set<String> effective = new TreeSet<>(roles);
    if (controllers.isEmpty()) {
      controllers.put(name, listen + ":" + storePort);
    }
    if (effective.isEmpty()) {
      effective.addAll(Set.of(Roles.WORKER, Roles.GATEWAY));
      if (controllers.containsKey(name)) {
        effective.add(Roles.CONTROLLER);
      }
    }
    require(
        KNOWN_ROLES.containsAll(effective),
        "--roles: expected any of " + new TreeSet<>(KNOWN_ROLES) + ", got " + effective);
    boolean founds = controllers.containsKey(name);
    require(
        !founds || effective.contains(Roles.CONTROLLER),
        "--controllers: names this node, which has not the role controller");
    require(
        !founds || controllers.size() % 2 == 1, "--controllers: expected one, three or five peers");
    return effective;
  }

  private String gatewayToken(Optional<JoinedCluster> joined) throws IOException {
    if (tokenFile == null && joined.isPresent()) {
      return joined.get().gatewayToken();
    }
    Path file = tokenFile == null ? dir.resolve("token") : tokenFile;
    if (tokenFile == null && !Files.exists(file)) {
      byte[] secret = new byte[32];
      new SecureRandom().nextBytes(secret);
      DurableFiles.write(file, (HexFormat.of().formatHex(secret) + "\n").getBytes());
    }
    require(Files.isReadable(file), "--token-file: can't read " + file);
    String text = Files.readString(file).strip();
    require(text.length() >= 16, "--token-file: expected a token of 16 characters or more");
    return text;
  }

  private void require(boolean condition, String message) {
    if (!condition) {
      throw new ParameterException(spec.commandLine(), message);
    }
  }
}
