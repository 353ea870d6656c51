package io.hawser.runtime;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Start to exit of {@code true}, cleaned up, here and by command lines of other runtimes, in random
 * order. Arguments: rounds, then a command for each peer.
 */
final class StartBench {
  private StartBench() {}

  public static void main(String[] args) throws Exception {
    int rounds = Integer.parseInt(args[0]);
    double[][] millis = new double[args.length][rounds];
    Random random = new Random(1);
    try (TestNode node = TestNode.open()) {
      node.sandbox("bench");
      int attempt = 0;
      for (int i = 0; i < 100; i++) {
        start(node, attempt++);
      }
      List<Integer> order = new ArrayList<>();
      for (int round = 0; round < rounds; round++) {
        order.clear();
        for (int k = 0; k < args.length; k++) {
          order.add(k);
        }
        java.util.Collections.shuffle(order, random);
        for (int k : order) {
          long begin = System.nanoTime();
          if (k == 0) {
            start(node, attempt++);
          } else {
            Process p = new ProcessBuilder("/bin/sh", "-c", args[k]).inheritIO().start();
            if (p.waitFor() != 0) {
              throw new AssertionError(args[k]);
            }
          }
          millis[k][round] = (System.nanoTime() - begin) / 1e6;
        }
      }
    }
    for (int k = 0; k < args.length; k++) {
      Arrays.sort(millis[k]);
      System.out.printf(
          "%-60s median %.1f ms  p99 %.1f ms  x%.2f%n",
          k == 0 ? "hawser" : args[k],
          millis[k][rounds / 2],
          millis[k][rounds * 99 / 100],
          millis[k][rounds / 2] / millis[0][rounds / 2]);
    }
    System.out.println(Path.of(".").toAbsolutePath());
  }

  private static void start(TestNode node, int attempt) {
    ContainerSpec s = TestNode.spec("bench", "main", "true");
    ContainerSpec spec =
        new ContainerSpec(
            "bench.main." + attempt,
            "bench",
            "main",
            attempt,
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
    TestNode.await(container.exit());
    container.remove();
  }
}
