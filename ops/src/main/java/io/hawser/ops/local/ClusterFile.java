package io.hawser.ops.local;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.hawser.ops.client.ApiStatus;
import io.hawser.ops.client.CommandFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * {@code cluster.json}: what was decided once for a cluster on this machine, its ports and its
 * token, and where clients find it. Readable by its owner only.
 *
 * @param token the bearer token of every gateway
 * @param slot which share of the machine's names and subnets the cluster has
 * @param ownImages true: each node has an image directory of its own; false: they share one
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ClusterFile(String token, int slot, List<LocalNode> nodes, boolean ownImages) {
  public static final String NAME = "cluster.json";

  private static final ObjectMapper MAPPER =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  public ClusterFile {
    nodes = List.copyOf(nodes);
  }

  /**
   * One node of a cluster on this machine; all ports are TCP on loopback.
   *
   * @param gateway base URL
   * @param port of the actors' remoting
   * @param storePort of the journal's replication
   * @param tlsPort of the gateway with TLS, for kubectl
   * @param podSubnet IPv4 CIDR
   * @param controller may host the scheduler and is a peer of the store
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record LocalNode(
      String name,
      String gateway,
      int port,
      int storePort,
      int gatewayPort,
      int tlsPort,
      String podSubnet,
      boolean controller) {}

  /** Empty when there is none. */
  public static Optional<ClusterFile> read(Path dir) {
    Path file = dir.resolve(NAME);
    try {
      return Optional.of(MAPPER.readValue(Files.readAllBytes(file), ClusterFile.class));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (JsonProcessingException e) {
      throw new CommandFailure(
          file + " is damaged: " + ApiStatus.oneLine(new IOException(e.getOriginalMessage())), e);
    } catch (IOException e) {
      throw new CommandFailure(file + " can't be read: " + ApiStatus.oneLine(e), e);
    }
  }

  /** Written whole or not at all. */
  void write(Path dir) {
    try {
      DurableFiles.write(dir.resolve(NAME), MAPPER.writeValueAsBytes(this));
    } catch (IOException e) {
      throw new CommandFailure(dir.resolve(NAME) + " can't be written: " + ApiStatus.oneLine(e), e);
    }
  }

  public Optional<LocalNode> node(String name) {
    return nodes.stream().filter(n -> n.name().equals(name)).findFirst();
  }
}
