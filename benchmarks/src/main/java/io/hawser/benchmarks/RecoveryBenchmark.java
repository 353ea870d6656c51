package io.hawser.benchmarks;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.hawser.cluster.ClusterConfig;
import io.hawser.cluster.state.ClusterSnapshot;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.cluster.state.SplitSnapshot;
import io.hawser.model.Pod;
import io.hawser.model.ResourceAmounts;
import io.hawser.persistence.HawserStore;
import io.hawser.persistence.LogSummary;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.pattern.Patterns;
import org.apache.pekko.persistence.Persistence;
import org.apache.pekko.persistence.SaveSnapshotSuccess;
import org.apache.pekko.persistence.SnapshotMetadata;
import org.apache.pekko.persistence.SnapshotProtocol.SaveSnapshot;

/**
 * How long a controller needs until a large state is there again: its snapshot and the longest tail
 * of events there can be are in the real journal; a JVM with a node's flags starts over it, reads
 * the journal and then the state; then it is killed. All pods run, the tail says of a quarter of
 * them that a container was started again.
 */
final class RecoveryBenchmark implements Benchmark {
  private static final int NODES = 6_100;
  private static final int REPLICAS = 10_000;
  private static final int ROUNDS = 5;
  private static final int BATCH = 500;

  /** As in the scheduler's {@code SnapshotSpacing}: a quarter of the state's objects. */
  private static final int PODS_PER_EVENT = 4;

  /** Whose flags, libraries and archive of classes a node has. */
  private static final Path DISTRIBUTION = Path.of("ops/target/dist").toAbsolutePath();

  /** This program's own classes; a node's come first, or their archive would not fit. */
  private static final String OWN_CLASSES = "benchmarks/target/classes";

  private static final int HEAP_MIB = 512;
  private static final int HEAP_BYTES_PER_POD = 5_000;
  private static final int BOUND_MINUTES = 20;

  /** For one batch: an actor that could not write it has stopped and says nothing more. */
  private static final int WRITE_BOUND_MINUTES = 1;

  @Override
  public String name() {
    return "recovery";
  }

  @Override
  public String description() {
    return "a controller's start over a large state: snapshot and events after it"
        + "  [pods… (10000 100000)]";
  }

  @Override
  public List<Metric> run(List<String> arguments) throws Exception {
    List<Metric> metrics = new ArrayList<>();
    for (String pods : arguments.isEmpty() ? List.of("10000", "100000") : arguments) {
      metrics.addAll(measure(Integer.parseInt(pods)));
    }
    return metrics;
  }

  private static List<Metric> measure(int pods) throws Exception {
    Path dir = Files.createTempDirectory("hawser-bench-recovery-");
    String peers;
    try (ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      peers = "n1=127.0.0.1:" + socket.getLocalPort();
    }
    try {
      LogSummary log = fill(dir, peers, pods);
      System.out.printf(
          Locale.ROOT,
          "%,d pods: snapshot and %,d events after it take %.1f MiB in memory, %.1f MiB of disk%n",
          pods,
          log.highestSequenceNr() - log.newestSnapshot(),
          log.bytes() / 1048576.0,
          JournalBenchmark.bytes(dir) / 1048576.0);
      List<Double> store = new ArrayList<>();
      List<Double> state = new ArrayList<>();
      List<Double> both = new ArrayList<>();
      List<Double> processor = new ArrayList<>();
      for (int round = 0; round < ROUNDS; round++) {
        double[] seconds = recover(dir, peers, pods);
        store.add(seconds[0]);
        state.add(seconds[1]);
        both.add(seconds[0] + seconds[1]);
        processor.add(seconds[2]);
      }
      String name = "recovery of " + pods + " pods";
      return List.of(
          Metric.own(name, "s", both),
          Metric.own(name + ": journal", "s", store),
          Metric.own(name + ": state", "s", state),
          Metric.own(name + ": processor time", "s", processor));
    } finally {
      Command.time(List.of("rm", "-rf", "--one-file-system", dir.toString()));
    }
  }

  static Config config(Path dir, String peers) {
    return ClusterConfig.load(
        ConfigFactory.parseString("pekko.actor.provider = local")
            .withFallback(JournalBenchmark.settings(dir.resolve("n1"), "n1", peers)));
  }

  private static LogSummary fill(Path dir, String peers, int pods) throws Exception {
    ActorSystem<Object> system =
        ActorSystem.create(Behaviors.empty(), "recovery", config(dir, peers));
    try {
      HawserStore store = HawserStore.get(system);
      store.ready().toCompletableFuture().get(BOUND_MINUTES, TimeUnit.MINUTES);
      write(
          start(system, "first"),
          List.of(new SchedulerEvent.SchedulerStarted(1, "n1", Instant.EPOCH)));
      ClusterState state = state(pods);
      snapshot(system, state);
      ActorRef<RecoveredState.Write> writer = start(system, "second");
      List<SchedulerEvent> batch = new ArrayList<>();
      state.pods().values().stream()
          .limit(Math.max(1_000, pods / PODS_PER_EVENT))
          .forEach(
              pod -> {
                batch.add(RunningPods.started(pod, 1));
                if (batch.size() == BATCH) {
                  write(writer, List.copyOf(batch));
                  batch.clear();
                }
              });
      return store.logs().toCompletableFuture().get(1, TimeUnit.MINUTES).get(0);
    } finally {
      system.terminate();
      system.getWhenTerminated().toCompletableFuture().get(1, TimeUnit.MINUTES);
    }
  }

