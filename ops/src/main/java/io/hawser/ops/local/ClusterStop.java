package io.hawser.ops.local;

import io.hawser.ops.client.ApiStatus;
import io.hawser.ops.client.CommandFailure;
import io.hawser.ops.local.ClusterFile.LocalNode;
import io.hawser.ops.node.NodeRuntime;
import io.hawser.runtime.ContainerRuntime;
import io.hawser.runtime.RuntimeConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Stops the nodes of a local cluster and removes their containers, bridges, cgroups and mounts,
 * also those of a node whose JVM was killed before.
 */
final class ClusterStop {
  /** How long a JVM may take to leave the cluster after SIGTERM. */
  static final Duration TERMINATE_TIMEOUT = Duration.ofSeconds(30);

  /** How long the kernel may take to end a process after SIGKILL. */
  static final Duration KILL_TIMEOUT = Duration.ofSeconds(5);

  private final LocalCluster cluster;
  private final Consumer<String> say;

  ClusterStop(LocalCluster cluster, Consumer<String> say) {
    this.cluster = cluster;
    this.say = say;
  }

  void run() {
    List<NodeProcess> running =
        cluster.nodes().stream()
            .flatMap(n -> NodeProcess.running(cluster.nodeDir(n)).stream())
            .toList();
    if (!running.isEmpty()) {
      say.accept("stopping " + running.size() + (running.size() == 1 ? " node" : " nodes"));
    }
    running.forEach(NodeProcess::terminate);
    if (!ended(running, TERMINATE_TIMEOUT)) {
      say.accept("killing what did not stop within " + TERMINATE_TIMEOUT.toSeconds() + " s");
      running.forEach(NodeProcess::kill);
      if (!ended(running, KILL_TIMEOUT)) {
        throw new CommandFailure(
            "process " + alive(running).get(0).pid() + " does not end, not even after SIGKILL");
      }
    }
    List<String> failures = new ArrayList<>();
    cluster.nodes().forEach(node -> purge(node, failures));
    if (!failures.isEmpty()) {
      throw new CommandFailure(String.join("; ", failures));
    }
  }

  /** Also where no process ran: an earlier one may have been killed and have left containers. */
  private void purge(LocalNode node, List<String> failures) {
    if (!Files.isDirectory(cluster.nodeDir(node))) {
      return;
    }
    RuntimeConfig config =
        NodeRuntime.config(
            node.name(),
            cluster.nodeDir(node),
            cluster.imageDir(node),
            node.podSubnet(),
            Duration.ofSeconds(1));
    try (ContainerRuntime runtime = ContainerRuntime.open(config)) {
      runtime.purge();
      Files.deleteIfExists(cluster.nodeDir(node).resolve(NodeProcess.PID_FILE));
    } catch (RuntimeException | IOException e) {
      failures.add("not all of node " + node.name() + " was removed: " + ApiStatus.oneLine(e));
    }
  }

  private static List<NodeProcess> alive(List<NodeProcess> processes) {
    return processes.stream().filter(NodeProcess::isAlive).toList();
  }

  private static boolean ended(List<NodeProcess> processes, Duration within) {
    long deadline = System.nanoTime() + within.toNanos();
    while (!alive(processes).isEmpty()) {
      if (System.nanoTime() > deadline) {
        return false;
      }
      try {
        Thread.sleep(50);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new CommandFailure("interrupted", e);
      }
    }
    return true;
  }
}
