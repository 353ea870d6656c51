package io.hawser.benchmarks;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.hawser.benchmarks.LinePlot.Series;
import io.hawser.cluster.ClusterConfig;
import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.protocol.FeedProtocol;
import io.hawser.cluster.protocol.NodeProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.NodeInfo;
import io.hawser.model.ResourceAmounts;
import io.hawser.scheduler.SchedulerActor;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.SpawnProtocol;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;

/**
 * HashiCorp's "two million containers" end to end but for the containers: the real scheduler actor
 * on the real journal of one controller, with 6,100 simulated nodes. A container counts when the
 * event of its placement is durable, which a subscriber of the feed sees. Writes {@link #PLOT}.
 */
final class ContainersBenchmark implements Benchmark {
  private static final int NODES = 6_100;
  private static final int REPLICAS = 10_000;
  private static final int[] STEPS = {
    1_000, 10_000, 50_000, 100_000, 500_000, 1_000_000, 2_000_000
  };

  /** Time and memory over the number of containers. */
  static final Path PLOT = Path.of("target/bench/c2m.svg");

  /** Without any progress for so long it has failed. */
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final AtomicLong placed = new AtomicLong();
  private final AtomicLong registered = new AtomicLong();
  private volatile boolean following;
  private final List<LinePlot.Point> times = new ArrayList<>();
  private final List<LinePlot.Point> heaps = new ArrayList<>();
  private final List<LinePlot.Point> processes = new ArrayList<>();

  @Override
  public String name() {
    return "c2m";
  }

  @Override
  public String description() {
    return "containers placed and durable: real scheduler and journal, 6,100 simulated nodes"
        + " [largest number]";
  }

  @Override
  public List<Metric> run(List<String> arguments) throws Exception {
    int most = arguments.isEmpty() ? 2_000_000 : Integer.parseInt(arguments.get(0));
    Path dir = Files.createTempDirectory("hawser-c2m-");
    ActorSystem<SpawnProtocol.Command> system = null;
    try {
      system = ActorSystem.create(SpawnProtocol.create(), ClusterConfig.SYSTEM, config(dir));
      Cluster cluster = Cluster.get(system);
      cluster.manager().tell(Join.create(cluster.selfMember().address()));
      await(() -> cluster.selfMember().status().equals(MemberStatus.up()), "the cluster");
      List<Metric> metrics = measure(system, cluster.selfMember().address().toString(), dir, most);
      plot();
      return metrics;
    } finally {
      if (system != null) {
        system.terminate();
        system.getWhenTerminated().toCompletableFuture().get(1, TimeUnit.MINUTES);
      }
      delete(dir);
    }
  }

  private static Config config(Path dir) throws IOException {
    // By default they are as far apart as the state is large: while it grows from nothing that is
    // a snapshot after each eighth more of it, most of them of no use here.
    return ClusterConfig.load(
        ConfigFactory.parseString(
                """
                pekko.loglevel = WARNING
                pekko.coordinated-shutdown.exit-jvm = off
                pekko.extensions = ["org.apache.pekko.persistence.Persistence"]
                hawser.scheduler.snapshot-every-events = 500000
                hawser.store { dir = "%s", self = "n1", peers = ["n1=127.0.0.1:%d"] }
                """
                    .formatted(dir, freePort()))
            .withFallback(ClusterConfig.member("127.0.0.1", 0, List.of("controller"), List.of())));
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private List<Metric> measure(
      ActorSystem<SpawnProtocol.Command> system, String address, Path dir, int most)
      throws Exception {
    ActorRef<SchedulerProtocol.Command> scheduler =
        spawn(system, SchedulerActor.create("n1"), "scheduler");
    ActorRef<NodeProtocol.Command> nodes = spawn(system, nodes(), "nodes");
    ResourceAmounts capacity = new ResourceAmounts(64_000, 256L << 30, 1L << 40, Map.of());
    for (int i = 0; i < NODES; i++) {
      scheduler.tell(
          new SchedulerProtocol.RegisterNode(
              info("node-" + i, address, capacity), List.of(), 0, nodes));
      int sent = i;
      // Fewer than the scheduler lets wait.
      await(() -> registered.get() > sent - 1_000, "the nodes");
    }
    await(() -> registered.get() >= NODES, "the nodes");
    scheduler.tell(new SchedulerProtocol.Subscribe(0, spawn(system, feed(), "feed"), true));
    await(() -> following, "the feed");
    List<Metric> metrics = new ArrayList<>();
    long start = System.nanoTime();
    int deployments = 0;
    for (int step : STEPS) {
      while (step <= most && placed.get() < step) {
        int wanted = (int) Math.min(REPLICAS, step - placed.get());
        long goal = placed.get() + wanted;
        create(system, scheduler, "web-" + deployments++, wanted);
        await(() -> placed.get() >= goal, goal + " containers");
      }
      if (step <= most) {
        metrics.addAll(step(step, (System.nanoTime() - start) / 1e9, dir));
      }
    }
    return metrics;
  }

  private void plot() throws IOException {
    if (!times.isEmpty()) {
      Files.createDirectories(PLOT.getParent());
      String label = "containers";
      Files.writeString(
          PLOT,
          LinePlot.svg(
              List.of(
                  new LinePlot("time, s", label, List.of(new Series("placed and durable", times))),
                  new LinePlot(
                      "memory, MiB",
                      label,
                      List.of(
                          new Series("heap in use", heaps),
                          new Series("process at most", processes))))));
    }
  }

  private List<Metric> step(int containers, double seconds, Path dir) throws IOException {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    double heap = (runtime.totalMemory() - runtime.freeMemory()) / 1048576.0;
    double disk = bytes(dir) / 1048576.0;
    times.add(new LinePlot.Point(containers, seconds));
    heaps.add(new LinePlot.Point(containers, heap));
    double peak = peakKilobytes() / 1024.0;
    processes.add(new LinePlot.Point(containers, peak));
    System.out.printf(
        Locale.ROOT,
        "%,10d containers %8.1f s %8.1f µs each %8.0f MiB heap %8.0f MiB journal"
            + " %8.0f MiB resident at most%n",
        containers,
        seconds,
        seconds * 1e6 / containers,
        heap,
        disk,
        peak);
    return List.of(
        Metric.own(containers + " containers", "s", List.of(seconds)),
        Metric.own(containers + " containers", "MiB heap", List.of(heap)),
        Metric.own(containers + " containers", "MiB journal", List.of(disk)),
        Metric.own(containers + " containers", "MiB resident at most", List.of(peak)));
  }

  /** What this process held in memory at its largest so far, all of it: proc(5), VmHWM. */
  private static long peakKilobytes() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmHWM:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }

