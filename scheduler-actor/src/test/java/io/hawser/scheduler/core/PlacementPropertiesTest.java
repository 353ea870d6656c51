package io.hawser.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.NodeLoad;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.cluster.state.SchedulerEvent.PodPlaced;
import io.hawser.model.Node;
import io.hawser.model.PersistentVolumeClaim;
import io.hawser.model.Pod;
import io.hawser.model.ResourceAmounts;
import io.hawser.model.Scheduling.NodePolicy;
import io.hawser.model.Scheduling.NodeTerm;
import io.hawser.model.Scheduling.PodTerm;
import io.hawser.model.Scheduling.SpreadConstraint;
import io.hawser.model.Taint;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/**
 * Sentences about every placement, checked against the state by plain loops that know nothing of
 * the placement's own indexes.
 */
class PlacementPropertiesTest {
  private static final int TRIES = 12;
  private static final int STEPS = 70;

  @Property(tries = TRIES, shrinking = ShrinkingMode.OFF)
  @Label("what is remembered between decisions changes none of them")
  void theIndexEqualsOneMadeAnew(@ForAll long seed) {
    PlacementStory.play(
        seed,
        STEPS,
        (before, input, decision) ->
            assertThat(decision.events()).isEqualTo(SchedulerCore.decide(before, input).events()));
  }

  @Property(tries = TRIES, shrinking = ShrinkingMode.OFF)
  @Label("a node never has to give more than it has, nor one host port twice")
  void capacityIsNeverExceeded(@ForAll long seed) {
    placements(
        seed,
        (state, placed) -> {
          Node node = state.nodes().get(placed.node());
          ResourceAmounts sum = ResourceAmounts.NONE;
          int ports = 0;
          int pods = 0;
          for (Pod pod : state.podsOn(node.name())) {
            if (pod.isActive()) {
              sum = sum.plus(pod.spec().effectiveRequests());
              ports += NodeLoad.hostPortsOf(pod.spec()).size();
              pods++;
            }
          }
          assertThat(sum.cpuMillis()).isLessThanOrEqualTo(node.info().capacity().cpuMillis());
          assertThat(sum.memoryBytes()).isLessThanOrEqualTo(node.info().capacity().memoryBytes());
          assertThat(pods).isLessThanOrEqualTo(node.info().maxPods());
          assertThat(ports).isLessThanOrEqualTo(1);
        });
  }

  @Property(tries = TRIES, shrinking = ShrinkingMode.OFF)
  @Label("no pod lands on a node it must not run on")
  void conditionsOfNodesHold(@ForAll long seed) {
    placements(
        seed,
        (state, placed) -> {
          Node node = state.nodes().get(placed.node());
          Pod pod = state.pods().get(placed.name());
          assertThat(node.isReady()).isTrue();
          assertThat(isOpen(node)).isTrue();
          assertThat(isWanted(node, pod)).isTrue();
        });
  }

  @Property(tries = TRIES, shrinking = ShrinkingMode.OFF)
  @Label("a pod lands only where all its volumes are, and no claim is ever bound twice")
  void podsAreWhereTheirVolumesAre(@ForAll long seed) {
    Map<String, String> boundOnce = new HashMap<>();
    placements(
        seed,
        (state, placed) -> {
          for (String name : state.pods().get(placed.name()).spec().claimNames()) {
            PersistentVolumeClaim claim =
                state.objects().find(PersistentVolumeClaim.class, Samples.name(name)).orElseThrow();
            assertThat(claim.status().node()).contains(placed.node());
            String before = boundOnce.putIfAbsent(claim.meta().uid(), placed.node());
            assertThat(before).isIn(null, placed.node());
          }
        });
  }

