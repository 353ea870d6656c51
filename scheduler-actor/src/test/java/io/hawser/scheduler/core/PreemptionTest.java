package io.hawser.scheduler.core;

import static io.hawser.scheduler.core.WorkloadSamples.create;
import static io.hawser.scheduler.core.WorkloadSamples.labelledNodes;
import static io.hawser.scheduler.core.WorkloadSamples.live;
import static io.hawser.scheduler.core.WorkloadSamples.members;
import static io.hawser.scheduler.core.WorkloadSamples.pods;
import static io.hawser.scheduler.core.WorkloadSamples.replicas;
import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.model.EventRecord;
import io.hawser.model.Job;
import io.hawser.model.Pod;
import io.hawser.model.PodSpec;
import io.hawser.model.ReplicaSet;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What becomes of the pods that have to go, of each kind of owner, and which of them go. */
class PreemptionTest {
  private static final String PIN = "pin";

  private static PodSpec pod(long cpuMillis, int priority) {
    return WorkloadSamples.pod(cpuMillis, priority, Map.of());
  }

  /** A single failure that counts ends it. */
  private static Job job(PodSpec pod) {
    return WorkloadSamples.job(
        "j",
        new Job.Spec(
            1,
            Optional.of(1),
            true,
            0,
            Optional.empty(),
            Optional.empty(),
            false,
            List.of(),
            WorkloadSamples.template(pod)));
  }

  /** Leaves room for the victim on the second node, and for the winner only where the victim is. */
  private static World withVictim(ClientRequest victim) {
    World world = labelledNodes(2, PIN);
    full(world, "n2");
    world.ask(victim);
    world.settle();
    half(world, "n2");
    return world;
  }

  private static void winner(World world) {
    world.ask(Samples.createPod("winner", pod(3_000, 1_000)));
  }

  private static String killing(World world, Pod pod) {
    return world.state.events().stream()
        .filter(e -> e.name().equals(pod.meta().name()))
        .filter(e -> e.reason().equals("Killing") || e.reason().equals("Moving"))
        .map(EventRecord::message)
        .reduce((first, last) -> last)
        .orElseThrow();
  }

  @Test
  void aReplicaSetsPodIsMovedBeforeTheWinnerComes() {
    World world = withVictim(create(replicas("r", 1, pod(2_000, 0))));
    Pod old = live(world, "ReplicaSet", "r").get(0);
    assertThat(old.nodeName()).contains("n1");
    winner(world);
    assertThat(world.pod(old.name().name()).isDeleting()).isFalse();
    assertThat(killing(world, old))
        .isEqualTo(
            "Goes once another pod serves: preempted by default/winner;"
                + " n2 has room for the next one");
    Pod next =
        live(world, "ReplicaSet", "r").stream().filter(p -> p.move().isEmpty()).findFirst().get();
    assertThat(next.nodeName()).contains("n2");
    ReplicaSet.Status status =
        world.state.objects().find(ReplicaSet.class, Samples.name("r")).orElseThrow().status();
    assertThat(status.replicas()).as("both count as one").isEqualTo(1);
    world.ready(next);
    assertThat(world.pod(old.name().name()).isDeleting()).isTrue();
    world.settle();
    assertThat(world.pod("winner").nodeName()).contains("n1");
    assertThat(live(world, "ReplicaSet", "r")).hasSize(1);
    assertThat(world.state.moving()).isEmpty();
  }

  @Test
  void aReplicaSetsPodThatNothingReplacesInTimeIsStoppedAfterAll() {
    World world = withVictim(create(replicas("r", 1, pod(2_000, 0))));
    Pod old = live(world, "ReplicaSet", "r").get(0);
    winner(world);
    world.pass(Limits.PREEMPTION_PATIENCE.minusSeconds(1));
    assertThat(world.pod(old.name().name()).isDeleting()).isFalse();
    world.pass(Duration.ofSeconds(1));
    assertThat(world.pod(old.name().name()).isDeleting()).isTrue();
  }

