package io.hawser.ops.cli;

import io.hawser.ops.client.ExecConnection;
import io.hawser.ops.client.GatewayClient;
import io.hawser.ops.client.ResourceKind;
import java.io.IOException;
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
  @Parameters(index = "0", paramLabel = "POD")
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
  public Integer call() throws IOException {
    GatewayClient client = client();
    String name = pod.replaceFirst("^(pods?|po)/", "");
    String podPath = ResourceKind.PODS.path(namespace.name, name);
    client.get(podPath); // A pod that is not there is refused more clearly than by the upgrade.
    try (UserTerminal terminal = tty ? UserTerminal.open() : UserTerminal.none();
        ExecConnection connected =
            ExecConnection.open(
                client, podPath + "/exec?" + query(), streams().out(), streams().err())) {
      terminal.onSize(
          (columns, rows) -> {
            try {
              connected.resize(columns, rows);
            } catch (IOException e) {
              // The connection's end is told by awaitExit.
            }
          });
      if (stdin) {
        Thread input = new Thread(() -> passInput(connected), "exec-stdin");
        input.setDaemon(true);
        input.start();
      }
      return connected.awaitExit();
    }
  }

  private void passInput(ExecConnection connected) {
    byte[] piece = new byte[ExecConnection.MAX_PIECE];
    try {
      int length;
      while ((length = streams().in().read(piece)) >= 0) {
        connected.stdin(piece, length);
      }
      connected.endOfStdin();
    } catch (IOException e) {
      // The command ended before its input did.
    }
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
