package io.hawser.ops.demo;

import com.fasterxml.jackson.databind.JsonNode;
import io.hawser.ops.client.CommandFailure;
import io.hawser.ops.client.Deployer;
import io.hawser.ops.client.GatewayClient;
import io.hawser.ops.client.Texts;
import io.hawser.ops.drill.DrillProgress;
import io.hawser.ops.drill.DrillText;
import io.hawser.ops.local.ClusterFile.LocalNode;
import io.hawser.ops.local.Deadline;
import io.hawser.ops.local.LocalCluster;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.Consumer;

/** The demo's steps, each shown as it happens and each with a deadline. */
final class Demo {
  /** Bound for all pods of the example to become ready. */
  static final int PODS_SECONDS = 60;

  /** Bound for the lost pods to be ready elsewhere. */
  static final int FAILOVER_SECONDS = 60;

  private final Path dir;
  private final DemoCommand.Victim victim;
  private final Consumer<String> say;
  private LocalCluster cluster;
  private DrillProgress failover;

  Demo(Path dir, DemoCommand.Victim victim, Consumer<String> say) {
    this.dir = dir;
    this.victim = victim;
    this.say = say;
  }

  LocalCluster cluster() {
    return cluster;
  }

  /** One line with the three times. */
  String summary() {
    return "detected "
        + Texts.seconds(failover.detectedMillis().orElseThrow())
        + " · replaced "
        + Texts.seconds(failover.replacedMillis().orElseThrow())
        + " · ready "
        + Texts.seconds(failover.readyMillis().orElseThrow());
  }

  /**
   * @throws CommandFailure naming the step that was not seen to happen
   */
  void run() {
    say.accept("1. An image from this machine's own busybox: " + DemoImage.REFERENCE);
    DemoImage.requireBusybox(say);
    cluster = LocalCluster.findOrCreate(dir, OptionalInt.of(DemoCommand.NODES), false, say);
    DemoImage.build(cluster.imageDir());
    say.accept("2. A cluster of " + DemoCommand.NODES + " nodes, in " + cluster.dir());
    cluster.start(say);
    GatewayClient client = cluster.client();
    say.accept("3. A Kubernetes Deployment: examples/web.yaml");
    for (JsonNode manifest : WebExample.manifests()) {
      say.accept("   " + Deployer.apply(client, manifest, "default"));
    }
    say.accept("4. Its pods come up");
    showPods(client);
    say.accept("5. A page from every pod");
    fetchPages(client);
    LocalNode node = chooseVictim(client);
    kill(node);
    GatewayClient survivors = client.without(URI.create(node.gateway()));
    say.accept("   every pod answers again:");
    fetchPages(survivors);
  }

  private void showPods(GatewayClient client) {
    long begun = System.nanoTime();
    Deadline deadline = Deadline.seconds(PODS_SECONDS);
    Map<String, String> told = new TreeMap<>();
    while (true) {
      WebPods pods = WebPods.read(client);
      for (WebPods.WebPod pod : pods.pods()) {
        String now = pod.line();
        if (!now.equals(told.put(pod.name(), now))) {
          say.accept(line(millisSince(begun), pod.name() + "  " + now));
        }
      }
      if (pods.allReady()) {
        say.accept("   all " + pods.pods().size() + " ready, " + pods.byNode());
        return;
      }
      if (!deadline.pause()) {
        throw new CommandFailure(
            "step 4 failed: only "
                + pods.ready().size()
                + " of "
                + pods.wanted()
                + " pods are ready after "
                + PODS_SECONDS
                + " s");
      }
    }
  }

  private void fetchPages(GatewayClient client) {
    Pages pages = new Pages();
    List<WebPods.WebPod> ready = WebPods.read(client).ready();
    for (WebPods.WebPod pod : ready) {
      String page = pages.fetch(pod);
      say.accept("   http://" + pod.ip() + ":" + WebExample.PORT + "/  " + page);
      if (!page.contains(pod.name()) || !page.contains(pod.node())) {
        throw new CommandFailure(
            "the page of pod " + pod.name() + " on " + pod.node() + " does not name them: " + page);
      }
    }
  }

  /** A node with pods: the scheduler's, or the one of the others that has most. */
  private LocalNode chooseVictim(GatewayClient client) {
    String scheduler = Deployer.schedulerNode(client);
    boolean itself = victim == DemoCommand.Victim.SCHEDULER;
    if (itself && scheduler.isEmpty()) {
      throw new CommandFailure("step 6 failed: the gateway does not say where the scheduler runs");
    }
    Map<String, Integer> counts = WebPods.read(client).countByNode();
    return cluster.nodes().stream()
        .filter(n -> n.name().equals(scheduler) == itself)
        .max(java.util.Comparator.comparing(n -> counts.getOrDefault(n.name(), 0)))
        .orElseThrow();
  }

  private void kill(LocalNode node) {
    GatewayClient client = cluster.client().without(URI.create(node.gateway()));
    WebPods before = WebPods.read(client);
    failover = DrillProgress.begin(node.name(), before.sighting(false));
    long pid =
        cluster
            .pid(node)
            .orElseThrow(
                () -> new CommandFailure("step 6 failed: node " + node.name() + " does not run"));
    String what = victim == DemoCommand.Victim.SCHEDULER ? ", where the scheduler runs," : "";
    cluster.kill(node);
    long begun = System.nanoTime();
    say.accept(
        "6. SIGKILL for the JVM of node "
            + node.name()
            + what
            + " with "
            + failover.podsLost().size()
            + " pods (pid "
            + pid
            + ")");
    follow(client, node.name(), begun);
  }

  private void follow(GatewayClient client, String node, long begun) {
    Deadline deadline = Deadline.seconds(FAILOVER_SECONDS, 50);
    int told = 0;
    long second = 1;
    while (true) {
      WebPods.tryRead(client, node).ifPresent(s -> failover.observe(s, millisSince(begun)));
      long at = millisSince(begun);
      if (at >= second * 1000 && !failover.isDone()) {
        failover.tick(at);
        second = at / 1000 + 1;
      }
      for (; told < failover.steps().size(); told++) {
        say.accept(line(failover.steps().get(told).atMillis(), failover.steps().get(told).what()));
      }
      if (failover.isDone()) {
        return;
      }
      if (!deadline.pause()) {
        throw new CommandFailure(
            "step 6 failed: "
                + (failover.detectedMillis().isEmpty()
                    ? "the loss was not detected"
                    : failover.replacedMillis().isEmpty()
                        ? "the pods were not replaced"
                        : "the replacements did not become ready")
                + " within "
                + FAILOVER_SECONDS
                + " s");
      }
    }
  }

  private static long millisSince(long begun) {
    return (System.nanoTime() - begun) / 1_000_000;
  }

  private static String line(long atMillis, String what) {
    return "   " + DrillText.line(atMillis, what);
  }
}
