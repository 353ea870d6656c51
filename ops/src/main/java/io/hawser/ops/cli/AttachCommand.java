package io.hawser.ops.cli;

import io.hawser.ops.client.GatewayClient;
import io.hawser.ops.client.ResourceKind;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code hawser attach}: the streams of a container's own first process. */
@Command(
    name = "attach",
    description = "Follow, or type to, the process a pod's container was started with.",
    footer = "Example: hawser attach -it web-1")
final class AttachCommand extends HawserCommand {
  @Parameters(
      index = "0",
      paramLabel = "POD",
      description = "A pod's name, or KIND/NAME: of a workload one of its pods.")
  String pod;

  @Mixin NamespaceOption namespace;

  @Option(
      names = {"-i", "--stdin"},
      description = "Pass standard input on; the container needs stdin: true.")
  boolean stdin;

  @Option(
      names = {"-t", "--tty"},
      description = "The container has a terminal (tty: true): take over this one's size and keys.")
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
    String query =
        "stdout=true&stdin="
            + stdin
            + "&tty="
            + tty
            + "&stderr="
            + !tty
            + (container == null ? "" : "&container=" + ResourceKind.encode(container));
    return SessionTerminal.run(client, podPath + "/attach?" + query, stdin, tty, streams());
  }
}
