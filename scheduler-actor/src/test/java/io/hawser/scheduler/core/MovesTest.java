package io.hawser.scheduler.core;

import static io.hawser.scheduler.core.WorkloadSamples.budget;
import static io.hawser.scheduler.core.WorkloadSamples.create;
import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.Pod;
import io.hawser.model.Refusal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A pod that goes has its replacement first, where there is room for one. */
class MovesTest {
  private final World world = World.withNodes(3);

  private Answer evict(Pod pod, Optional<Long> withinSeconds) {
    return world.ask(
        new ClientRequest.DeletePod(
            pod.name(), Optional.empty(), Optional.empty(), true, withinSeconds));
  }

  private Answer evict(Pod pod) {
    return evict(pod, Optional.empty());
  }

  private void cordon(String node) {
    world.ask(
        new ClientRequest.UpdateNode(node, Map.of(), Map.of(), true, List.of(), Optional.empty()));
  }

  private Pod web(int replicas) {
    world.ask(Samples.create("web", Samples.spec(replicas, "v1")));
    world.settle();
    return world.livePods("web").get(0);
  }

  private Pod replacement(Pod old) {
    return world.livePods("web").stream()
        .filter(p -> !p.status().isReady() && !p.name().equals(old.name()))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void thePodServesUntilItsReplacementDoes() {
    Pod old = web(2);
    cordon(old.nodeName().orElseThrow());
    assertThat(evict(old)).isInstanceOf(Answer.Accepted.class);
    assertThat(world.pod(old.name().name()).isDeleting()).isFalse();
    Pod next = replacement(old);
    assertThat(next.nodeName()).isPresent().isNotEqualTo(old.nodeName());
    world.pass(Duration.ofSeconds(60));
    assertThat(world.pod(old.name().name()).isDeleting()).isFalse();
    world.ready(next);
    assertThat(world.pod(old.name().name()).isDeleting()).isTrue();
    world.settle();
    assertThat(world.readyPods("web")).isEqualTo(2);
    assertThat(world.podsOf("web")).hasSize(2);
  }

  @Test
  void aDeploymentLooksSettledWhileOneOfItsPodsMoves() {
    Pod old = web(2);
    evict(old);
    assertThat(world.deployment("web").status().availableReplicas()).isEqualTo(2);
    assertThat(world.deployment("web").status().updatedReplicas()).isEqualTo(2);
    world.ready(replacement(old));
    assertThat(world.deployment("web").status().availableReplicas()).isEqualTo(2);
  }

  @Test
  void aBudgetThatAllowsNoDisruptionDoesNotHinderAMove() {
    world.ask(create(budget("b", null, 0)));
    Pod old = web(2);
    assertThat(evict(old)).isInstanceOf(Answer.Accepted.class);
    world.ready(replacement(old));
    assertThat(world.pod(old.name().name()).isDeleting()).isTrue();
    assertThat(world.readyPods("web")).isEqualTo(2);
  }

  @Test
  void withoutRoomElsewhereABudgetDecides() {
    world.ask(create(budget("b", 3, null)));
    Pod old = web(3);
    List.of("n1", "n2", "n3").forEach(this::cordon);
    Answer refused = evict(old);
    assertThat(((Answer.Refused) refused).refusal().reason())
        .isEqualTo(Refusal.Reason.TOO_MANY_REQUESTS);
    world.ask(WorkloadSamples.update(budget("b", 2, null)));
    assertThat(evict(old)).isInstanceOf(Answer.Accepted.class);
    assertThat(world.pod(old.name().name()).isDeleting()).isTrue();
  }

  @Test
  void aMoveWithADeadlineEndsThereAndLeavesThePod() {
    Pod old = web(2);
    evict(old, Optional.of(60L));
    world.pass(Duration.ofSeconds(59));
    assertThat(world.pod(old.name().name()).move()).isPresent();
    world.pass(Duration.ofSeconds(1));
    assertThat(world.pod(old.name().name()).isLeaving()).isFalse();
    assertThat(world.livePods("web")).hasSize(2);
    assertThat(world.journal).anyMatch(e -> e instanceof SchedulerEvent.PodMoveEnded);
  }

  @Test
  void anEvictionWithoutADeadlineIsCarriedOutAfterAll() {
    Pod old = web(2);
    evict(old);
    world.pass(Limits.MOVE_PATIENCE);
    assertThat(world.pod(old.name().name()).isDeleting()).isTrue();
  }

  @Test
  void aReplacementThatFindsNoRoomIsNotWaitedFor() {
    Pod old = web(2);
    cordon(old.nodeName().orElseThrow());
    evict(old);
    List.of("n1", "n2", "n3").forEach(this::cordon);
    world.nodeGone(replacement(old).nodeName().orElseThrow());
    world.pass(Duration.ofSeconds(1));
    assertThat(world.pod(old.name().name()).isDeleting()).isTrue();
  }

  @Test
  void aDeploymentThatRecreatesItsPodsNeverHasOneMore() {
    world.ask(
        Samples.create("web", Samples.spec(1, Samples.podSpec("v1", 100), Samples.recreate())));
    world.settle();
    Pod old = world.livePods("web").get(0);
    evict(old);
    assertThat(world.pod(old.name().name()).isDeleting()).isTrue();
  }

  @Test
  void aNewTemplateMidwayTakesTheMoveOver() {
    Pod old = web(2);
    evict(old);
    world.ask(Samples.update("web", Samples.spec(2, "v2")));
    world.settle();
    assertThat(world.podsOf("web")).hasSize(2);
    assertThat(world.state.moving()).isEmpty();
  }

  @Test
  void scalingToNothingEndsAMoveToo() {
    Pod old = web(2);
    evict(old);
    world.ask(Samples.scale("web", 0));
    world.settle();
    assertThat(world.podsOf("web")).isEmpty();
    assertThat(world.state.moving()).isEmpty();
  }

  @Test
  void anOrphanStaysWhereItIs() {
    Pod old = web(1);
    evict(old);
    world.ask(new ClientRequest.DeleteDeployment(Samples.name("web"), Optional.empty(), true));
    world.pass(Duration.ofSeconds(1));
    assertThat(world.pod(old.name().name()).isLeaving()).isFalse();
    assertThat(world.state.moving()).isEmpty();
  }
}
