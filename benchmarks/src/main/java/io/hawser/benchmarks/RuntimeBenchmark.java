package io.hawser.benchmarks;

import io.hawser.runtime.Container;
import io.hawser.runtime.ContainerRuntime;
import io.hawser.runtime.ExecSession;
import io.hawser.runtime.ExecSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * Start to exit of {@code true} and exec into a running container, interleaved in random order with
 * crun, runc, podman and docker where they are installed; then many containers that are kept.
 *
 * <p>What is compared: a container with new pid, mount and cgroup namespaces, an overlay root,
 * limits of cpu, memory and pids, capabilities and no user namespace. Hawser's joins its pod's
 * network, ipc and uts namespaces and has a seccomp filter and its output in a log; crun's and
 * runc's, by their own {@code spec}, makes these namespaces, without an interface, and has neither;
 * "in a pod" they join ones that are there, as Hawser does. "true alone" is what a JVM needs to run
 * any program: it is in the peers' times, as in an engine's, and not in Hawser's. "start to exit"
 * ends for crun and runc when their command does, its overlay mounted before and unmounted after
 * that; for Hawser when {@code remove} returns. "start to all gone" has all in it: the peers'
 * overlay by mount(8) and umount(8), and what Hawser does after its answer. Hawser's JVM has
 * started a thousand containers before the first that counts; "first of this JVM" is the first of
 * those.
 *
 * <p>When all containers are gone, {@link RuntimeMicrobenchmarks} follow.
 */
final class RuntimeBenchmark implements Benchmark {
  private static final int DEFAULT_ROUNDS = 100;
  private static final int WARM_UP = 20;

  /** An agent runs for weeks: what its compiler has not seen yet is not what is measured. */
  private static final int OWN_WARM_UP = 1000;

  private static final int DEFAULT_CROWD = 200;

  @Override
  public String name() {
    return "runtime";
  }

  @Override
  public String description() {
    return "start to exit and exec of `true` beside crun, runc, podman, docker; 200 containers kept"
        + "; then runtime-jmh  [rounds [containers]]";
  }

  @Override
  public List<Metric> run(List<String> arguments) throws Exception {
    int rounds = arguments.isEmpty() ? DEFAULT_ROUNDS : Integer.parseInt(arguments.get(0));
    int crowd = arguments.size() < 2 ? DEFAULT_CROWD : Integer.parseInt(arguments.get(1));
    List<Metric> metrics =
        new ArrayList<>(BenchRuntime.with((runtime, dir) -> measure(runtime, dir, rounds, crowd)));
    metrics.addAll(new RuntimeMicrobenchmarks().run(List.of()));
    return metrics;
  }

  private interface Contender {
    /** Milliseconds: until its answer, and until nothing is left of it. */
    List<Double> run(int round) throws Exception;
  }

  private static List<Metric> measure(ContainerRuntime runtime, Path dir, int rounds, int crowd)
      throws Exception {
    Path root = BenchRuntime.rootfs(dir);
    Map<String, Contender> starts = new LinkedHashMap<>();
    Map<String, Contender> execs = new LinkedHashMap<>();
    starts.put("hawser", round -> ours(runtime, "true", round));
    Container kept = runtime.start(BenchRuntime.spec("kept", 0, List.of("/bin/sleep", "100000")));
    execs.put("hawser", round -> List.of(exec(kept)));
    List<AutoCloseable> ends = new ArrayList<>();
    try {
      List<Double> first = ours(runtime, "warm", 0);
      for (int i = 1; i < OWN_WARM_UP; i++) {
        ours(runtime, "warm", i);
      }
      starts.put("true alone", round -> List.of(Command.time(List.of("/bin/true"))));
      Optional<Long> pod = Optional.of(OciPeer.pod(ends));
      for (String peer : List.of("crun", "runc")) {
        if (Command.installed(peer)) {
          OciPeer oci = new OciPeer(peer, dir, root, Optional.empty());
          starts.put(peer, oci::startToExit);
          starts.put(peer + " in a pod", new OciPeer(peer, dir, root, pod)::startToExit);
          ends.add(oci.keep());
          execs.put(peer, round -> List.of(oci.exec()));
        }
      }
      for (String peer : List.of("podman", "docker")) {
        if (EnginePeer.answers(peer)) {
          EnginePeer engine = new EnginePeer(peer, dir, root);
          ends.add(engine);
          starts.put(peer, round -> List.of(engine.startToExit()));
          execs.put(peer, round -> List.of(engine.exec()));
        }
      }
      List<Metric> metrics =
          new ArrayList<>(compared(List.of("start to exit", "start to all gone"), starts, rounds));
      metrics.add(Metric.own("first of this JVM", "ms", first.subList(0, 1)));
      metrics.addAll(compared(List.of("exec"), execs, rounds));
      metrics.addAll(new RuntimeCrowd(runtime, crowd).measure());
      return metrics;
    } finally {
      for (AutoCloseable end : ends) {
        end.close();
      }
    }
  }

  /**
   * @param names one for each time that a contender measures
   */
  private static List<Metric> compared(
      List<String> names, Map<String, Contender> contenders, int rounds) throws Exception {
    Map<String, List<List<Double>>> samples = interleaved(contenders, rounds);
    List<List<Double>> ours = samples.remove("hawser");
    List<Metric> metrics = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      Metric own = Metric.own(names.get(i), "ms", column(ours, i));
      metrics.add(own);
      for (Map.Entry<String, List<List<Double>>> peer : samples.entrySet()) {
        metrics.add(Metric.peer(own, peer.getKey(), column(peer.getValue(), i)));
      }
    }
    return metrics;
  }

  /** An engine's command has one time, which is all of it. */
  private static List<Double> column(List<List<Double>> rows, int i) {
    return rows.stream().map(row -> row.get(Math.min(i, row.size() - 1))).toList();
  }

  private static double exec(Container container) throws Exception {
    long start = System.nanoTime();
    try (ExecSession session = container.exec(new ExecSpec(List.of("/bin/true"), false, false))) {
      session.exit().toCompletableFuture().get();
    }
    return millisSince(start);
  }

  static double millisSince(long start) {
    return (System.nanoTime() - start) / 1e6;
  }

  private static Map<String, List<List<Double>>> interleaved(
      Map<String, Contender> contenders, int rounds) throws Exception {
    Map<String, List<List<Double>>> samples = new LinkedHashMap<>();
    contenders.keySet().forEach(name -> samples.put(name, new ArrayList<>()));
    List<String> order = new ArrayList<>(contenders.keySet());
    Random random = new Random(1);
    for (int round = 0; round < WARM_UP + rounds; round++) {
      java.util.Collections.shuffle(order, random);
      for (String name : order) {
        List<Double> times = contenders.get(name).run(round);
        if (round >= WARM_UP) {
          samples.get(name).add(times);
        }
      }
    }
    return samples;
  }

  private static List<Double> ours(ContainerRuntime runtime, String name, int round)
      throws Exception {
    long start = System.nanoTime();
    Container container = runtime.start(BenchRuntime.spec(name, round, List.of()));
    int code = container.exit().toCompletableFuture().get().code();
    if (code != 0) {
      throw new IllegalStateException("true exited with " + code);
    }
    container.remove();
    double answer = millisSince(start);
    runtime.settle();
    return List.of(answer, millisSince(start));
  }
}