  /** All of them: they stay as they were told, and what counts here is told by the feed. */
  private Behavior<NodeProtocol.Command> nodes() {
    return Behaviors.receive(NodeProtocol.Command.class)
        .onMessage(
            NodeProtocol.Assign.class,
            assign -> {
              registered.incrementAndGet();
              return Behaviors.same();
            })
        .onAnyMessage(other -> Behaviors.same())
        .build();
  }

  private Behavior<FeedProtocol.Message> feed() {
    return Behaviors.receive(FeedProtocol.Message.class)
        .onMessage(
            FeedProtocol.EventBatch.class,
            batch -> {
              placed.addAndGet(
                  batch.events().stream()
                      .filter(SchedulerEvent.PodPlaced.class::isInstance)
                      .count());
              return Behaviors.same();
            })
        .onAnyMessage(
            other -> {
              following = true;
              return Behaviors.same();
            })
        .build();
  }

  /** All have the address of the one member there is: to the scheduler they are all up. */
  private static NodeInfo info(String name, String address, ResourceAmounts capacity) {
    return new NodeInfo(
        name,
        "run-1",
        address,
        "10.0.0.1",
        "",
        Set.of("worker"),
        "10.244.0.0/24",
        capacity,
        500,
        "amd64",
        "6.1",
        "Debian",
        "0.1.0");
  }

  private static <T> ActorRef<T> spawn(
      ActorSystem<SpawnProtocol.Command> system, Behavior<T> behavior, String name)
      throws Exception {
    return AskPattern.<SpawnProtocol.Command, ActorRef<T>>ask(
            system,
            replyTo -> new SpawnProtocol.Spawn<>(behavior, name, Props.empty(), replyTo),
            Duration.ofSeconds(10),
            system.scheduler())
        .toCompletableFuture()
        .get();
  }

  private static void create(
      ActorSystem<?> system,
      ActorRef<SchedulerProtocol.Command> scheduler,
      String name,
      int replicas)
      throws Exception {
    ClientRequest request = MillionsBenchmark.deployment(name, replicas);
    Answer answer =
        AskPattern.<SchedulerProtocol.Command, Answer>ask(
                scheduler,
                replyTo -> new SchedulerProtocol.Submit(request, replyTo, Optional.empty()),
                PATIENCE,
                system.scheduler())
            .toCompletableFuture()
            .get();
    if (!(answer instanceof Answer.Accepted)) {
      throw new IllegalStateException(name + ": " + answer);
    }
  }

  private static void await(BooleanSupplier holds, String what) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!holds.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException("waited %s for %s".formatted(PATIENCE, what));
      }
      LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
    }
  }

  private static long bytes(Path dir) throws IOException {
    try (Stream<Path> files = Files.walk(dir)) {
      return files.filter(Files::isRegularFile).mapToLong(f -> f.toFile().length()).sum();
    }
  }

  private static void delete(Path dir) throws IOException {
    try (Stream<Path> files = Files.walk(dir)) {
      files.sorted(Comparator.reverseOrder()).forEach(f -> f.toFile().delete());
    }
  }
}
