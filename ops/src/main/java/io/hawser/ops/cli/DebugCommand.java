package io.hawser.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.hawser.ops.client.Manifests;
import io.hawser.ops.client.ResourceKind;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code hawser debug}: what a node does, in its own terms. */
@Command(
    name = "debug",
    description = "Show what a node does for a pod, in its own terms.",
    subcommands = DebugCommand.Launch.class)
final class DebugCommand implements Runnable {
  @Spec CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "expected launch");
  }

  /** The system calls that start a pod's containers. */
  @Command(
      name = "launch",
      description = {
        "Print the system calls that start a pod's containers, in order.",
        "$N is what call N returned. Variables are named without their values.",
        "Of a pod in a cluster its node says it; of a manifest (-f) this machine, without a cluster."
      })
  static final class Launch extends HawserCommand {
    private static final String PATH = "/apis/hawser.io/v1/launch/";

    @Parameters(arity = "0..1", paramLabel = "POD", description = "Its name.")
    String pod;

    @Option(
        names = {"-f", "--filename"},
        paramLabel = "FILE",
        description = "A manifest instead; its images must be on this machine.")
    List<String> files = List.of();

    @Option(
        names = "--image-dir",
        paramLabel = "DIR",
        description = "Where they are; else in the cluster's directory.")
    Path imageDir;

    @Option(
        names = {"-c", "--container"},
        paramLabel = "NAME",
        description = "This container only.")
    String container;

    @Mixin NamespaceOption namespace;

    @Option(
        names = {"-o", "--output"},
        paramLabel = "FORMAT",
        description = "json or yaml.")
    OutputFormat format = OutputFormat.TABLE;

    @Override
    public Integer call() {
      if ((pod == null) == files.isEmpty()) {
        throw usage("say which: a pod's name, or -f FILE");
      }
      if (pod != null) {
        print(ofCluster());
        return DONE;
      }
      Path images = imageDir == null ? dir().toAbsolutePath().resolve("images") : imageDir;
      ManifestLaunches launches =
          new ManifestLaunches(images, namespace.name, Optional.ofNullable(container));
      Manifests.read(files, streams().in()).forEach(m -> launches.of(m).ifPresent(this::print));
      return DONE;
    }

    private JsonNode ofCluster() {
      String path = PATH + ResourceKind.encode(namespace.name) + "/" + ResourceKind.encode(pod);
      return client()
          .get(container == null ? path : path + "?container=" + ResourceKind.encode(container));
    }

    private void print(JsonNode launch) {
      if (format == OutputFormat.JSON || format == OutputFormat.YAML) {
        out().println(format.text(launch));
        return;
      }
      for (JsonNode one : launch.path("containers")) {
        out()
            .println(
                "# container %s, start %d, on node %s"
                    .formatted(
                        one.path("name").asText(),
                        one.path("attempt").asInt(),
                        launch.path("node").asText()));
        int number = 0;
        for (JsonNode call : one.path("calls")) {
          out().println(line(number, call));
          number++;
        }
      }
    }

    private static String line(int number, JsonNode call) {
      StringJoiner arguments = new StringJoiner(", ", "(", ")");
      call.path("arguments").forEach(a -> arguments.add(a.asText()));
      return "$"
          + number
          + " = "
          + call.path("syscall").asText()
          + arguments
          + (call.path("mayFail").asBoolean() ? "  # may fail" : "");
    }
  }
}
