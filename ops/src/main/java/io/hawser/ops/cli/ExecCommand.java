package io.hawser.ops.cli;

import io.hawser.ops.client.GatewayClient;
import io.hawser.ops.client.ResourceKind;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code hawser exec}: runs a command in a container; its exit code becomes ours. */
@Command(
    name = "exec",
    description = "Run a command in a pod's container.",
    footer = "Example: hawser exec -it web-1 -- sh")
final class ExecCommand extends HawserCommand {
  @Parameters(
      index = "0",
      paramLabel = "POD",
      description = "A pod's name, or KIND/NAME: of a workload one of its pods.")
  String pod;

  @Parameters(index = "1..*", arity = "1..*", paramLabel = "-- COMMAND")
  List<String> command;

  @Mixin NamespaceOption namespace;

  @Option(
      names = {"-i", "--stdin"},
      description = "Pass standard input on.")
  boolean stdin;

  @Option(
      names = {"-t", "--tty"},
      description = "Give the command a terminal.")
  boolean tty;

  @Option(
      names = {"-c", "--container"},
      paramLabel = "NAME",
      description = "Which container, when the pod has several.")
  String container;

  @Override
  public Integer call() {
    GatewayClient client = client();
    String podPath = ResourceKind.PODS.path(namespace.name, podName(pod, namespace.name));
    client.get(podPath); // A pod that is not there is refused more clearly than by the upgrade.
    return SessionTerminal.run(client, podPath + "/exec?" + query(), stdin, tty, streams());
  }

  private String query() {
    StringBuilder query = new StringBuilder("stdout=true");
    query.append("&stdin=").append(stdin);
    query.append("&tty=").append(tty);
    // A terminal has one output.
    query.append("&stderr=").append(!tty);
    if (container != null) {
      query.append("&container=").append(ResourceKind.encode(container));
    }
    command.forEach(word -> query.append("&command=").append(ResourceKind.encode(word)));
    return query.toString();
  }
}