  @Test
  void aMemberOfAStatefulSetStopsFirstAndThenStartsElsewhere() {
    World world = withVictim(create(members("s", 1, pod(2_000, 0))));
    Pod old = world.pod("s-0");
    assertThat(old.nodeName()).contains("n1");
    winner(world);
    assertThat(world.pod("s-0").isDeleting()).isTrue();
    assertThat(pods(world, "StatefulSet", "s")).as("never two").hasSize(1);
    assertThat(killing(world, old))
        .isEqualTo("Stopping: preempted by default/winner; n2 has room for the next one");
    world.gone(world.pod("s-0"));
    assertThat(world.pod("s-0").uid()).isNotEqualTo(old.uid());
    assertThat(world.pod("s-0").nodeName()).contains("n2");
    assertThat(world.pod("winner").nodeName()).contains("n1");
  }

  @Test
  void aJobsPodIsMadeAnewAndIsNoFailure() {
    World world = withVictim(create(job(pod(2_000, 0))));
    Pod old = live(world, "Job", "j").get(0);
    assertThat(old.nodeName()).contains("n1");
    winner(world);
    assertThat(world.pod(old.name().name()).isDeleting()).isTrue();
    assertThat(live(world, "Job", "j")).as("the index runs once").isEmpty();
    // Ended by the signal, as a node reports it before it says that nothing is left.
    WorkloadSamples.end(world, world.pod(old.name().name()), 143);
    world.gone(world.pod(old.name().name()));
    Pod next = live(world, "Job", "j").get(0);
    assertThat(next.nodeName()).contains("n2");
    Job job = world.state.objects().find(Job.class, Samples.name("j")).orElseThrow();
    assertThat(job.status().failed()).isZero();
    assertThat(job.isFinished()).isFalse();
    WorkloadSamples.end(world, next, 0);
    assertThat(world.state.objects().find(Job.class, Samples.name("j")).get().isFinished())
        .isTrue();
  }

  @Test
  void aPodByHandIsStoppedAndItsReasonSaysThatNothingMakesItAgain() {
    World world = withVictim(Samples.createPod("bare", pod(2_000, 0)));
    Pod old = world.pod("bare");
    assertThat(old.nodeName()).contains("n1");
    winner(world);
    assertThat(world.pod("bare").isDeleting()).isTrue();
    assertThat(killing(world, old))
        .isEqualTo("Stopping: preempted by default/winner; nothing makes it again");
  }

  @Test
  void whatHasNoRoomElsewhereWaitsAndSaysSo() {
    World world = withVictim(create(members("s", 1, pod(2_100, 0))));
    Pod old = world.pod("s-0");
    winner(world);
    assertThat(killing(world, old))
        .isEqualTo("Stopping: preempted by default/winner; the next one waits for room");
    world.settle();
    assertThat(world.pod("winner").nodeName()).contains("n1");
    assertThat(world.pod("s-0").nodeName()).isEmpty();
  }

  @Test
  void ofTwoOnANodeTheOneThatCanRunElsewhereGoes() {
    World world = labelledNodes(2, PIN);
    full(world, "n2");
    deployment(world, "free", 1, pod(2_000, 0));
    // The youngest: by age alone it would go.
    deployment(world, "pinned", 1, WorkloadSamples.pod(2_000, 0, Map.of(PIN, "n1")));
    assertThat(world.state.podsOn("n1")).hasSize(2);
    half(world, "n2");
    world.ask(Samples.createPod("winner", WorkloadSamples.pod(2_000, 1_000, Map.of(PIN, "n1"))));
    assertThat(world.state.moving()).hasSize(1);
    world.settle();
    assertThat(world.livePods("pinned").get(0).nodeName()).contains("n1");
    assertThat(world.livePods("free").get(0).nodeName()).contains("n2");
    assertThat(world.pod("winner").nodeName()).contains("n1");
  }

