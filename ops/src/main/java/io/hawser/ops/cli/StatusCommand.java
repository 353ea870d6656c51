package io.hawser.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.hawser.ops.client.CommandFailure;
import io.hawser.ops.client.Deployer;
import io.hawser.ops.client.GatewayClient;
import io.hawser.ops.client.ResourceKind;
import io.hawser.ops.client.TableText;
import io.hawser.ops.local.ClusterFile.LocalNode;
import io.hawser.ops.local.LocalCluster;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code hawser status}: how the cluster is, and the processes on this machine. */
@Command(name = "status", description = "Show the nodes, the scheduler and how the pods are.")
final class StatusCommand extends HawserCommand {
  /** How full the state is before anything is said of it. */
  private static final int SAY_PERCENT = 50;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "json or yaml.")
  OutputFormat format = OutputFormat.TABLE;

  @Override
  public Integer call() {
    Optional<LocalCluster> local = LocalCluster.find(dir());
    if (format == OutputFormat.JSON || format == OutputFormat.YAML) {
      out().println(format.text(client().get(Deployer.STATUS_PATH)));
      return DONE;
    }
    local.ifPresent(this::printProcesses);
    GatewayClient client = client();
    JsonNode status = status(client);
    JsonNode scheduler = status.path("scheduler");
    out()
        .println(
            "scheduler: "
                + scheduler.path("node").asText("unknown")
                + " (epoch "
                + scheduler.path("epoch").asText("?")
                + ")");
    out().println("pods: " + podSummary(client));
    fullness(status).ifPresent(out()::println);
    out().println();
    new TableText(false, false, out()::println)
        .print(client.table(ResourceKind.NODES.path(Optional.empty())));
    return DONE;
  }

  private void printProcesses(LocalCluster cluster) {
    out().println("cluster in " + cluster.dir());
    long running = 0;
    for (LocalNode node : cluster.nodes()) {
      Optional<Long> pid = cluster.pid(node);
      running += pid.isPresent() ? 1 : 0;
      out()
          .println(
              "  "
                  + node.name()
                  + "  "
                  + pid.map(p -> "pid " + p).orElse("not running")
                  + "  "
                  + node.gateway());
    }
    if (running == 0) {
      throw new CommandFailure("no node of this cluster runs: start it with 'hawser up'");
    }
  }

  /** Where the scheduler is; an empty object while nobody knows. */
  static JsonNode scheduler(GatewayClient client) {
    return status(client).path("scheduler");
  }

  private static JsonNode status(GatewayClient client) {
    try {
      return client.get(Deployer.STATUS_PATH);
    } catch (CommandFailure e) {
      return JsonNodeFactory.instance.objectNode();
    }
  }

  /** Said in good time: at 100 % whatever makes objects longer is refused. */
  static Optional<String> fullness(JsonNode status) {
    long kib = status.at("/objects/kib").asLong();
    long max = status.at("/objects/maxKib").asLong();
    return max > 0 && 100 * kib >= SAY_PERCENT * max
        ? Optional.of(
            "objects: %d %% of the %d KiB that the controllers hold (HAWSER_STATE_BYTES)"
                .formatted(100 * kib / max, max))
        : Optional.empty();
  }

  private static String podSummary(GatewayClient client) {
    int all = 0;
    int ready = 0;
    int pending = 0;
    for (JsonNode pod : client.get(ResourceKind.PODS.path(Optional.empty())).path("items")) {
      all++;
      for (JsonNode condition : pod.path("status").path("conditions")) {
        boolean isReady = condition.path("type").asText().equals("Ready");
        ready += isReady && condition.path("status").asText().equals("True") ? 1 : 0;
      }
      pending += pod.path("spec").path("nodeName").asText("").isEmpty() ? 1 : 0;
    }
    return all + ", " + ready + " ready" + (pending == 0 ? "" : ", " + pending + " not placed");
  }
}
