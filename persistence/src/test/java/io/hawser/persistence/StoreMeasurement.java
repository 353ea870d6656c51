package io.hawser.persistence;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.hawser.persistence.StoreCommand.StoredEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * Measures the store and prints a table: {@code rate PEERS} (events per second and latencies; with
 * three peers the other two run in JVMs of their own) or {@code idle PEERS|none} (what a peer costs
 * in resident memory: waits, prints, exits) or {@code frozen ROUNDS}.
 */
final class StoreMeasurement {
  private static final int EVENT_BYTES = 200;
  private static final int WARM_UP = 2_000;
  private static final int EVENTS = 5_000;

  private StoreMeasurement() {}

  public static void main(String[] args) throws Exception {
    Path dir = Files.createTempDirectory("hawser-store");
    if (args[0].equals("frozen")) {
      frozen(dir, Integer.parseInt(args[1]));
      delete(dir);
      System.exit(0);
    }
    int peers = args[1].equals("none") ? 0 : Integer.parseInt(args[1]);
    List<Integer> ports = StoreFixture.freePorts(Math.max(1, peers));
    List<StoreProcess> others = new ArrayList<>();
    try {
      for (int i = 2; i <= peers; i++) {
        others.add(new StoreProcess(dir.resolve("n" + i), "n" + i, ports));
      }
      Config config = StoreFixture.config(dir.resolve("n1"), "n1", ports);
      if (peers == 0) {
        config = inMemory().withFallback(config);
      }
      ActorSystem<Object> system = ActorSystem.create(Behaviors.empty(), "measure", config);
      if (peers > 0) {
        StoreFixture.await(HawserStore.get(system).ready());
      }
      if (args[0].equals("idle")) {
        idle(args[1]);
      } else {
        rates(system, args[1]);
      }
      system.terminate();
      StoreFixture.await(system.getWhenTerminated());
    } finally {
      others.forEach(StoreProcess::close);
      delete(dir);
    }
    System.exit(0);
  }

  /** Freezes the leader while a follower writes: how long nothing is acknowledged. */
  private static void frozen(Path dir, int rounds) throws Exception {
    List<Integer> ports = StoreFixture.freePorts(3);
    List<StoreProcess> nodes = new ArrayList<>();
    List<Long> gaps = new ArrayList<>();
    try {
      for (String self : List.of("n1", "n2", "n3")) {
        nodes.add(new StoreProcess(dir.resolve(self), self, ports));
      }
      nodes.forEach(node -> node.expect("ready"));
      for (int round = 0; round < rounds; round++) {
        String id = nodes.get(0).ask("leader", "leader").split(" ")[1];
        StoreProcess leader = nodes.get(Integer.parseInt(id.substring(1)) - 1);
        StoreProcess writer = nodes.get(nodes.indexOf(leader) == 0 ? 1 : 0);
        writer.forget("acked");
        writer.order("write p" + round);
        waitForMore(writer, 20);
        leader.signal("STOP");
        // What was on its way is answered, then nothing until another leads.
        long frozen = System.nanoTime();
        Thread.sleep(100);
        waitForMore(writer, writer.lines("acked").size());
        gaps.add((System.nanoTime() - frozen) / 1_000_000);
        leader.signal("CONT");
        waitForMore(writer, writer.lines("acked").size() + 100);
        writer.ask("stop", "stopped");
        Thread.sleep(3_000);
      }
    } finally {
      nodes.forEach(StoreProcess::close);
    }
    System.out.println("frozen leader, ms until the next acknowledgement: " + gaps);
  }

  private static void waitForMore(StoreProcess writer, int count) throws InterruptedException {
    while (writer.lines("acked").size() <= count) {
      Thread.sleep(1);
    }
  }

  private static Config inMemory() {
    return ConfigFactory.parseString(
        """
        pekko.persistence.journal {
          plugin = "pekko.persistence.journal.inmem"
          auto-start-journals = ["pekko.persistence.journal.inmem"]
        }
        pekko.persistence.snapshot-store.auto-start-snapshot-stores = []
        """);
  }

