package io.hawser.benchmarks;

import com.typesafe.config.ConfigFactory;
import io.hawser.cluster.ClusterConfig;
import io.hawser.cluster.state.ClusterSnapshot;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.Pod;
import io.hawser.model.ResourceAmounts;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.serialization.SerializationExtension;

/**
 * How long a scheduler needs until a large state is there again: a snapshot in the journal's form
 * (CBOR, compressed) read from a file, and the longest tail of events there can be, each decoded
 * and folded. Without the journal's own reading, which is bounded by its size.
 */
final class StateRecovery {
  private static final int NODES = 6_100;
  private static final int REPLICAS = 10_000;
  private static final int ROUNDS = 3;

  /** As many as the scheduler writes before it stores the next snapshot. */
  private static final int TAIL = 1_000;

  private StateRecovery() {}

  static List<Metric> measure(int pods) throws Exception {
    ClusterState state = state(pods);
    ActorSystem<Object> system =
        ActorSystem.create(
            Behaviors.empty(),
            "recovery",
            ClusterConfig.load(ConfigFactory.parseString("pekko.actor.provider = local")));
    Path file = Files.createTempFile("hawser-bench-", ".snapshot");
    try {
      Serialization serialization = SerializationExtension.get(system);
      List<byte[]> tail = tail(serialization, state);
      write(file, serialization.serialize(ClusterSnapshot.of(state)).get());
      String name = "recovery of " + pods + " pods";
      List<Double> seconds = new ArrayList<>();
      for (int round = 0; round < ROUNDS; round++) {
        long start = System.nanoTime();
        ClusterState there = recover(serialization, file, tail);
        seconds.add((System.nanoTime() - start) / 1e9);
        if (there.pods().size() != state.pods().size()) {
          throw new IllegalStateException("recovered %d pods".formatted(there.pods().size()));
        }
      }
      double mebibytes = Files.size(file) / 1048576.0;
      System.out.printf(
          Locale.ROOT, "%,d pods: snapshot of %.1f MiB, compressed%n", pods, mebibytes);
      return List.of(
          Metric.own(name, "s", seconds),
          Metric.own(name + ": snapshot", "MiB", List.of(mebibytes)));
    } finally {
      Files.deleteIfExists(file);
      system.terminate();
    }
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
    return cluster.state();
  }

  private static List<byte[]> tail(Serialization serialization, ClusterState state) {
    List<byte[]> tail = new ArrayList<>();
    Instant now = Instant.EPOCH;
    for (Pod pod : state.pods().values()) {
      if (tail.size() == TAIL) {
        break;
      }
      SchedulerEvent event = new SchedulerEvent.PodStatusChanged(pod.name(), pod.status(), now);
      tail.add(serialization.serialize(event).get());
    }
    return tail;
  }

  private static void write(Path file, byte[] snapshot) throws IOException {
    Deflater fast = new Deflater(Deflater.BEST_SPEED);
    try (OutputStream out = new DeflaterOutputStream(Files.newOutputStream(file), fast, 1 << 16)) {
      out.write(snapshot);
    } finally {
      fast.end();
    }
  }

  private static ClusterState recover(Serialization serialization, Path file, List<byte[]> tail)
      throws IOException {
    byte[] bytes;
    try (InputStream in = new InflaterInputStream(Files.newInputStream(file))) {
      bytes = in.readAllBytes();
    }
    ClusterState state = serialization.deserialize(bytes, ClusterSnapshot.class).get().toState();
    for (byte[] event : tail) {
      state =
          state.evolve(
              serialization.deserialize(event, SchedulerEvent.PodStatusChanged.class).get());
    }
    return state;
  }
}
