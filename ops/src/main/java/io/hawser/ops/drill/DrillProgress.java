package io.hawser.ops.drill;

import io.hawser.model.DrillReport.Step;
import io.hawser.ops.drill.Sighting.Group;
import io.hawser.ops.drill.Sighting.PodSeen;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * How far the cluster is in making good the loss of one node: a fold over sightings. Decides when
 * the loss was <b>detected</b> (the cluster gave the node up), its pods <b>replaced</b> (each group
 * that lost pods has as many placed elsewhere as before) and <b>ready</b> (as many ready as
 * before), and tells the story. Knows no clock: every sighting comes with its time.
 */
public final class DrillProgress {
  private static final Group GONE = new Group(0, List.of());

  private final String node;
  private final Map<String, Baseline> baselines;
  private final List<String> podsLost;
  private final Set<String> known;
  private final Set<String> placed = new HashSet<>();
  private final Set<String> readied = new HashSet<>();
  private final List<Step> steps = new ArrayList<>();
  private Optional<Long> detectedMillis = Optional.empty();
  private Optional<Long> replacedMillis = Optional.empty();
  private Optional<Long> readyMillis = Optional.empty();
  private int readyNow;

  /** What a group that loses pods had before the fault. */
  private record Baseline(int placed, int ready) {}

  private DrillProgress(String node, Sighting before) {
    this.node = node;
    this.baselines = new HashMap<>();
    this.known = new HashSet<>();
    Set<String> lost = new TreeSet<>();
    before
        .groups()
        .forEach(
            (name, group) -> {
              group.pods().forEach(p -> known.add(p.name()));
              Set<String> here =
                  group.pods().stream()
                      .filter(p -> p.node().equals(node))
                      .map(PodSeen::name)
                      .collect(Collectors.toSet());
              lost.addAll(here);
              if (!here.isEmpty()) {
                baselines.put(name, baseline(group));
              }
            });
    this.podsLost = List.copyOf(lost);
    this.readyNow = countReady(before);
  }

  private static Baseline baseline(Group group) {
    long placed = group.pods().stream().filter(p -> !p.node().isEmpty()).count();
    long ready = group.pods().stream().filter(PodSeen::ready).count();
    // More than wanted (a rollout under way, pods that nobody replaces) is nobody's to restore.
    return new Baseline(
        (int) Math.min(placed, group.wanted()), (int) Math.min(ready, group.wanted()));
  }

  /**
   * @param node the one that is about to be faulted
   * @param before the last sighting before the fault
   */
  public static DrillProgress begin(String node, Sighting before) {
    return new DrillProgress(node, before);
  }

  /**
   * Takes in what was seen.
   *
   * @param atMillis after the fault; never less than at the last call
   */
  public void observe(Sighting now, long atMillis) {
    if (now.nodeLost() && detectedMillis.isEmpty()) {
      detectedMillis = Optional.of(atMillis);
      step(atMillis, "detected: the cluster has given node " + node + " up");
    }
    tellPods(now, atMillis);
    readyNow = countReady(now);
    if (detectedMillis.isEmpty()) {
      return;
    }
    if (replacedMillis.isEmpty() && everyGroup(now, this::isReplaced)) {
      replacedMillis = Optional.of(atMillis);
      step(atMillis, "replaced: every lost pod has a successor on another node");
    }
    if (replacedMillis.isPresent() && readyMillis.isEmpty() && everyGroup(now, this::isReady)) {
      readyMillis = Optional.of(atMillis);
      step(atMillis, "ready: " + readyNow + " of " + readyWanted() + " pods, as before the fault");
    }
  }

  /** Says where things stand, once a second or so. */
  public void tick(long atMillis) {
    if (!isDone()) {
      String waits =
          detectedMillis.isEmpty()
              ? "not detected yet"
              : replacedMillis.isEmpty() ? "replacing" : "starting";
      step(
          atMillis,
          waits + ": " + readyNow + " of " + readyWanted() + " pods ready on other nodes");
    }
  }

  private interface Rule {
    boolean holds(Baseline before, Group now);
  }

  private boolean everyGroup(Sighting now, Rule rule) {
    return baselines.entrySet().stream()
        .allMatch(e -> rule.holds(e.getValue(), now.groups().getOrDefault(e.getKey(), GONE)));
  }

  private boolean isReplaced(Baseline before, Group now) {
    long elsewhere =
        now.pods().stream().filter(p -> !p.node().isEmpty() && !p.node().equals(node)).count();
    return elsewhere >= Math.min(before.placed(), now.wanted());
  }

  private boolean isReady(Baseline before, Group now) {
    return readyElsewhere(now) >= Math.min(before.ready(), now.wanted());
  }

  private long readyElsewhere(Group group) {
    return group.pods().stream().filter(p -> p.ready() && !p.node().equals(node)).count();
  }

  private int countReady(Sighting now) {
    return (int)
        baselines.keySet().stream()
            .mapToLong(name -> readyElsewhere(now.groups().getOrDefault(name, GONE)))
            .sum();
  }

  private void tellPods(Sighting now, long atMillis) {
    for (String name : new TreeSet<>(now.groups().keySet())) {
      for (PodSeen pod : now.groups().get(name).pods()) {
        boolean successor = baselines.containsKey(name) && !known.contains(pod.name());
        if (successor && !pod.node().isEmpty() && placed.add(pod.name())) {
          step(atMillis, "pod " + pod.name() + " placed on " + pod.node());
        }
        if (successor && pod.ready() && readied.add(pod.name())) {
          step(atMillis, "pod " + pod.name() + " ready on " + pod.node());
        }
      }
    }
  }

  private void step(long atMillis, String what) {
    steps.add(new Step(atMillis, what));
  }

  /** Pods that were ready before the fault, in all groups that lost some. */
  public int readyWanted() {
    return baselines.values().stream().mapToInt(Baseline::ready).sum();
  }

  /** Pods of these groups that are ready now, on other nodes. */
  public int readyNow() {
    return readyNow;
  }

  public boolean isDone() {
    return readyMillis.isPresent();
  }

  public List<String> podsLost() {
    return podsLost;
  }

  public Optional<Long> detectedMillis() {
    return detectedMillis;
  }

  public Optional<Long> replacedMillis() {
    return replacedMillis;
  }

  public Optional<Long> readyMillis() {
    return readyMillis;
  }

  /** The story so far, in order. */
  public List<Step> steps() {
    return List.copyOf(steps);
  }
}