  @Property(tries = TRIES, shrinking = ShrinkingMode.OFF)
  @Label("required affinities and anti-affinities hold, also those of pods that were there before")
  void requiredAffinitiesHold(@ForAll long seed) {
    placements(
        seed,
        (state, placed) -> {
          Pod pod = state.pods().get(placed.name());
          Node node = state.nodes().get(placed.node());
          for (PodTerm term : pod.spec().scheduling().podAntiAffinity().required()) {
            assertThat(others(state, pod))
                .noneMatch(o -> matches(term, o) && sameDomain(state, term, o, node));
          }
          for (Pod other : others(state, pod)) {
            for (PodTerm term : other.spec().scheduling().podAntiAffinity().required()) {
              assertThat(matches(term, pod) && sameDomain(state, term, other, node)).isFalse();
            }
          }
          List<PodTerm> near = pod.spec().scheduling().podAffinity().required();
          boolean first =
              near.stream().allMatch(t -> matches(t, pod))
                  && others(state, pod).stream()
                      .filter(o -> near.stream().allMatch(t -> matches(t, o)))
                      .noneMatch(o -> near.stream().anyMatch(t -> hasLabel(state, o, t)));
          for (PodTerm term : near) {
            assertThat(node.meta().labels()).containsKey(term.topologyKey());
            assertThat(
                    first
                        || others(state, pod).stream()
                            .anyMatch(
                                o ->
                                    near.stream().allMatch(t -> matches(t, o))
                                        && sameDomain(state, term, o, node)))
                .isTrue();
          }
        });
  }

  /** In this story one pod's place was only promised, until another had stopped there. */
  @Example
  @Label("nobody is placed near a pod that is not there yet")
  void promisedPlaceDrawsNobody() {
    requiredAffinitiesHold(-46);
  }

  @Property(tries = TRIES, shrinking = ShrinkingMode.OFF)
  @Label("a hard spread is never violated by a placement")
  void hardSpreadsHold(@ForAll long seed) {
    placements(
        seed,
        (state, placed) -> {
          Pod pod = state.pods().get(placed.name());
          for (SpreadConstraint spread : pod.spec().scheduling().topologySpread()) {
            if (spread.hard()) {
              checkSpread(state, pod, state.nodes().get(placed.node()), spread);
            }
          }
        });
  }

  private static void checkSpread(ClusterState state, Pod pod, Node node, SpreadConstraint spread) {
    Map<String, Integer> counts = new HashMap<>();
    for (Node each : state.nodes().values()) {
      String domain = each.meta().labels().get(spread.topologyKey());
      boolean counted =
          each.isReady()
              && domain != null
              && (spread.nodeAffinityPolicy() == NodePolicy.IGNORE || isWanted(each, pod))
              && (spread.nodeTaintsPolicy() == NodePolicy.IGNORE || isOpen(each));
      if (counted) {
        counts.merge(domain, 0, Integer::sum);
        for (Pod other : state.podsOn(each.name())) {
          boolean meant =
              other.isActive()
                  && !other.isDeleting()
                  && spread
                      .resolved(pod.meta().labels())
                      .orElseThrow()
                      .matches(other.meta().labels());
          counts.merge(domain, meant ? 1 : 0, Integer::sum);
        }
      }
    }
    boolean self = spread.resolved(pod.meta().labels()).orElseThrow().matches(pod.meta().labels());
    String domain = node.meta().labels().get(spread.topologyKey());
    int least = Integer.MAX_VALUE;
    for (Map.Entry<String, Integer> entry : counts.entrySet()) {
      boolean here = self && entry.getKey().equals(domain);
      least = Math.min(least, entry.getValue() - (here ? 1 : 0));
    }
    assertThat(counts.get(domain) - least).isLessThanOrEqualTo(spread.maxSkew());
  }

  @Property(tries = TRIES, shrinking = ShrinkingMode.OFF)
  @Label("every pending pod has a reason")
  void everyPendingPodHasAReason(@ForAll long seed) {
    PlacementStory.play(
        seed,
        STEPS,
        (before, input, decision) -> {
          ClusterState after = fold(before, decision);
          assertThat(after.unplaced())
              .allMatch(name -> after.pods().get(name).unschedulable().isPresent());
        });
  }

