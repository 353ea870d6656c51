package io.hawser.benchmarks;

import io.hawser.scheduler.spi.NodeFacts;
import io.hawser.scheduler.spi.PlacementFilter;
import io.hawser.scheduler.spi.PlacementScorer;
import io.hawser.scheduler.spi.PodFacts;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * GPUs that pods share, each device counted in thousandths, as extensions of placement: one of many
 * things that the core need not know. A pod names its share by the label {@value #MILLI} and the
 * number of devices by {@value #COUNT}.
 */
final class SharedGpus {
  static final String MILLI = "gpu-milli";
  static final String COUNT = "gpu-count";
  static final int WHOLE = 1_000;

  /** What a pod wants; several devices are always whole ones. */
  record Want(int devices, int milli, long cpuMillis) {
    static Want of(PodFacts pod) {
      return new Want(
          Integer.parseInt(pod.labels().getOrDefault(COUNT, "0")),
          Integer.parseInt(pod.labels().getOrDefault(MILLI, "0")),
          pod.requests().cpuMillis());
    }
  }

  /** A kind of pod that is expected, and how often. */
  record Expected(Want want, double share) {}

  private final Map<String, int[]> freeByNode = new HashMap<>();
  private final List<Expected> expected;

  SharedGpus(List<Expected> expected) {
    this.expected = expected;
  }

  void node(String name, int devices) {
    int[] free = new int[devices];
    Arrays.fill(free, WHOLE);
    freeByNode.put(name, free);
  }

  /** Takes the devices that are left fullest by it. */
  void take(String node, Want want) {
    take(freeByNode.get(node), want);
  }

  private static void take(int[] free, Want want) {
    for (int i = 0; i < want.devices(); i++) {
      int best = bestDevice(free, want);
      free[best] -= want.milli();
    }
  }

  private static int bestDevice(int[] free, Want want) {
    int best = -1;
    for (int d = 0; d < free.length; d++) {
      if (free[d] >= want.milli() && (best < 0 || free[d] < free[best])) {
        best = d;
      }
    }
    return best;
  }

  private static boolean fits(int[] free, Want want) {
    int able = 0;
    for (int device : free) {
      able += device >= want.milli() ? 1 : 0;
    }
    return able >= want.devices();
  }

  PlacementFilter filter() {
    return new PlacementFilter() {
      @Override
      public String name() {
        return "shared-gpus";
      }

      @Override
      public Optional<String> refusal(PodFacts pod, NodeFacts node) {
        return fits(freeByNode.get(node.node().name()), Want.of(pod))
            ? Optional.empty()
            : Optional.of("had no free share of a GPU");
      }
    };
  }

  /**
   * Prefers the node whose GPUs become the least useless to the pods that are expected.
   *
   * @see <a href="https://www.usenix.org/conference/atc23/presentation/weng">Fragmentation gradient
   *     descent, ATC 2023</a>
   */
  PlacementScorer leastFragmentation() {
    return new PlacementScorer() {
      @Override
      public String name() {
        return "fragmentation";
      }

      @Override
      public int score(PodFacts pod, NodeFacts node) {
        int[] free = freeByNode.get(node.node().name());
        Want want = Want.of(pod);
        double before = useless(free, node.cpuFreeMillis());
        int[] after = free.clone();
        take(after, want);
        double gain = before - useless(after, node.cpuFreeMillis() - want.cpuMillis());
        return (int) Math.round(gain);
      }
    };
  }

  /** Thousandths of GPUs that an expected pod could not use, on average. */
  private double useless(int[] free, long cpuFree) {
    double sum = 0;
    for (Expected e : expected) {
      boolean any = cpuFree >= e.want().cpuMillis() && fits(free, e.want());
      for (int device : free) {
        boolean usable = any && e.want().devices() > 0 && device >= e.want().milli();
        sum += usable ? 0 : e.share() * device;
      }
    }
    return sum;
  }
}
