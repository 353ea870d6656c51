package io.hawser.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.ops.client.ApiStatus;
import io.hawser.ops.client.CommandFailure;
import io.hawser.ops.client.GatewayClient;
import io.hawser.ops.client.ResourceKind;
import io.hawser.ops.client.Texts;
import io.hawser.ops.drill.DrillText;
import io.hawser.ops.local.Deadline;
import io.hawser.ops.local.DurableFiles;
import io.hawser.ops.local.LocalCluster;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code hawser drill}: faults on purpose, with a report. */
@Command(
    name = "drill",
    description = "Cause a fault on purpose and report what it cost.",
    subcommands = DrillCommand.NodeKill.class)
final class DrillCommand implements Runnable {
  @Spec CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "expected node-kill");
  }

  /** Kills a node's JVM and follows its pods until they are ready elsewhere. */
  @Command(
      name = "node-kill",
      description = "Kill a node's JVM with SIGKILL and follow the failover of its pods.")
  static final class NodeKill extends HawserCommand {
    static final String PATH = "/apis/hawser.io/v1/drills";

    /** Above the drill's own bound. */
    private static final int TIMEOUT_SECONDS = 90;

    @Option(names = "--node", required = true, paramLabel = "N", description = "Which node.")
    String node;

    @Option(
        names = "--port",
        paramLabel = "PORT",
        description = "The pods' port that pages are fetched from (default: their first).")
    Integer port;

    @Option(
        names = {"-o", "--output"},
        paramLabel = "FORMAT",
        description = "json or yaml: the report instead of the story.")
    OutputFormat format = OutputFormat.TABLE;

    @Override
    public Integer call() throws IOException {
      boolean story = format != OutputFormat.JSON && format != OutputFormat.YAML;
      GatewayClient client = onAnotherNode(client());
      ObjectNode request = JsonNodeFactory.instance.objectNode();
      request.put("kind", "node-kill").put("node", node);
      if (port != null) {
        request.put("probePort", port);
      }
      JsonNode report = client.post(PATH, request);
      String path = PATH + "/" + ResourceKind.encode(report.path("id").asText());
      Deadline deadline = Deadline.seconds(TIMEOUT_SECONDS);
      int told = 0;
      while (true) {
        if (story) {
          told = tell(report, told);
        }
        if (report.hasNonNull("finishedAt")) {
          break;
        }
        if (!deadline.pause()) {
          throw new CommandFailure("the drill has not ended after " + TIMEOUT_SECONDS + " s");
        }
        report = client.get(path);
      }
      return finish(report, story);
    }

    /** A gateway that the fault does not take away. */
    private GatewayClient onAnotherNode(GatewayClient client) {
      client.get(ResourceKind.NODES.path("", node));
      return LocalCluster.find(dir())
          .flatMap(c -> c.nodes().stream().filter(n -> n.name().equals(node)).findFirst())
          .map(n -> client.without(URI.create(n.gateway())))
          .orElse(client);
    }

    private int tell(JsonNode report, int told) {
      JsonNode steps = report.path("steps");
      for (int i = told; i < steps.size(); i++) {
        out().println(DrillText.step(steps.get(i)));
      }
      return steps.size();
    }

    private int finish(JsonNode report, boolean story) throws IOException {
      Path drills = dir().toAbsolutePath().resolve("drills");
      Path file = drills.resolve(report.path("id").asText("drill") + ".json");
      try {
        Files.createDirectories(drills);
        DurableFiles.write(file, (Texts.json(report) + "\n").getBytes(StandardCharsets.UTF_8));
        DurableFiles.write(
            drills.resolve(report.path("id").asText("drill") + ".txt"),
            DrillText.report(report).getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        throw new CommandFailure(
            "the report can't be written to " + drills + ": " + ApiStatus.oneLine(e), e);
      }
      if (story) {
        out().println(DrillText.summary(report));
        out().println("report: " + file + " (and .txt)");
      } else {
        out().println(format.text(report));
      }
      if (!report.path("outcome").asText().equals("passed")) {
        throw new CommandFailure(
            "the drill failed: " + report.path("failure").asText("no reason given"));
      }
      return DONE;
    }
  }
}
