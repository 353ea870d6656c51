package io.hawser.scheduler.core.placement;

import io.hawser.scheduler.core.placement.Footprint.OwnerKey;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * All nodes and the pods on them, as placement needs them: columns of numbers, counts, and the
 * rankings for what was asked lately. Kept up to date pod by pod; nothing in it is a truth of its
 * own, all follows from a {@code ClusterState}.
 */
final class Fleet {
  /** Most rows of all rankings together that are kept; about 60 bytes each. */
  private static final long MAX_RANKED_ROWS = 2_000_000;

  /** A ranking of so few nodes is made quicker than it is kept. */
  private static final int TOO_SMALL_TO_KEEP = 8;

  private final PlacementSettings settings;
  private final NodeTable table = new NodeTable();
  private final ChangeLog changes = new ChangeLog();
  private final Map<Footprint, PodKind> kinds = new HashMap<>();
  private final Map<OwnerKey, List<PodKind>> kindsByOwner = new HashMap<>();
  private final List<PodKind> social = new ArrayList<>();
  private final Set<DomainCount> counts = new LinkedHashSet<>();
  private final Map<OwnerKey, List<DomainCount>> countsByOwner = new HashMap<>();
  private final Map<Ask, Shortlist> shortlists = new LinkedHashMap<>(16, 0.75f, true);
  private Map<String, Map<String, String>> namespaceLabels = Map.of();
  private final Use scratch = new Use(0);
  private long rankedRows;
  private Shortlist latest;

  /** Pods come many of one kind; to find theirs by value costs a tenth of a placement. */
  private PodKind latestKind;

  Fleet(PlacementSettings settings) {
    this.settings = settings;
  }

  PlacementSettings settings() {
    return settings;
  }

  NodeTable table() {
    return table;
  }

  /** For sums over some pods of one row; whoever adds takes off again. */
  Use scratch() {
    if (scratch.pods.length < table.rows()) {
      scratch.grow(table.rows());
    }
    return scratch;
  }

  ChangeLog changes() {
    return changes;
  }

  /** Pods that draw or repel others, in the order in which they were first seen. */
  List<PodKind> socialKinds() {
    return Collections.unmodifiableList(social);
  }

  Map<String, Map<String, String>> namespaceLabels() {
    return namespaceLabels;
  }

  /** Selectors of namespaces may mean other pods now: all counts are made anew when needed. */
  void namespaces(Map<String, Map<String, String>> labelsByName) {
    namespaceLabels = labelsByName;
    shortlists.values().forEach(Shortlist::close);
    shortlists.clear();
    rankedRows = 0;
    latest = null;
  }

  // --- Pods ---

  PodKind kind(Footprint footprint) {
    if (latestKind == null || latestKind.footprint != footprint) {
      PodKind known = kinds.get(footprint);
      latestKind = known != null ? known : newKind(footprint);
    }
    return latestKind;
  }

  private PodKind newKind(Footprint footprint) {
    PodKind kind = new PodKind(footprint);
    kinds.put(footprint, kind);
    for (DomainCount count : counts) {
      if (count.wants(kind)) {
        count.attach(kind);
      }
    }
    footprint
        .owner()
        .ifPresent(
            owner -> {
              kindsByOwner.computeIfAbsent(owner, o -> new ArrayList<>(1)).add(kind);
              countsByOwner.getOrDefault(owner, List.of()).forEach(count -> count.attach(kind));
            });
    if (footprint.isSocial()) {
      social.add(kind);
    }
    return kind;
  }

  /** A pod is on a node. */
  void take(int row, PodKind kind, boolean isLeaving) {
    change(row, kind, isLeaving, 1);
  }

  /** It no longer is. */
  void release(int row, PodKind kind, boolean isLeaving) {
    change(row, kind, isLeaving, -1);
    if (kind.isGone() && !kind.footprint.isSocial()) {
      forget(kind);
    }
  }

  /**
   * A pod may come once others have gone: its room counts as taken.
   *
   * @param amount -1: it is no longer promised
   */
  void promise(int row, PodKind kind, int amount) {
    table.use(row, kind.footprint, false, amount);
    kind.promised.add(row, amount);
    for (int i = 0; i < kind.counters.size(); i++) {
      kind.counters.get(i).promised(row, amount);
    }
    changes.add(row);
    if (kind.isGone() && !kind.footprint.isSocial()) {
      forget(kind);
    }
  }

