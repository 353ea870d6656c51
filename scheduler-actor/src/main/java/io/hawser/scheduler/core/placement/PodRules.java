package io.hawser.scheduler.core.placement;

import io.hawser.model.LabelSelector;
import io.hawser.model.Scheduling.NodePolicy;
import io.hawser.model.Scheduling.PodTerm;
import io.hawser.model.Scheduling.PreferredPods;
import io.hawser.model.Scheduling.SpreadConstraint;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Makes the rules that other pods lay on one ask: its own affinities and spreads, and what pods
 * that are there already have against or for it.
 */
final class PodRules {
  private final Fleet fleet;
  private final Ask ask;
  private final Weights weights;
  private final List<PodRule> rules = new ArrayList<>();

  private PodRules(Fleet fleet, Ask ask, Weights weights) {
    this.fleet = fleet;
    this.ask = ask;
    this.weights = weights;
  }

  static List<PodRule> of(Fleet fleet, Ask ask, Weights weights) {
    PodRules made = new PodRules(fleet, ask, weights);
    made.near();
    made.away();
    made.others();
    made.spreads();
    return made.rules;
  }

  private void near() {
    Footprint self = ask.footprint();
    List<PodMatcher> all =
        self.near().required().stream().map(term -> matcher(term, self)).toList();
    boolean selfMatch = PodMatcher.allMatch(all, self);
    for (PodTerm term : self.near().required()) {
      DomainCount count = count(term.topologyKey(), f -> PodMatcher.allMatch(all, f));
      rules.add(PodRule.near(term.topologyKey(), count, selfMatch));
    }
    wishes(self.near().preferred(), 1);
  }

  private void away() {
    Footprint self = ask.footprint();
    for (PodTerm term : self.away().required()) {
      DomainCount count = fleet.countAll(column(term.topologyKey()), matcher(term, self)::matches);
      rules.add(PodRule.away(term.topologyKey(), count, new Unfit.NearUnwantedPods()));
    }
    wishes(self.away().preferred(), -1);
  }

  private void wishes(List<PreferredPods> all, int sign) {
    for (PreferredPods wish : all) {
      PodTerm term = wish.term();
      DomainCount count = count(term.topologyKey(), matcher(term, ask.footprint())::matches);
      long points = sign * weights.pods() * wish.weight();
      rules.add(PodRule.wish(term.topologyKey(), count, points));
    }
  }

  /** Pods already there keep others off, or draw them, by their own terms. */
  private void others() {
    for (PodKind kind : fleet.socialKinds()) {
      Footprint other = kind.footprint;
      for (PodTerm term : other.away().required()) {
        if (repels(term, other)) {
          DomainCount count = fleet.countOnly(column(term.topologyKey()), kind);
          rules.add(PodRule.away(term.topologyKey(), count, new Unfit.RepelledByPods()));
        }
      }
      theirWishes(kind, other.near().preferred(), 1);
      theirWishes(kind, other.away().preferred(), -1);
    }
  }

  private void theirWishes(PodKind kind, List<PreferredPods> all, int sign) {
    for (PreferredPods wish : all) {
      PodTerm term = wish.term();
      if (matcher(term, kind.footprint).matches(ask.footprint())) {
        DomainCount count = fleet.countOnly(column(term.topologyKey()), kind);
        long points = sign * weights.pods() * wish.weight();
        rules.add(PodRule.wish(term.topologyKey(), count, points));
      }
    }
  }

  /** Whether pods of a kind lay rules on an ask by terms of their own. */
  static boolean concerns(Fleet fleet, Ask ask, PodKind kind) {
    PodRules rules = new PodRules(fleet, ask, null);
    Footprint other = kind.footprint;
    return other.away().required().stream().anyMatch(term -> rules.repels(term, other))
        || java.util.stream.Stream.of(other.near(), other.away())
            .flatMap(affinity -> affinity.preferred().stream())
            .anyMatch(wish -> rules.matcher(wish.term(), other).matches(ask.footprint()));
  }

  private boolean repels(PodTerm term, Footprint other) {
    return matcher(term, other).matches(ask.footprint()) && !hasOwnTerm(term, other);
  }

  /** Pods of one template repel each other both ways; once is enough. */
  private boolean hasOwnTerm(PodTerm term, Footprint other) {
    Footprint self = ask.footprint();
    for (PodTerm own : self.away().required()) {
      if (own.topologyKey().equals(term.topologyKey()) && matcher(own, self).matches(other)) {
        return true;
      }
    }
    return false;
  }

  private void spreads() {
    Footprint self = ask.footprint();
    List<String> hardKeys =
        ask.spread().stream()
            .filter(SpreadConstraint::hard)
            .map(SpreadConstraint::topologyKey)
            .toList();
    for (SpreadConstraint spread : ask.spread()) {
      Optional<LabelSelector> selector = spread.resolved(self.labels());
      Predicate<Footprint> wanted =
          f ->
              f.namespace().equals(self.namespace())
                  && selector.filter(s -> s.matches(f.labels())).isPresent();
      boolean[] eligible =
          eligible(spread, spread.hard() ? hardKeys : List.of(spread.topologyKey()));
      DomainCount count = fleet.count(column(spread.topologyKey()), wanted, false, eligible);
      rules.add(
          new PodRule(
              spread.hard() ? PodRule.Kind.SPREAD : PodRule.Kind.SOFT_SPREAD,
              spread.topologyKey(),
              count,
              spread.hard() ? 0 : weights.topology(),
              wanted.test(self),
              spread.maxSkew(),
              spread.minDomains().orElse(1),
              new Unfit.SpreadTooUneven(),
              new Unfit.NoTopologyLabel(spread.topologyKey())));
    }
  }

  /** Which nodes' domains and pods count for a spread. */
  private boolean[] eligible(SpreadConstraint spread, List<String> keys) {
    NodeTable table = fleet.table();
    NodeConditions conditions = new NodeConditions(ask);
    List<LabelColumn> columns = keys.stream().map(this::column).toList();
    boolean[] eligible = new boolean[table.rows()];
    for (int row = 0; row < eligible.length; row++) {
      int at = row;
      eligible[row] =
          table.exists(row)
              && table.node(row).isReady()
              && columns.stream().allMatch(c -> c.domainOf()[at] >= 0)
              && (spread.nodeAffinityPolicy() == NodePolicy.IGNORE
                  || conditions.isWanted(table.node(row)))
              && (spread.nodeTaintsPolicy() == NodePolicy.IGNORE
                  || conditions.isOpen(table.node(row)));
    }
    return eligible;
  }

  private PodMatcher matcher(PodTerm term, Footprint carrier) {
    return PodMatcher.of(term, carrier, fleet.namespaceLabels());
  }

  private DomainCount count(String key, Predicate<Footprint> wanted) {
    return fleet.count(column(key), wanted, true, null);
  }

  private LabelColumn column(String key) {
    return fleet.table().column(key);
  }
}
