package io.hawser.scheduler.core.placement;

import io.hawser.model.Node;
import io.hawser.scheduler.spi.NodeFacts;
import io.hawser.scheduler.spi.PlacementFilter;
import io.hawser.scheduler.spi.PlacementScorer;
import io.hawser.scheduler.spi.PodFacts;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Judges one node for one ask by all that depends on this node alone: room, pods of the same owner,
 * extensions, and the rules of domains that are single nodes.
 */
final class NodeJudge {
  private final NodeTable table;
  private final Ask ask;
  private final Weights weights;
  private final Map<String, Integer> factors;
  private final PlacementSettings settings;
  private final NodeConditions conditions;
  private final List<PodRule> rules;
  private final DomainCount siblings;
  private final DomainCount images;
  private final PodFacts podFacts;
  private final List<Unfit> reasons;
  private final long ofRoom;
  private final int ownerBit;
  private final int firstRuleBit;
  final Room room;

  /**
   * @param rules whose domains are single nodes
   * @param siblings by row
   * @param images by row; null when nobody asks
   */
  NodeJudge(Fleet fleet, Ask ask, List<PodRule> rules, DomainCount siblings, DomainCount images) {
    this.table = fleet.table();
    this.ask = ask;
    this.settings = fleet.settings();
    this.factors = settings.factors(ask.hints());
    this.weights = Weights.of(ask.hints(), settings);
    this.conditions = new NodeConditions(ask);
    this.rules = rules;
    this.siblings = siblings;
    this.images = images;
    this.room = new Room(table, ask.footprint());
    this.podFacts =
        new PodFacts(
            ask.footprint().namespace(),
            ask.footprint().labels(),
            ask.nodeSelector(),
            ask.footprint().requests(),
            ask.footprint().priority());
    this.reasons = new ArrayList<>(room.reasons());
    this.ofRoom = (1L << Math.min(reasons.size(), Long.SIZE - 1)) - 1;
    this.ownerBit = reasons.size();
    this.reasons.add(new Unfit.TooManyOfOwner(ask.hints().maxPerNode()));
    this.firstRuleBit = reasons.size();
    rules.stream().filter(PodRule::isCondition).forEach(r -> reasons.add(r.refusal()));
  }

  /** Why not, one bit for each reason; 0 when the node can take the pod. */
  long obstacles(int row) {
    long found = room.lacking(row);
    int max = ask.hints().maxPerNode();
    if (max > 0 && siblings != null && siblings.in(row) >= max) {
      found |= bit(ownerBit);
    }
    int at = firstRuleBit;
    for (int i = 0; i < rules.size(); i++) {
      PodRule rule = rules.get(i);
      if (rule.isCondition()) {
        if (rule.refusal(rule.count().domain(row)) != null) {
          found |= bit(at);
        }
        at++;
      }
    }
    return found == 0 && !settings.filters().isEmpty() ? refusedBits(row) : found;
  }

  private long refusedBits(int row) {
    long found = 0;
    for (PlacementFilter filter : settings.filters()) {
      Optional<String> why = filter.refusal(podFacts, facts(row));
      if (why.isPresent()) {
        Unfit reason = new Unfit.Refused(filter.name(), why.get());
        if (!reasons.contains(reason)) {
          reasons.add(reason);
        }
        found |= bit(reasons.indexOf(reason));
      }
    }
    return found;
  }

  private static long bit(int index) {
    return 1L << Math.min(index, Long.SIZE - 2);
  }

  /** True when less use of the node would be enough. */
  boolean lacksOnlyRoom(long obstacles) {
    return (obstacles & ~ofRoom) == 0;
  }

  List<Unfit> reasons(long obstacles) {
    List<Unfit> found = new ArrayList<>();
    for (int i = 0; i < reasons.size(); i++) {
      if ((obstacles & bit(i)) != 0) {
        found.add(reasons.get(i));
      }
    }
    return found;
  }

  /** What does not change with pods. */
  long fixedScore(Node node) {
    return weights.taints() * conditions.softTaints(node)
        + weights.nodes() * conditions.preference(node);
  }

  /** What does. */
  long score(int row) {
    long score = weights.free() * (1_000 - room.used(row)) + weights.balance() * room.gap(row);
    if (siblings != null) {
      score += weights.spread() * siblings.in(row);
    }
    if (images != null && images.in(row) > 0) {
      score += weights.image();
    }
    for (int i = 0; i < rules.size(); i++) {
      PodRule rule = rules.get(i);
      score += rule.points(rule.count().domain(row));
    }
    if (!settings.scorers().isEmpty()) {
      score += extensions(row).values().stream().mapToLong(Long::longValue).sum();
    }
    return score;
  }

  private Map<String, Long> extensions(int row) {
    Map<String, Long> points = new LinkedHashMap<>();
    for (PlacementScorer scorer : settings.scorers()) {
      int most = PlacementScorer.MAX_POINTS;
      long score = Math.max(-most, Math.min(most, scorer.score(podFacts, facts(row))));
      points.put(scorer.name(), score * factors.getOrDefault(scorer.name(), 1));
    }
    return points;
  }

  /** The score by part, for people; parts that say nothing are left out. */
  Map<String, Long> parts(int row) {
    Map<String, Long> parts = new LinkedHashMap<>();
    parts.put("free", weights.free() * (1_000 - room.used(row)));
    parts.put("balance", weights.balance() * room.gap(row));
    parts.put("spread", siblings == null ? 0 : weights.spread() * siblings.in(row));
    parts.put("taints", weights.taints() * conditions.softTaints(table.node(row)));
    parts.put("nodes", weights.nodes() * conditions.preference(table.node(row)));
    parts.put("image", images != null && images.in(row) > 0 ? weights.image() : 0);
    for (PodRule rule : rules) {
      if (!rule.isCondition()) {
        parts.merge(rule.part(), rule.points(rule.count().domain(row)), Long::sum);
      }
    }
    parts.putAll(extensions(row));
    parts.values().removeIf(points -> points == 0);
    return parts;
  }

  private NodeFacts facts(int row) {
    return new NodeFacts() {
      @Override
      public Node node() {
        return table.node(row);
      }

      @Override
      public int pods() {
        return table.all.pods[row];
      }

      @Override
      public long cpuFreeMillis() {
        return table.cpuMillis[row] - table.all.cpuMillis[row];
      }

      @Override
      public long memoryFreeBytes() {
        return table.memoryBytes[row] - table.all.memoryBytes[row];
      }

      @Override
      public long extendedFree(String resource) {
        return table.extendedFree(row, resource);
      }
    };
  }
}
