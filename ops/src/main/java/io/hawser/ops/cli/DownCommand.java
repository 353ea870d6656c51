package io.hawser.ops.cli;

import io.hawser.ops.client.CommandFailure;
import io.hawser.ops.local.LocalCluster;
import io.hawser.ops.local.Requirements;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code hawser down}: stops the cluster on this machine. */
@Command(
    name = "down",
    description = {
      "Stop the cluster on this machine and remove its containers, bridges, cgroups and mounts.",
      "What was deployed is kept and starts again at the next 'hawser up'."
    })
final class DownCommand extends HawserCommand {
  @Option(
      names = "--delete-data",
      description = "Forget what was deployed, the images and the cluster itself, too.")
  boolean deleteData;

  @Override
  public Integer call() {
    if (LocalCluster.find(dir()).isEmpty() && deleteData) {
      out().println("there is no cluster in " + dir());
      return DONE;
    }
    LocalCluster cluster = localCluster();
    if (!Requirements.isRoot()) {
      throw new CommandFailure("stopping nodes needs root: run this command as root");
    }
    cluster.stop(out()::println);
    if (deleteData) {
      cluster.deleteData();
    }
    out().println("cluster in " + cluster.dir() + (deleteData ? " removed" : " down"));
    return DONE;
  }
}
