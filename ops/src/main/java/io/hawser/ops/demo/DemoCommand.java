package io.hawser.ops.demo;

import io.hawser.ops.cli.HawserCommand;
import io.hawser.ops.client.ApiStatus;
import io.hawser.ops.client.CommandFailure;
import io.hawser.ops.local.DurableFiles;
import io.hawser.ops.local.LocalCluster;
import io.hawser.ops.local.Requirements;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code hawser demo}: a first look, from nothing to a survived node loss. */
@Command(
    name = "demo",
    description = "Start a cluster of three nodes, deploy to it, kill a node and watch it heal.")
public final class DemoCommand extends HawserCommand {
  static final int NODES = 3;

  /** Which node is killed. */
  enum Victim {
    WORKER,
    SCHEDULER
  }

  @Option(
      names = "--once",
      description = "In a directory of its own; everything is removed again at the end.")
  boolean once;

  @Option(
      names = "--kill",
      paramLabel = "worker|scheduler",
      description = "Kill a node that only runs pods (default), or the scheduler's.")
  Victim victim = Victim.WORKER;

  @Override
  public Integer call() {
    Requirements.missing()
        .ifPresent(
            sentence -> {
              throw new CommandFailure(sentence);
            });
    Path dir = once ? temporaryDir() : dir();
    if (!once) {
      Demo demo = new Demo(dir, victim, out()::println);
      demo.run();
      nextSteps(demo.cluster());
      out().println(demo.summary());
      return DONE;
    }
    return runOnce(dir);
  }

  private int runOnce(Path dir) {
    AtomicBoolean removed = new AtomicBoolean();
    // Ctrl-C must not leave a cluster in a directory that nobody knows.
    Thread hook = new Thread(() -> remove(dir, removed), "demo-teardown");
    Runtime.getRuntime().addShutdownHook(hook);
    Demo demo = new Demo(dir, victim, out()::println);
    try {
      demo.run();
    } catch (RuntimeException e) {
      try {
        remove(dir, removed);
      } catch (CommandFailure second) {
        throw new CommandFailure(ApiStatus.oneLine(e) + "; then: " + second.getMessage(), e);
      }
      throw e;
    }
    remove(dir, removed);
    out().println(demo.summary());
    return DONE;
  }

  private void remove(Path dir, AtomicBoolean removed) {
    if (!removed.compareAndSet(false, true)) {
      return;
    }
    out().println("Removing everything");
    try {
      LocalCluster.find(dir)
          .ifPresent(
              cluster -> {
                cluster.stop(line -> {});
                cluster.deleteData();
              });
      DurableFiles.deleteTree(dir);
    } catch (IOException e) {
      throw new CommandFailure(dir + " can't be removed: " + ApiStatus.oneLine(e), e);
    }
  }

  private static Path temporaryDir() {
    try {
      return Files.createTempDirectory("hawser-demo-");
    } catch (IOException e) {
      throw new CommandFailure("no temporary directory: " + ApiStatus.oneLine(e), e);
    }
  }

  private void nextSteps(LocalCluster cluster) {
    String more = cluster.dir().equals(LocalCluster.defaultDir()) ? "" : " --dir " + cluster.dir();
    out().println();
    out().println("The cluster runs on. To try next:");
    out().println("  ./hawser get pods -o wide" + more);
    out().println("  ./hawser scale deployment/web --replicas=9" + more);
    out().println("  ./hawser up" + more + "    # brings the killed node back");
    out().println("  ./hawser drill node-kill --node n2" + more);
    out().println("  ./hawser down" + more);
    out().println();
  }
}
