package io.hawser.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Machines that do not come back: their disks are lost with them. One story on one cluster. */
@Tag("system")
class RecoveryIT {
  private static final Duration QUICK = Duration.ofSeconds(20);
  private static final int PODS = 6;

  @Test
  void disksAreLostForGoodAndWhatWasDeployedIsNot(@TempDir Path directory)
      throws IOException, InterruptedException {
    Path backup = directory.resolve("backup");
    try (TestCluster cluster = TestCluster.up(3)) {
      cluster.hawser("apply", "-f", keptWeb(cluster).toString()).ok();
      cluster.awaitReady(PODS);
      assertThat(cluster.hawser("backup", backup.toString()).ok().out())
          .contains("scheduler up to");
      assertThat(cluster.hawser("backup", backup.toString()).code()).isEqualTo(2);

      Process successor = theFirstSeedIsReplaced(cluster);
      try {
        oneOfThreeIsLeft(cluster, successor);
      } finally {
        successor.destroyForcibly().waitFor();
      }
    }
    aNewClusterHasWhatTheBackupHas(backup);
  }

  /** Nobody writes there: the scheduler learns of it all the same. Nodes it never saw are lost. */
  private static void aNewClusterHasWhatTheBackupHas(Path backup) throws IOException {
    try (TestCluster cluster = TestCluster.up(1)) {
      assertThat(cluster.api().readyPods()).isEmpty();
      cluster.hawser("restore", backup.toString()).ok();
      cluster.awaitReady(PODS);
    }
  }

  /** The node that every other was told to join; gone with its disk. */
  private static Process theFirstSeedIsReplaced(TestCluster cluster) throws IOException {
    loseForGood(cluster, "n1");
    int port = freePort();
    String store = "127.0.0.1:" + port;
    Process n4 = controller(cluster, "n4", port);
    await("the new controller to be let in")
        .atMost(TestCluster.PATIENCE)
        .pollInterval(Duration.ofSeconds(1))
        .untilAsserted(
            () ->
                assertThat(cluster.hawser("controller", "replace", "n1", "n4", store).code())
                    .as(() -> cluster.logs())
                    .isZero());
    assertThat(cluster.hawser("controller", "ls").ok().out())
        .contains("n2", "n3", "n4")
        .doesNotContain("n1 ");
    cluster.awaitReady(PODS);
    return n4;
  }

  private static void oneOfThreeIsLeft(TestCluster cluster, Process successor)
      throws InterruptedException {
    Set<Long> processes = cluster.containerProcesses();
    loseForGood(cluster, "n3");
    successor.destroyForcibly().waitFor();

    Shell.Outcome warning = recover(cluster, List.of(), 1);
    assertThat(warning.out())
        .contains("n2 would keep the journal alone", "may lose", "n3 (", "n4 (", "--yes");
    assertThat(cluster.hawser("scale", "deployment/web", "--replicas=7").code())
        .as("a write without a majority")
        .isNotZero();
    assertThat(recover(cluster, List.of("--yes"), 0).out())
        .contains("n2 keeps the journal alone", "the scheduler is on n2", "takes writes again");

    // Who was told that the write did not succeed was not told that it never will.
    cluster.hawser("scale", "deployment/web", "--replicas=" + PODS).ok();
    cluster.awaitReady(PODS);
    cluster.hawser("scale", "deployment/web", "--replicas=" + (PODS + 1)).ok();
    // Nodes that do not come back are lost once they have had the time for it.
    await("all pods to be ready on the node that is left")
        .atMost(TestCluster.PATIENCE)
        .ignoreExceptionsInstanceOf(Api.NotReachable.class)
        .untilAsserted(
            () ->
                assertThat(
                        cluster.api().readyPods().stream()
                            .map(pod -> pod.at("/spec/nodeName").asText()))
                    .hasSize(PODS + 1)
                    .containsOnly("n2"));
    Set<Long> after = cluster.containerProcesses();
    assertThat(processes.stream().filter(after::contains))
        .as("containers that ran on through it, of %s; now %s", processes, after)
        .isNotEmpty();
  }

  /** While the node leaves its lost cluster and comes back its gateway is away for a moment. */
  private static Shell.Outcome recover(TestCluster cluster, List<String> more, int code) {
    List<String> command = new ArrayList<>(List.of("journal", "recover"));
    command.addAll(more);
    try {
      return await("journal recover " + more)
          .atMost(TestCluster.PATIENCE)
          .pollInterval(Duration.ofSeconds(1))
          .until(
              () -> cluster.hawser(command.toArray(String[]::new)),
              outcome -> outcome.code() == code && outcome.err().isEmpty());
    } catch (ConditionTimeoutException e) {
      throw new AssertionError(e.getMessage() + "\n" + cluster.logs(), e);
    }
  }

  /** What the runtime knows of containers stays: the machine is this one, and is swept. */
  private static void loseForGood(TestCluster cluster, String node) {
    cluster.kill(node);
    for (String what : List.of("store", "store.members", "members")) {
      Shell.run(
              QUICK,
              "rm",
              "-rf",
              "--one-file-system",
              cluster.dir().resolve(node + "/" + what).toString())
          .ok();
    }
  }

  /** Told to join those that are left; it keeps the journal only once it is let in. */
  private static Process controller(TestCluster cluster, String name, int storePort)
      throws IOException {
    Path dir = cluster.dir().resolve(name);
    List<String> command = new ArrayList<>(Leftovers.commandLine(cluster.pids().get("n2")));
    set(command, "--name", name);
    set(command, "--dir", dir.toString());
    set(command, "--port", Integer.toString(freePort()));
    set(command, "--gateway-port", Integer.toString(freePort()));
    set(command, "--tls-port", Integer.toString(freePort()));
    set(command, "--store-port", Integer.toString(storePort));
    set(command, "--roles", "controller,gateway");
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(cluster.dir().resolve(name + ".log").toFile())
        .start();
  }

  private static void set(List<String> command, String option, String value) {
    command.set(command.indexOf(option) + 1, value);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Its pods run on where their node has lost the cluster. */
  private static Path keptWeb(TestCluster cluster) throws IOException {
    String yaml =
        Files.readString(Shell.home().resolve("examples/web.yaml"))
            .replaceFirst("replicas: *[0-9]+", "replicas: " + PODS)
            .replaceFirst(
                "( +)template:\n +metadata:\n",
                "$0$1    annotations: {hawser.io/on-lost-cluster: keep}\n");
    Path file = cluster.dir().resolve("web.yaml");
    Files.writeString(file, yaml);
    return file;
  }
}
