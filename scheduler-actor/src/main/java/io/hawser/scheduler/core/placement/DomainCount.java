package io.hawser.scheduler.core.placement;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * How many pods that somebody looks for are in each topology domain, kept up to date by every pod
 * that comes and goes. Pods on their way out count only when asked for, and so do those that a
 * place is promised to: they may keep others off, but nobody may rely on them.
 */
final class DomainCount {
  private final Predicate<Footprint> wanted;
  private final boolean withLeaving;
  private final boolean withPromised;
  private final int[] domainOf;
  private final int[] counts;

  /** By domain: nodes in it that count; null: all do, and no least is kept. */
  private final int[] eligibleNodes;

  private final boolean[] eligible;
  private final List<PodKind> kinds = new ArrayList<>();
  private int eligibleDomains;
  private int total;
  private int least;
  private int atLeast;

  /**
   * @param eligible by row: nodes whose pods and domains count; null: all
   */
  DomainCount(
      LabelColumn column, Predicate<Footprint> wanted, boolean withLeaving, boolean[] eligible) {
    this(column, wanted, withLeaving, false, eligible);
  }

  /** Of all that may be in the way: those that leave, and those that are to come. */
  static DomainCount ofAll(LabelColumn column, Predicate<Footprint> wanted) {
    return new DomainCount(column, wanted, true, true, null);
  }

  private DomainCount(
      LabelColumn column,
      Predicate<Footprint> wanted,
      boolean withLeaving,
      boolean withPromised,
      boolean[] eligible) {
    this.wanted = wanted;
    this.withLeaving = withLeaving;
    this.withPromised = withPromised;
    this.domainOf = column.domainOf();
    this.counts = new int[column.domains()];
    this.eligible = eligible;
    this.eligibleNodes = eligible == null ? null : new int[column.domains()];
    if (eligible != null) {
      for (int row = 0; row < domainOf.length; row++) {
        if (domainOf[row] >= 0 && eligible[row]) {
          eligibleDomains += eligibleNodes[domainOf[row]]++ == 0 ? 1 : 0;
        }
      }
      findLeast();
    }
  }

  boolean wants(PodKind kind) {
    return wanted.test(kind.footprint);
  }

  /** From now on this kind's pods count. */
  void attach(PodKind kind) {
    kind.counters.add(this);
    kinds.add(kind);
    kind.live.forEach(this::add);
    if (withLeaving) {
      kind.leaving.forEach(this::add);
    }
    if (withPromised) {
      kind.promised.forEach(this::add);
    }
  }

  /**
   * Nothing is counted any more.
   *
   * @return whose pods were counted
   */
  List<PodKind> close() {
    kinds.forEach(kind -> kind.counters.remove(this));
    return kinds;
  }

  void changed(int row, boolean isLeaving, int amount) {
    if (!isLeaving || withLeaving) {
      add(row, amount);
    }
  }

  void promised(int row, int amount) {
    if (withPromised) {
      add(row, amount);
    }
  }

  private void add(int row, int amount) {
    // A node that joined since is counted when its user is made anew.
    if (row >= domainOf.length || domainOf[row] < 0 || (eligible != null && !eligible[row])) {
      return;
    }
    int domain = domainOf[row];
    int before = counts[domain];
    counts[domain] += amount;
    total += amount;
    if (eligible != null) {
      boolean wasLeast = before == least;
      if (counts[domain] < least) {
        findLeast();
      } else if (wasLeast && --atLeast == 0) {
        findLeast();
      } else if (counts[domain] == least && !wasLeast) {
        atLeast++;
      }
    }
  }

  private void findLeast() {
    least = Integer.MAX_VALUE;
    atLeast = 0;
    for (int domain = 0; domain < counts.length; domain++) {
      if (eligibleNodes[domain] > 0) {
        if (counts[domain] < least) {
          least = counts[domain];
          atLeast = 1;
        } else if (counts[domain] == least) {
          atLeast++;
        }
      }
    }
  }

  int domain(int row) {
    return domainOf[row];
  }

  int in(int domain) {
    return counts[domain];
  }

  int total() {
    return total;
  }

  /**
   * The fewest pods that any domain with an eligible node has; 0 when there are fewer domains than
   * asked for, or none.
   */
  int least(int minDomains) {
    if (least == Integer.MAX_VALUE) {
      return 0;
    }
    return eligibleDomains < minDomains ? 0 : least;
  }
}
