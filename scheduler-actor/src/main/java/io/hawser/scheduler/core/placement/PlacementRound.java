package io.hawser.scheduler.core.placement;

import io.hawser.cluster.state.ClusterState;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.scheduler.core.placement.Waiting.GangKey;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;

/**
 * Says of waiting pods, one after another, where they go. The asker makes an event of each verdict
 * before it asks for the next, and the memory follows the event: so no room is promised twice.
 */
public final class PlacementRound {
  /** Where a pod goes, or why nowhere. */
  public sealed interface Verdict {}

  public record Fits(String node) implements Verdict {}

  public record FitsNowhere(String summary) implements Verdict {}

  /**
   * It fits once others have gone.
   *
   * @param victims to be stopped; none: those already stopping are enough
   */
  public record Preempts(String node, List<Pod> victims, String summary) implements Verdict {}

  private record Reserved(int row, PodKind kind) {}

  private final PlacementMemory memory;
  private final Supplier<ClusterState> state;
  private final DisruptionBudgets budgets;
  private final List<Reserved> reserved = new ArrayList<>();
  private Ask lastAsk;
  private FitsNowhere lastRefusal;
  private long lastChange;

  /**
   * @param state with every event so far
   */
  public PlacementRound(
      PlacementMemory memory, Supplier<ClusterState> state, DisruptionBudgets budgets) {
    this.memory = memory;
    this.state = state;
    this.budgets = budgets;
  }

  /**
   * Waiting pods in the order in which they are to be placed, gangs together: the highest priority
   * first, then those that have waited longest, pods that ask for the same one after another. Adds
   * those that must be looked at with them: the rest of a gang, and pods of a higher priority that
   * wait for others to stop.
   */
  public List<List<Pod>> order(List<Pod> waiting) {
    ClusterState now = state.get();
    Fleet fleet = memory.at(now);
    if (waiting.size() == 1 && isAlone(fleet, waiting.get(0))) {
      return List.of(waiting);
    }
    Map<ObjectName, Pod> all = new LinkedHashMap<>();
    waiting.forEach(pod -> all.put(pod.name(), pod));
    Set<ObjectName> more = new TreeSet<>();
    int lowest = Integer.MAX_VALUE;
    for (Pod pod : waiting) {
      Footprint footprint = memory.recognition().ask(pod).footprint();
      lowest = Math.min(lowest, footprint.priority());
      if (footprint.gang().isPresent()) {
        memory.waiting().members(Waiting.key(footprint)).forEach(more::add);
      }
    }
    if (!fleet.table().leaving.isEmpty()) {
      more.addAll(memory.waiting().above(lowest));
    }
    more.forEach(name -> all.putIfAbsent(name, now.pods().get(name)));
    return grouped(all.values().stream().filter(pod -> pod != null).toList());
  }

  /** No other pod is to be looked at with it. */
  private boolean isAlone(Fleet fleet, Pod pod) {
    return fleet.table().leaving.isEmpty() && ask(pod).footprint().gang().isEmpty();
  }

  private List<List<Pod>> grouped(List<Pod> pods) {
    List<Pod> sorted = new ArrayList<>(pods);
    sorted.sort(
        Comparator.comparing((Pod pod) -> -(long) ask(pod).footprint().priority())
            .thenComparing(pod -> pod.meta().createdAt())
            .thenComparing(Pod::name));
    Map<Object, List<Pod>> groups = new LinkedHashMap<>();
    for (Pod pod : sorted) {
      Footprint footprint = ask(pod).footprint();
      Object group =
          footprint.gang().isPresent()
              ? Waiting.key(footprint)
              : List.of(footprint.priority(), pod.owner().map(o -> (Object) o).orElse(pod.name()));
      groups.computeIfAbsent(group, g -> new ArrayList<>()).add(pod);
    }
    return List.copyOf(groups.values());
  }

  private Ask ask(Pod pod) {
    return memory.recognition().ask(pod);
  }

  public boolean isGang(List<Pod> group) {
    return ask(group.get(0)).footprint().gang().isPresent();
  }

  /** Where one pod goes that belongs to no gang. */
  public Verdict verdict(Pod pod) {
    Fleet fleet = memory.at(state.get());
    Ask ask = ask(pod);
    if (ask.equals(lastAsk) && lastChange == fleet.changes().count()) {
      return lastRefusal;
    }
    int row = fleet.shortlist(ask).best();
    if (row != Shortlist.NOWHERE) {
      return new Fits(fleet.table().node(row).name());
    }
    Optional<Preemption.Choice> choice =
        new Preemption(fleet, state.get()::podsOn, memory.recognition(), budgets).choose(ask);
    String summary = Unfit.summary(fleet.shortlist(ask).refusals(), fleet.table().size());
    if (choice.isPresent()) {
      return preempts(fleet, ask, choice.get(), summary);
    }
    lastAsk = ask;
    lastRefusal = new FitsNowhere(summary);
    lastChange = fleet.changes().count();
    return lastRefusal;
  }

  /** Until the round ends the room counts as taken, so that no later pod of it comes in between. */
  private Verdict preempts(Fleet fleet, Ask ask, Preemption.Choice choice, String summary) {
    PodKind kind = fleet.kind(ask.footprint());
    fleet.promise(choice.row(), kind, 1);
    reserved.add(new Reserved(choice.row(), kind));
    String node = fleet.table().node(choice.row()).name();
    String then =
        choice.victims().isEmpty()
            ? " Waits for pods that stop on %s.".formatted(node)
            : " Preempts %d on %s.".formatted(choice.victims().size(), node);
    return new Preempts(node, choice.victims(), summary + then);
  }

  /**
   * Where the pods of a group go: one alone like any other, those of a gang only if enough of them
   * have a place at once. Gangs push nobody out.
   *
   * @return in the order of the group
   */
  public List<Verdict> gang(List<Pod> members) {
    Fleet fleet = memory.at(state.get());
    List<Reserved> taken = new ArrayList<>();
    List<Verdict> verdicts = new ArrayList<>();
    String summary = "";
    for (Pod pod : members) {
      Ask ask = ask(pod);
      int row = fleet.shortlist(ask).best();
      if (row == Shortlist.NOWHERE) {
        summary = Unfit.summary(fleet.shortlist(ask).refusals(), fleet.table().size());
        verdicts.add(new FitsNowhere(summary));
      } else {
        PodKind kind = fleet.kind(ask.footprint());
        fleet.take(row, kind, false);
        taken.add(new Reserved(row, kind));
        verdicts.add(new Fits(fleet.table().node(row).name()));
        memory.assume(pod, fleet.table().node(row).name());
      }
    }
    memory.assumeNothing();
    taken.forEach(t -> fleet.release(t.row(), t.kind(), false));
    Footprint footprint = ask(members.get(0)).footprint();
    GangKey key = Waiting.key(footprint);
    int size = footprint.gang().orElseThrow().size();
    int there = memory.waiting().placedOf(key) + taken.size();
    if (there >= size) {
      return verdicts;
    }
    String why =
        "gang %s: %d of %d pods have a place.%s"
            .formatted(key.name(), there, size, summary.isEmpty() ? "" : " " + summary);
    return members.stream().<Verdict>map(pod -> new FitsNowhere(why)).toList();
  }

  /** Room that was only promised is free again: in the next round it is promised anew. */
  public void end() {
    Fleet fleet = memory.at(state.get());
    reserved.forEach(r -> fleet.promise(r.row(), r.kind(), -1));
    reserved.clear();
  }
}
