package io.hawser.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.hawser.runtime.cgroup.CgroupLayout;
import io.hawser.runtime.files.DiskUse;
import io.hawser.runtime.network.PodNetwork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Many starts, eight at a time, under pressure on the heap, with random kills, execs, pauses and
 * sandboxes that come and go. {@code ./dev stress 10000} runs the long version.
 */
@Tag("kernel")
class StressTest {
  private static final int STARTS = Integer.getInteger("stress.starts", 150);
  private static final long SEED = Long.getLong("stress.seed", System.nanoTime());
  private static final int AT_A_TIME = 8;
  private static final int WARM_UP = 40;
  private static final int SIGKILL = 9;
  private static final String DISK = "KiB on the disk";

  private final AtomicInteger next = new AtomicInteger();

  @Test
  void nothingFailsAndNothingIsLeft() throws Exception {
    System.out.println("stress: seed " + SEED + ", " + STARTS + " starts");
    ExecutorService threads = Executors.newFixedThreadPool(AT_A_TIME);
    Thread pressure = new Thread(StressTest::fillHeap, "pressure");
    pressure.setDaemon(true);
    pressure.start();
    try (TestNode node = TestNode.open()) {
      round(node, threads, WARM_UP, SEED);
      removeAll(node);
      Map<String, Long> before = held(node);
      round(node, threads, WARM_UP + STARTS, SEED + 1);
      removeAll(node);
      System.out.println("stress: before " + before + ", after " + held(node));
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(
              () ->
                  assertThat(held(node))
                      .allSatisfy(
                          (k, v) -> assertThat(v).as(k).isLessThanOrEqualTo(most(before, k))));
    } finally {
      pressure.interrupt();
      threads.shutdown();
    }
  }

  /** Threads and descriptors of the JVM itself come and go; what is the node's does not. */
  private static long most(Map<String, Long> before, String kind) {
    long slack =
        switch (kind) {
          case "threads", "descriptors" -> 6;
          case DISK -> 64; // a directory that had many entries keeps its blocks
          default -> 0;
        };
    return before.get(kind) + slack;
  }

  /** Garbage, and a third of the heap that stays for a while. */
  private static void fillHeap() {
    List<byte[]> kept = new ArrayList<>();
    long most = Runtime.getRuntime().maxMemory() / 3;
    while (!Thread.currentThread().isInterrupted()) {
      kept.add(new byte[1 << 20]);
      if (kept.size() > Math.min(300, most >> 20)) {
        kept.clear();
      }
      LockSupport.parkNanos(2_000_000);
    }
  }

  private void round(TestNode node, ExecutorService threads, int until, long seed)
      throws Exception {
    List<Callable<Void>> workers = new ArrayList<>();
    for (int t = 0; t < AT_A_TIME; t++) {
      String pod = "pod" + t;
      Random random = new Random(seed * 31 + t);
      workers.add(
          () -> {
            for (int i = next.getAndIncrement(); i < until; i = next.getAndIncrement()) {
              one(node, pod, i, random);
            }
            return null;
          });
    }
    for (Future<Void> done : threads.invokeAll(workers)) {
      done.get();
    }
  }

  private static void one(TestNode node, String pod, int i, Random random) {
    if (random.nextInt(20) == 0) {
      node.runtime.removeSandbox(pod);
    }
    node.sandbox(pod);
    boolean kill = random.nextInt(4) == 0;
    ContainerSpec s = TestNode.spec(pod, "main", "sh", "-c", kill ? "sleep 1000" : "echo hi");
    Container container =
        node.runtime.start(
            new ContainerSpec(
                pod + ".main." + i,
                pod,
                "main",
                i,
                s.image(),
                s.command(),
                s.args(),
                s.env(),
                s.workingDir(),
                new ContainerSpec.Limits(100, 500, 64 << 20, 64),
                s.security(),
                s.mounts(),
                false));
    if (kill) {
      disturb(container, random);
      container.signal(SIGKILL);
    }
    ExitStatus status = TestNode.await(container.exit());
    assertThat(status.code()).as(container.id()).isEqualTo(kill ? 128 + SIGKILL : 0);
    if (!kill) {
      assertThat(TestNode.log(container)).isEqualTo("hi\n");
    }
    container.remove();
  }

  private static void disturb(Container container, Random random) {
    switch (random.nextInt(3)) {
      case 0 -> {
        try (ExecSession exec = container.exec(new ExecSpec(List.of("true"), false, false))) {
          assertThat(TestNode.await(exec.exit()).code()).isZero();
        }
      }
      case 1 -> {
        container.pause();
        container.thaw();
      }
      default -> container.usage();
    }
  }

  private static void removeAll(TestNode node) {
    for (int t = 0; t < AT_A_TIME; t++) {
      node.runtime.removeSandbox("pod" + t);
    }
  }

  private static Map<String, Long> held(TestNode node) throws IOException {
    Map<String, Long> held = new TreeMap<>();
    held.put("descriptors", entries(Path.of("/proc/self/fd")));
    held.put("threads", entries(Path.of("/proc/self/task")));
    held.put("zombies and children", ProcessHandle.current().children().count());
    String bridge = PodNetwork.bridgeName(node.config.nodeName());
    held.put("interfaces", entries(Path.of("/sys/class/net", bridge, "brif")));
    held.put("namespaces and exits", entries(node.config.stateDir().resolve("ns")));
    held.put(DISK, DiskUse.bytes(node.base, Long.MAX_VALUE) >> 10);
    held.put("pods on the disk", entries(node.config.stateDir().resolve("pods")));
    try (Stream<String> mounts = Files.lines(Path.of("/proc/self/mountinfo"))) {
      held.put("mounts", mounts.filter(line -> line.contains(node.base.toString())).count());
    }
    for (CgroupLayout.Hierarchy hierarchy : CgroupLayout.read().hierarchies()) {
      for (Path place : new TreeSet<>(List.of(hierarchy.own(), hierarchy.top()))) {
        Path own = place.resolve("hawser").resolve(node.config.nodeName());
        held.put("cgroups in " + place, Files.isDirectory(own) ? directories(own) : 0);
      }
    }
    return held;
  }

  private static long entries(Path directory) {
    String[] names = directory.toFile().list();
    return names == null ? 0 : names.length;
  }

  private static long directories(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      return all.filter(Files::isDirectory).count();
    }
  }
}