  private void change(int row, PodKind kind, boolean isLeaving, int amount) {
    table.use(row, kind.footprint, isLeaving, amount);
    (isLeaving ? kind.leaving : kind.live).add(row, amount);
    for (int i = 0; i < kind.counters.size(); i++) {
      kind.counters.get(i).changed(row, isLeaving, amount);
    }
    changes.add(row);
  }

  private void forget(PodKind kind) {
    if (kind.counters.isEmpty()) {
      kinds.remove(kind.footprint);
      latestKind = null;
      kind.footprint
          .owner()
          .ifPresent(
              owner -> {
                List<PodKind> rest = kindsByOwner.get(owner);
                rest.remove(kind);
                if (rest.isEmpty()) {
                  kindsByOwner.remove(owner);
                }
              });
    }
  }

  // --- Counts ---

  /**
   * A count of pods by domain, until {@link #uncount}.
   *
   * @param eligible by row; null: every node counts
   */
  DomainCount count(
      LabelColumn column, Predicate<Footprint> wanted, boolean withLeaving, boolean[] eligible) {
    return counting(new DomainCount(column, wanted, withLeaving, eligible));
  }

  /** As {@link DomainCount#ofAll}, until {@link #uncount}. */
  DomainCount countAll(LabelColumn column, Predicate<Footprint> wanted) {
    return counting(DomainCount.ofAll(column, wanted));
  }

  private DomainCount counting(DomainCount count) {
    for (PodKind kind : kinds.values()) {
      if (count.wants(kind)) {
        count.attach(kind);
      }
    }
    counts.add(count);
    return count;
  }

  /** A count of one kind's pods. */
  DomainCount countOnly(LabelColumn column, PodKind kind) {
    DomainCount count = DomainCount.ofAll(column, f -> false);
    count.attach(kind);
    return count;
  }

  /** A count of one owner's pods. */
  DomainCount countOfOwner(LabelColumn column, OwnerKey owner) {
    DomainCount count =
        new DomainCount(column, f -> f.owner().filter(owner::equals).isPresent(), false, null);
    kindsByOwner.getOrDefault(owner, List.of()).forEach(count::attach);
    countsByOwner.computeIfAbsent(owner, o -> new ArrayList<>(1)).add(count);
    return count;
  }

  void uncount(DomainCount count, java.util.Optional<OwnerKey> owner) {
    counts.remove(count);
    for (PodKind kind : count.close()) {
      if (kind.isGone() && !kind.footprint.isSocial()) {
        forget(kind);
      }
    }
    owner.ifPresent(
        key -> {
          List<DomainCount> rest = countsByOwner.get(key);
          if (rest != null && rest.remove(count) && rest.isEmpty()) {
            countsByOwner.remove(key);
          }
        });
  }

  // --- Rankings ---

  /** The nodes ranked for an ask. Valid until the next call. */
  Shortlist shortlist(Ask ask) {
    if (latest != null && latest.ask() == ask && latest.isCurrent()) {
      return latest;
    }
    Shortlist known = shortlists.get(ask);
    if (known != null && known.isCurrent()) {
      latest = known;
      return known;
    }
    if (latest != null && latest.size() <= TOO_SMALL_TO_KEEP) {
      latest.close();
    }
    if (known != null) {
      drop(ask, known);
    }
    latest = new Shortlist(this, ask);
    if (latest.size() > TOO_SMALL_TO_KEEP) {
      shortlists.put(ask, latest);
      rankedRows += latest.size();
      makeRoom();
    }
    return latest;
  }

  private void drop(Ask ask, Shortlist shortlist) {
    shortlists.remove(ask);
    rankedRows -= shortlist.size();
    shortlist.close();
  }

  /** Those not asked for longest go first; the newest always stays. */
  private void makeRoom() {
    Iterator<Shortlist> oldest = shortlists.values().iterator();
    while (rankedRows > MAX_RANKED_ROWS && shortlists.size() > 1) {
      Shortlist shortlist = oldest.next();
      oldest.remove();
      rankedRows -= shortlist.size();
      shortlist.close();
    }
  }
}
