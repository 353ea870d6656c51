package io.hawser.ops.node;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.hawser.ops.local.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a machine was told when it joined, kept in {@code DIR/cluster-joined.json}, which only its
 * owner reads.
 *
 * @param gatewayToken what requests to this node's gateway must carry
 * @param seeds {@code host:port} of members
 * @param controllers {@code host:port} of the store's peers, by name
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record JoinedCluster(String gatewayToken, List<String> seeds, Map<String, String> controllers) {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private static Path file(Path dir) {
    return dir.resolve("cluster-joined.json");
  }

  static Optional<JoinedCluster> read(Path dir) throws IOException {
    return Files.exists(file(dir))
        ? Optional.of(MAPPER.readValue(Files.readAllBytes(file(dir)), JoinedCluster.class))
        : Optional.empty();
  }

  void write(Path dir) throws IOException {
    DurableFiles.write(file(dir), MAPPER.writeValueAsBytes(this));
  }

  /** The token stays out of logs. */
  @Override
  public String toString() {
    return "JoinedCluster[seeds=" + seeds + ", controllers=" + controllers + "]";
  }
}
