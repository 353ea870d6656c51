package io.hawser.ops.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.ops.client.GatewayClient;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code hawser scale}: sets how many pods an object has, of any kind that says how many. */
@Command(name = "scale", description = "Set the number of a workload's pods.")
final class ScaleCommand extends HawserCommand {
  @Parameters(arity = "1..2", paramLabel = "KIND/NAME")
  List<String> words;

  @Option(names = "--replicas", required = true, paramLabel = "N", description = "How many pods.")
  int replicas;

  @Mixin NamespaceOption namespace;

  @Override
  public Integer call() {
    Targets target = Targets.one(words, kinds(), this::usage);
    if (replicas < 0) {
      throw usage("--replicas: expected 0 or more, got " + replicas);
    }
    String path = scalePath(target);
    ObjectNode patch = JsonNodeFactory.instance.objectNode();
    patch.putObject("spec").put("replicas", replicas);
    client().patch(path, GatewayClient.MERGE_PATCH, patch);
    out().println(target.label() + " scaled");
    return DONE;
  }

  /** A kind without a scale in the API may still have the field: then the object is changed. */
  private String scalePath(Targets target) {
    String path = target.path(namespace.name);
    if (target.kind().scalable()) {
      return path + "/scale";
    }
    boolean counted =
        !target.kind().isBuiltIn() && client().get(path).at("/spec/replicas").isIntegralNumber();
    if (!counted) {
      throw usage(target.kind().plural() + " can't be scaled: they have no spec.replicas");
    }
    return path;
  }
}
