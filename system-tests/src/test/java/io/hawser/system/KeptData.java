package io.hawser.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** {@code examples/database.yaml}, whose claims go with the set here. */
final class KeptData {
  private KeptData() {}

  static void outlivesItsPodAndGoesWithItsClaim(TestCluster cluster) throws IOException {
    String example = Files.readString(Shell.home().resolve("examples/database.yaml"));
    assertThat(example).contains("whenDeleted: Retain");
    WorkloadsIT.apply(cluster, example.replace("whenDeleted: Retain", "whenDeleted: Delete"));
    WorkloadsIT.until(
        cluster, "both databases", () -> WorkloadsIT.readyPods(cluster, "database").size() == 2);
    JsonNode before = pod(cluster);
    cluster.hawser("delete", "pod", "database-0").ok();
    WorkloadsIT.until(
        cluster,
        "the database again",
        () ->
            WorkloadsIT.readyPods(cluster, "database").size() == 2
                && !uid(pod(cluster)).equals(uid(before)));
    String node = before.at("/spec/nodeName").asText();
    assertThat(pod(cluster).at("/spec/nodeName").asText()).as("with its data").isEqualTo(node);
    assertThat(cluster.hawser("exec", "database-0", "--", "cat", "/data/starts").ok().out())
        .as("what both starts wrote")
        .hasLineCount(2);
    assertThat(cluster.hawser("get", "pvc").ok().out()).contains("data-database-0", "Bound");
    assertThat(cluster.hawser("get", "pv", "-o", "wide").ok().out())
        .contains("default/data-database-1", node);
    assertThat(directories(cluster)).hasSize(2);

    cluster.hawser("delete", "statefulset", "database").ok();
    WorkloadsIT.until(
        cluster,
        "no volume",
        () -> Api.items(cluster.api().get("/api/v1/persistentvolumes").body()).isEmpty());
    assertThat(directories(cluster)).isEmpty();
  }

  private static JsonNode pod(TestCluster cluster) {
    return cluster.api().get("/api/v1/namespaces/default/pods/database-0").body();
  }

  private static String uid(JsonNode pod) {
    return pod.at("/metadata/uid").asText();
  }

  /** The volumes on the nodes' disks. */
  private static List<Path> directories(TestCluster cluster) {
    return Stream.of("n1", "n2", "n3")
        .map(node -> cluster.dir().resolve(node).resolve("node/persistent-volumes"))
        .filter(Files::isDirectory)
        .flatMap(KeptData::list)
        .toList();
  }

  private static Stream<Path> list(Path directory) {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