  /** Once it has read what there is. */
  private static ActorRef<RecoveredState.Write> start(ActorSystem<Object> system, String name)
      throws Exception {
    CompletableFuture<ClusterState> recovered = new CompletableFuture<>();
    ActorRef<RecoveredState.Write> actor =
        system.systemActorOf(RecoveredState.create(recovered::complete), name, Props.empty());
    recovered.get(BOUND_MINUTES, TimeUnit.MINUTES);
    return actor;
  }

  private static void write(ActorRef<RecoveredState.Write> writer, List<SchedulerEvent> events) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    writer.tell(new RecoveredState.Write(events, () -> done.complete(null)));
    done.orTimeout(WRITE_BOUND_MINUTES, TimeUnit.MINUTES).join();
  }

  private static void snapshot(ActorSystem<Object> system, ClusterState state) throws Exception {
    // It stands after the one event that there is.
    ClusterSnapshot all = ClusterSnapshot.of(state);
    ClusterSnapshot snapshot =
        new ClusterSnapshot(
            1,
            all.epoch(),
            all.namespaces(),
            all.nodes(),
            all.deployments(),
            all.pods(),
            all.events(),
            all.objects(),
            List.of());
    long start = System.nanoTime();
    Object reply =
        Patterns.ask(
                Persistence.get(Adapter.toClassic(system))
                    .snapshotStoreFor("hawser.snapshot-store", ConfigFactory.empty()),
                new SaveSnapshot(
                    SnapshotMetadata.apply(RecoveredState.PERSISTENCE_ID, snapshot.revision()),
                    SplitSnapshot.of(snapshot)),
                java.time.Duration.ofMinutes(BOUND_MINUTES))
            .toCompletableFuture()
            .get();
    if (!(reply instanceof SaveSnapshotSuccess)) {
      throw new IllegalStateException("the snapshot was not stored: " + reply);
    }
    System.out.printf(
        Locale.ROOT,
        "%,d pods: stored in %.1f s%n",
        state.pods().size(),
        (System.nanoTime() - start) / 1e9);
  }

  private static ClusterState state(int pods) {
    SimulatedCluster cluster = new SimulatedCluster();
    ResourceAmounts node = new ResourceAmounts(64_000, 256L << 30, 1L << 40, Map.of());
    for (int i = 0; i < NODES; i++) {
      cluster.addNode("node-" + i, Map.of(), node, 500);
    }
    int deployments = 0;
    while (cluster.placed() < pods) {
      int wanted = (int) Math.min(REPLICAS, pods - cluster.placed());
      cluster.request(MillionsBenchmark.deployment("web-" + deployments++, wanted));
    }
    ClusterState state = cluster.state();
    for (Pod pod : state.pods().values()) {
      state = state.evolve(RunningPods.started(pod, 0));
    }
    return state;
  }

  /**
   * As {@code HAWSER_NODE_JVM} gives it to a controller of many pods (docs/adr/0005): all of it
   * from the start, because growing it took a fifth of a large recovery, a third of it for what is
   * young, and a collector on all processors: everything waits for it, three times.
   */
  private static List<String> heap(int pods) {
    long mebibytes = HEAP_MIB + (long) pods * HEAP_BYTES_PER_POD / 1_048_576;
    return List.of(
        "-Xms" + mebibytes + "m",
        "-Xmx" + mebibytes + "m",
        "-Xmn" + mebibytes / 3 + "m",
        "-XX:-UseSerialGC",
        "-XX:+UseParallelGC");
  }

  /** Seconds until the journal answers, from then until the state is there; of a processor. */
  private static double[] recover(Path dir, String peers, int pods) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("@" + DISTRIBUTION.resolve("conf/node.jvm"));
    command.addAll(heap(pods));
    command.add("-XX:SharedArchiveFile=" + DISTRIBUTION.resolve("node.jsa"));
    command.addAll(List.of("-cp", DISTRIBUTION.resolve("lib") + "/*:" + OWN_CLASSES));
    command.addAll(List.of(RecoveryPeer.class.getName(), dir.toString(), peers));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (BufferedReader lines = process.inputReader()) {
      StringBuilder said = new StringBuilder();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("recovered ")) {
          String[] fields = line.split(" ");
          if (Integer.parseInt(fields[3]) != pods) {
            throw new IOException("not all pods are there: " + line);
          }
          return new double[] {
            Long.parseLong(fields[1]) / 1e3,
            Long.parseLong(fields[2]) / 1e3,
            Long.parseLong(fields[4]) / 1e3,
          };
        }
        said.append(line).append('\n');
      }
      throw new IOException("it ended without the state:\n" + said);
    } finally {
      process.destroyForcibly().waitFor();
    }
  }
}
