package io.hawser.ops.cli;

import io.hawser.ops.client.CommandFailure;
import io.hawser.ops.local.LocalCluster;
import io.hawser.ops.local.Requirements;
import java.util.OptionalInt;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code hawser up}: a cluster on this machine. */
@Command(
    name = "up",
    description = "Start a cluster on this machine, or the nodes of it that do not run.")
final class UpCommand extends HawserCommand {
  @Option(
      names = "--nodes",
      paramLabel = "N",
      description = "How many nodes a new cluster gets (default: 3).")
  Integer nodes;

  @Option(
      names = "--tls",
      description = "A new cluster's nodes speak with TLS, as on several machines.")
  boolean tls;

  @Option(
      names = "--own-images",
      description =
          "Each node of a new cluster keeps images of its own and gets others' over the network,"
              + " as on machines of their own.")
  boolean ownImages;

  @Override
  public Integer call() {
    if (nodes != null && (nodes < 1 || nodes > LocalCluster.MAX_NODES)) {
      throw usage("--nodes: expected 1 to " + LocalCluster.MAX_NODES + ", got " + nodes);
    }
    Requirements.missing()
        .ifPresent(
            sentence -> {
              throw new CommandFailure(sentence);
            });
    OptionalInt count = nodes == null ? OptionalInt.empty() : OptionalInt.of(nodes);
    LocalCluster cluster = LocalCluster.findOrCreate(dir(), count, ownImages, out()::println);
    if (tls) {
      cluster.secure();
    }
    cluster.start(out()::println);
    out().println("cluster of " + cluster.nodes().size() + " nodes up in " + cluster.dir());
    return DONE;
  }
}