  @Test
  void ofTwoNodesTheOneWhosePodsCanRunElsewhereIsTaken() {
    World world = labelledNodes(3, PIN);
    full(world, "n3");
    full(world, "n1");
    deployment(world, "free", 2, pod(1_000, 0));
    assertThat(world.livePods("free")).allMatch(p -> p.nodeName().equals(Optional.of("n2")));
    half(world, "n1");
    half(world, "n3");
    world.ask(Samples.deletePod(Samples.name("important-n1")));
    world.settle();
    // One of it instead of two: by their number alone it would go.
    deployment(world, "pinned", 1, WorkloadSamples.pod(2_000, 0, Map.of(PIN, "n1")));
    world.ask(Samples.createPod("winner", pod(3_500, 1_000)));
    world.settle();
    assertThat(world.pod("winner").nodeName()).contains("n2");
    assertThat(world.livePods("free")).hasSize(2).allMatch(p -> p.status().isReady());
    assertThat(world.livePods("pinned").get(0).nodeName()).contains("n1");
  }

  private static void deployment(World world, String name, int replicas, PodSpec spec) {
    world.ask(Samples.create(name, Samples.spec(replicas, spec, Samples.rolling(1, 0))));
    world.settle();
  }

  /** With a pod that nobody pushes out and one that is in the way for now. */
  private static void full(World world, String node) {
    for (String name : List.of("important-", "blocker-")) {
      world.ask(
          Samples.createPod(name + node, WorkloadSamples.pod(2_000, 1_000, Map.of(PIN, node))));
    }
    world.settle();
  }

  private static void half(World world, String node) {
    world.ask(Samples.deletePod(Samples.name("blocker-" + node)));
    world.settle();
  }

  @Test
  void aDrainedReplicaSetHasItsReplacementsFirstAlsoUnderABudgetThatAllowsNone() {
    World world = labelledNodes(2, PIN);
    world.ask(create(WorkloadSamples.budget("b", null, 0)));
    world.ask(create(replicas("r", 2, pod(500, 0))));
    world.settle();
    Pod old = live(world, "ReplicaSet", "r").get(0);
    world.ask(
        new ClientRequest.DeletePod(
            old.name(), Optional.empty(), Optional.empty(), true, Optional.empty()));
    assertThat(world.pod(old.name().name()).move()).isPresent();
    assertThat(live(world, "ReplicaSet", "r")).hasSize(3);
    world.settle();
    assertThat(live(world, "ReplicaSet", "r")).hasSize(2).noneMatch(p -> p.uid().equals(old.uid()));
  }

  @Test
  void scalingAReplicaSetToNothingEndsItsMovesToo() {
    World world = labelledNodes(2, PIN);
    world.ask(create(replicas("r", 2, pod(500, 0))));
    world.settle();
    Pod old = live(world, "ReplicaSet", "r").get(0);
    world.ask(
        new ClientRequest.DeletePod(
            old.name(), Optional.empty(), Optional.empty(), true, Optional.empty()));
    world.ask(WorkloadSamples.update(replicas("r", 0, pod(500, 0))));
    world.settle();
    assertThat(pods(world, "ReplicaSet", "r")).isEmpty();
    assertThat(world.state.moving()).isEmpty();
  }

  @Test
  void aReplicaSetsPodsAreRebalanced() {
    World world = World.withNodes(2);
    world.ask(create(replicas("r", 6, pod(100, 0))));
    world.settle();
    world.register("n3");
    world.ask(new ClientRequest.Rebalance(10));
    assertThat(world.state.moving()).hasSize(2);
    world.settle();
    assertThat(live(world, "ReplicaSet", "r"))
        .hasSize(6)
        .filteredOn(p -> p.nodeName().equals(Optional.of("n3")))
        .hasSize(2);
  }
}
