package io.hawser.scheduler.spi;

import io.hawser.model.Node;
import io.hawser.model.NodeInfo;
import io.hawser.model.ObjectMeta;
import io.hawser.model.ResourceAmounts;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * What every extension must keep to, as a test that anybody can run on theirs: {@code
 * PlacementContract.check(new MyFilter())} in a unit test. Needs no test framework.
 */
public final class PlacementContract {
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
  private static final int PAIRS = 2_000;
  private static final int MAX_REASON_CHARS = 200;

  private PlacementContract() {}

  /**
   * @throws AssertionError with a sentence that names the pod and the node
   */
  public static void check(PlacementFilter filter) {
    checkName(filter.name());
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < PAIRS; i++) {
      PodFacts pod = pod(random);
      NodeFacts node = node(random);
      Optional<String> first = filter.refusal(pod, node);
      require(first != null, "the refusal is null", pod, node);
      require(
          first.equals(filter.refusal(pod, node)),
          "the same pod and node get two different answers",
          pod,
          node);
      boolean readable =
          first.map(why -> !why.isBlank() && why.length() <= MAX_REASON_CHARS).orElse(true);
      require(readable, "a refusal is one short sentence, not empty", pod, node);
    }
  }

  /**
   * @throws AssertionError with a sentence that names the pod and the node
   */
  public static void check(PlacementScorer scorer) {
    checkName(scorer.name());
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < PAIRS; i++) {
      PodFacts pod = pod(random);
      NodeFacts node = node(random);
      int first = scorer.score(pod, node);
      require(
          first == scorer.score(pod, node),
          "the same pod and node get two different scores",
          pod,
          node);
      require(
          Math.abs(first) <= PlacementScorer.MAX_POINTS,
          "a score is at most " + PlacementScorer.MAX_POINTS + " either way, not " + first,
          pod,
          node);
    }
  }

  private static void checkName(String name) {
    if (name == null || !name.matches("[a-z0-9][a-z0-9._-]{0,62}")) {
      throw new AssertionError("a name is at most 63 of a-z, 0-9, '.', '_' and '-': " + name);
    }
  }

  private static void require(boolean holds, String sentence, PodFacts pod, NodeFacts node) {
    if (!holds) {
      throw new AssertionError(sentence + ": " + pod + " on " + node.node());
    }
  }

  private static PodFacts pod(SplittableRandom random) {
    return new PodFacts(
        "default",
        labels(random),
        random.nextBoolean() ? Map.of() : labels(random),
        new ResourceAmounts(random.nextInt(4_000), random.nextInt(1 << 30), 0, Map.of()),
        random.nextInt(3));
  }

  private static NodeFacts node(SplittableRandom random) {
    String name = "node-" + random.nextInt(100);
    ResourceAmounts capacity = new ResourceAmounts(4_000, 8L << 30, 0, Map.of());
    NodeInfo info =
        new NodeInfo(
            name,
            "run",
            "",
            "10.0.0.1",
            "",
            Set.of("worker"),
            "",
            capacity,
            110,
            "amd64",
            "6",
            "Debian",
            "0");
    Node node =
        new Node(
            new ObjectMeta("", name, name, 1, 0, NOON, labels(random), Map.of()),
            info,
            false,
            List.of(),
            Node.State.READY,
            "",
            NOON);
    return new FixedNode(
        node, random.nextInt(110), random.nextInt(4_001), random.nextLong(8L << 30));
  }

  private record FixedNode(Node node, int pods, long cpuFreeMillis, long memoryFreeBytes)
      implements NodeFacts {
    @Override
    public long extendedFree(String resource) {
      return 0;
    }
  }

  private static Map<String, String> labels(SplittableRandom random) {
    Map<String, String> labels = new HashMap<>();
    for (String key : List.of("app", "tier", "zone")) {
      if (random.nextBoolean()) {
        labels.put(key, "v" + random.nextInt(3));
      }
    }
    return labels;
  }
}