  @Property(tries = TRIES, shrinking = ShrinkingMode.OFF)
  @Label("nobody is pushed out by a pod of the same or a lower priority")
  void preemptionOnlyGoesDown(@ForAll long seed) {
    PlacementStory.play(
        seed,
        STEPS,
        (before, input, decision) -> {
          ClusterState state = before;
          for (SchedulerEvent event : decision.events()) {
            if (event instanceof SchedulerEvent.PodDeletionRequested e
                && e.reason().startsWith("preempted by ")) {
              String name = e.reason().substring("preempted by ".length()).split(";")[0];
              Pod winner = state.pods().get(io.hawser.model.ObjectName.parse(name));
              assertThat(priority(winner)).isGreaterThan(priority(state.pods().get(e.name())));
            }
            state = state.evolve(event);
          }
        });
  }

  @Property(tries = TRIES, shrinking = ShrinkingMode.OFF)
  @Label("a gang has all the members it needs on nodes, or none is added")
  void gangsAreAllOrNone(@ForAll long seed) {
    PlacementStory.play(
        seed,
        STEPS,
        (before, input, decision) -> {
          ClusterState after = fold(before, decision);
          for (SchedulerEvent event : decision.events()) {
            if (event instanceof PodPlaced e && after.pods().containsKey(e.name())) {
              String gang = gangOf(after.pods().get(e.name()));
              long there =
                  after.pods().values().stream()
                      .filter(p -> gang != null && gang.equals(gangOf(p)))
                      .filter(p -> p.nodeName().isPresent() && p.isActive())
                      .filter(p -> !p.isDeleting() || !wasDeleting(before, p))
                      .count();
              assertThat(gang == null || there >= 3).isTrue();
            }
          }
        });
  }

  /** A member may be pushed out later in the very same decision. */
  private static boolean wasDeleting(ClusterState before, Pod pod) {
    return before.pod(pod.name()).filter(Pod::isDeleting).isPresent();
  }

  private static String gangOf(Pod pod) {
    return pod.meta().annotations().get("hawser.io/gang");
  }

  private static int priority(Pod pod) {
    return pod.spec().scheduling().priority().orElse(0);
  }

  /** The state right after each placement. */
  private static void placements(long seed, BiConsumer<ClusterState, PodPlaced> check) {
    PlacementStory.play(
        seed,
        STEPS,
        (before, input, decision) -> {
          ClusterState state = before;
          for (SchedulerEvent event : decision.events()) {
            state = state.evolve(event);
            if (event instanceof PodPlaced placed) {
              check.accept(state, placed);
            }
          }
        });
  }

  private static ClusterState fold(ClusterState before, Decision decision) {
    ClusterState state = before;
    for (SchedulerEvent event : decision.events()) {
      state = state.evolve(event);
    }
    return state;
  }

  private static List<Pod> others(ClusterState state, Pod pod) {
    return state.pods().values().stream()
        .filter(o -> o.nodeName().isPresent() && o.isActive() && !o.name().equals(pod.name()))
        .toList();
  }

  private static boolean matches(PodTerm term, Pod other) {
    return term.selector().orElseThrow().matches(other.meta().labels());
  }

  /** As in Kubernetes, a pod on a node without the label is near to nothing. */
  private static boolean hasLabel(ClusterState state, Pod pod, PodTerm term) {
    Node node = state.nodes().get(pod.nodeName().orElseThrow());
    return node != null && node.meta().labels().containsKey(term.topologyKey());
  }

  private static boolean sameDomain(ClusterState state, PodTerm term, Pod other, Node node) {
    Node theirs = state.nodes().get(other.nodeName().orElseThrow());
    String domain = node.meta().labels().get(term.topologyKey());
    return theirs != null
        && domain != null
        && domain.equals(theirs.meta().labels().get(term.topologyKey()));
  }

  private static boolean isOpen(Node node) {
    return !node.unschedulable()
        && node.taints().stream().allMatch(t -> t.effect() == Taint.Effect.PREFER_NO_SCHEDULE);
  }

  private static boolean isWanted(Node node, Pod pod) {
    List<NodeTerm> terms = pod.spec().scheduling().nodeAffinity().required();
    return terms.isEmpty()
        || terms.stream().anyMatch(t -> t.matches(node.name(), node.meta().labels()));
  }
}
