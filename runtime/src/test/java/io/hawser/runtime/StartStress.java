package io.hawser.runtime;

import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Many starts, several at a time, with random kills, execs and sandboxes that come and go; run by
 * hand. Arguments: starts, threads, seed. Prints what the process and the machine hold afterwards.
 */
final class StartStress {
  private StartStress() {}

  public static void main(String[] args) throws Exception {
    int starts = Integer.parseInt(args[0]);
    int threads = Integer.parseInt(args[1]);
    long seed = args.length > 2 ? Long.parseLong(args[2]) : System.nanoTime();
    System.out.println("seed " + seed);
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    AtomicInteger next = new AtomicInteger();
    try (TestNode node = TestNode.open()) {
      round(node, pool, threads, next, 50, seed);
      report("before");
      long begin = System.nanoTime();
      round(node, pool, threads, next, 50 + starts, seed + 1);
      System.out.printf("%d starts in %.1f s%n", starts, (System.nanoTime() - begin) / 1e9);
      report("after");
    }
    pool.shutdown();
    report("closed");
  }

  private static void round(
      TestNode node, ExecutorService pool, int threads, AtomicInteger next, int until, long seed)
      throws Exception {
    List<Callable<Void>> workers =
        java.util.stream.IntStream.range(0, threads)
            .<Callable<Void>>mapToObj(
                t ->
                    () -> {
                      Random random = new Random(seed * 31 + t);
                      for (int i = next.getAndIncrement(); i < until; i = next.getAndIncrement()) {
                        one(node, "pod" + t, i, random);
                      }
                      return null;
                    })
            .toList();
    for (Future<Void> done : pool.invokeAll(workers)) {
      done.get();
    }
  }

  private static void one(TestNode node, String pod, int i, Random random) throws Exception {
    if (random.nextInt(20) == 0) {
      node.runtime.removeSandbox(pod);
    }
    node.sandbox(pod);
    boolean kill = random.nextInt(4) == 0;
    ContainerSpec s = TestNode.spec(pod, "main", "sh", "-c", kill ? "sleep 1000" : "echo hi");
    ContainerSpec spec =
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
            false);
    Container container = node.runtime.start(spec);
    if (kill) {
      if (random.nextBoolean()) {
        try (ExecSession exec = container.exec(new ExecSpec(List.of("true"), false, false))) {
          check(TestNode.await(exec.exit()).code() == 0, "exec");
        }
      }
      ProcessHandle.of(container.pid()).ifPresent(ProcessHandle::destroyForcibly);
    }
    ExitStatus status = TestNode.await(container.exit());
    check(status.code() == (kill ? 137 : 0), "exit " + status);
    if (!kill) {
      check(TestNode.log(container).equals("hi\n"), "log");
    }
    container.remove();
  }

  private static void check(boolean fact, String what) {
    if (!fact) {
      throw new AssertionError(what);
    }
  }

  private static void report(String when) throws Exception {
    System.gc();
    String script =
        "echo descriptors $(ls /proc/$PPID/fd | wc -l) threads $(ls /proc/$PPID/task | wc -l)"
            + " mounts $(grep -c hawser-test /proc/self/mountinfo)"
            + " zombies $(ps -o stat= --ppid $PPID | grep -c Z)"
            + " cgroups $(find /sys/fs/cgroup/pids -path '*hawser/test-*' -type d | wc -l)"
            + " rss $(grep VmRSS /proc/$PPID/status)";
    System.out.print(when + ": " + TestNode.run(List.of("/bin/sh", "-c", script)));
  }
}
