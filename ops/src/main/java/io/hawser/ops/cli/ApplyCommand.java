package io.hawser.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.hawser.ops.client.CommandFailure;
import io.hawser.ops.client.Deployer;
import io.hawser.ops.client.GatewayClient;
import io.hawser.ops.client.Manifests;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code hawser apply}: makes the cluster have what manifests say. */
@Command(name = "apply", description = "Create or change what the manifests in files describe.")
final class ApplyCommand extends HawserCommand {
  @Option(
      names = {"-f", "--filename"},
      required = true,
      arity = "1..*",
      paramLabel = "FILE",
      description = "YAML or JSON files, directories, or - for standard input.")
  List<String> files;

  @Mixin NamespaceOption namespace;

  @Override
  public Integer call() {
    GatewayClient client = client();
    List<JsonNode> manifests = Manifests.read(files, streams().in());
    List<String> failures = new ArrayList<>();
    for (JsonNode manifest : manifests) {
      try {
        out().println(Deployer.apply(client, manifest, namespace.name));
      } catch (CommandFailure e) {
        if (e.httpCode() == 0 || manifests.size() == 1) {
          throw e;
        }
        failures.add(e.getMessage());
      }
    }
    if (!failures.isEmpty()) {
      throw new CommandFailure(String.join("; ", failures));
    }
    return DONE;
  }
}
