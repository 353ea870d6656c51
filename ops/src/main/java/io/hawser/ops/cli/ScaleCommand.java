package io.hawser.ops.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.ops.client.GatewayClient;
import io.hawser.ops.client.ResourceKind;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code hawser scale}: sets how many pods a deployment or a stateful set has. */
@Command(name = "scale", description = "Set the number of a deployment's or stateful set's pods.")
final class ScaleCommand extends HawserCommand {
  @Parameters(arity = "1..2", paramLabel = "KIND/NAME")
  List<String> words;

  @Option(names = "--replicas", required = true, paramLabel = "N", description = "How many pods.")
  int replicas;

  @Mixin NamespaceOption namespace;

  @Override
  public Integer call() {
    Targets target = Targets.one(words, this::usage);
    if (target.kind() != ResourceKind.DEPLOYMENTS && target.kind() != ResourceKind.STATEFUL_SETS) {
      throw usage("only deployments and statefulsets can be scaled, not " + target.kind().plural());
    }
    if (replicas < 0) {
      throw usage("--replicas: expected 0 or more, got " + replicas);
    }
    ObjectNode patch = JsonNodeFactory.instance.objectNode();
    patch.putObject("spec").put("replicas", replicas);
    client().patch(target.path(namespace.name) + "/scale", GatewayClient.MERGE_PATCH, patch);
    out().println(target.label() + " scaled");
    return DONE;
  }
}