  private static void idle(String peers) throws Exception {
    Thread.sleep(5_000);
    System.gc();
    Thread.sleep(5_000);
    long cpu = ProcessHandle.current().info().totalCpuDuration().orElseThrow().toMillis();
    Thread.sleep(10_000);
    long spent = ProcessHandle.current().info().totalCpuDuration().orElseThrow().toMillis() - cpu;
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmRSS") || line.startsWith("Threads")) {
        System.out.println("peers " + peers + "  " + line);
      }
    }
    System.out.println("peers " + peers + "  cpu " + spent / 100.0 + " % of a core");
  }

  private static void rates(ActorSystem<Object> system, String peers) throws Exception {
    HawserStore store = HawserStore.get(system);
    System.out.println("peers " + peers + ", leader " + store.leader().orElse("?"));
    raw(store, "raw append, 1 in flight", 1, EVENTS);
    raw(store, "raw append, 64 in flight", 64, EVENTS * 4);
    actors(system, "1 actor", 1, 1, EVENTS);
    actors(system, "1 actor, lists of 50", 1, 50, EVENTS * 4);
    actors(system, "64 actors", 64, 1, EVENTS * 4);
  }

  private static void raw(HawserStore store, String name, int writers, int events)
      throws Exception {
    for (int round = 0; round < 2; round++) {
      int perWriter = (round == 0 ? WARM_UP : events) / writers;
      long[] nanos = new long[perWriter * writers];
      AtomicInteger next = new AtomicInteger();
      CountDownLatch done = new CountDownLatch(writers);
      long start = System.nanoTime();
      for (int w = 0; w < writers; w++) {
        append(store.client(), name + round + w, 1, perWriter, nanos, next, done);
      }
      done.await();
      if (round == 1) {
        print(name, nanos, System.nanoTime() - start, 1);
      }
      for (int w = 0; w < writers; w++) {
        StoreFixture.await(store.client().deleteEvents(name + round + w, Long.MAX_VALUE));
      }
    }
  }

  private static void append(
      StoreClient client,
      String pid,
      long sequenceNr,
      int last,
      long[] nanos,
      AtomicInteger next,
      CountDownLatch done) {
    if (sequenceNr > last) {
      done.countDown();
      return;
    }
    long start = System.nanoTime();
    client
        .append(pid, List.of(new StoredEvent(sequenceNr, new byte[EVENT_BYTES])))
        .whenComplete(
            (ok, failure) -> {
              if (failure != null) {
                failure.printStackTrace();
                System.exit(1);
              }
              nanos[next.getAndIncrement()] = System.nanoTime() - start;
              append(client, pid, sequenceNr + 1, last, nanos, next, done);
            });
  }

  private static void actors(
      ActorSystem<Object> system, String name, int actors, int batch, int events) throws Exception {
    for (int round = 0; round < 2; round++) {
      int perActor = (round == 0 ? WARM_UP : events) / actors / batch;
      long[] nanos = new long[perActor * actors];
      AtomicInteger next = new AtomicInteger();
      CountDownLatch done = new CountDownLatch(nanos.length);
      List<ActorRef<MeasuredActor.Write>> refs = new ArrayList<>();
      for (int a = 0; a < actors; a++) {
        refs.add(
            system.systemActorOf(
                MeasuredActor.create(name + round + a),
                "measured-" + (name + round + a).hashCode(),
                org.apache.pekko.actor.typed.Props.empty()));
      }
      long start = System.nanoTime();
      for (ActorRef<MeasuredActor.Write> ref : refs) {
        persist(ref, perActor, batch, nanos, next, done);
      }
      done.await();
      if (round == 1) {
        print(name, nanos, System.nanoTime() - start, batch);
      }
    }
  }

  /** One command after the other: what an actor that waits for its own events reaches. */
  private static void persist(
      ActorRef<MeasuredActor.Write> ref,
      int left,
      int batch,
      long[] nanos,
      AtomicInteger next,
      CountDownLatch done) {
    ref.tell(
        new MeasuredActor.Write(
            batch,
            nano -> {
              nanos[next.getAndIncrement()] = nano;
              done.countDown();
              if (left > 1) {
                persist(ref, left - 1, batch, nanos, next, done);
              }
            }));
  }

  private static void print(String name, long[] nanos, long elapsed, int batch) {
    Arrays.sort(nanos);
    System.out.printf(
        "%-28s %8.0f events/s  p50 %6.2f ms  p99 %6.2f ms%n",
        name,
        nanos.length * (double) batch / elapsed * 1e9,
        nanos[nanos.length / 2] / 1e6,
        nanos[(int) (nanos.length * 0.99)] / 1e6);
  }

  private static void delete(Path dir) throws IOException {
    try (Stream<Path> all = Files.walk(dir)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
