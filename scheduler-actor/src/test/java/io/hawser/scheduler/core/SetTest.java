package io.hawser.scheduler.core;

import static io.hawser.scheduler.core.WorkloadSamples.budget;
import static io.hawser.scheduler.core.WorkloadSamples.create;
import static io.hawser.scheduler.core.WorkloadSamples.daemon;
import static io.hawser.scheduler.core.WorkloadSamples.live;
import static io.hawser.scheduler.core.WorkloadSamples.pods;
import static io.hawser.scheduler.core.WorkloadSamples.stateful;
import static io.hawser.scheduler.core.WorkloadSamples.update;
import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.model.DaemonSet;
import io.hawser.model.DeploymentSpec.Amount;
import io.hawser.model.LabelSelector;
import io.hawser.model.Pod;
import io.hawser.model.PodDisruptionBudget;
import io.hawser.model.PodTemplate;
import io.hawser.model.Refusal.Reason;
import io.hawser.model.ReplicaSet;
import io.hawser.model.Scheduling;
import io.hawser.model.Scheduling.NodeAffinity;
import io.hawser.model.Scheduling.NodeOperator;
import io.hawser.model.Scheduling.NodeRequirement;
import io.hawser.model.Scheduling.NodeTerm;
import io.hawser.model.StatefulSet;
import io.hawser.model.Taint;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Daemon sets, stateful sets and disruption budgets. */
class SetTest {
  private final World world = World.withNodes(3);

  private static Set<String> nodes(List<Pod> pods) {
    return pods.stream().map(p -> p.nodeName().orElse("?")).collect(Collectors.toSet());
  }

  private static List<String> names(List<Pod> pods) {
    return pods.stream().map(p -> p.meta().name()).toList();
  }

  private static String image(Pod pod) {
    return pod.spec().containers().get(0).image();
  }

  private List<Pod> daemons() {
    return live(world, "DaemonSet", "d");
  }

  private List<Pod> members() {
    return live(world, "StatefulSet", "s");
  }

  private StatefulSet set() {
    return world.state.objects().find(StatefulSet.class, Samples.name("s")).orElseThrow();
  }

  private void taint(String node, boolean cordon, Taint... taints) {
    world.ask(
        new ClientRequest.UpdateNode(
            node,
            world.state.nodes().get(node).meta().labels(),
            Map.of(),
            cordon,
            List.of(taints),
            Optional.empty()));
  }

  @Test
  void aReplicaSetOfItsOwnKeepsItsNumber() {
    ReplicaSet set =
        new ReplicaSet(
            WorkloadSamples.meta("r"),
            new ReplicaSet.Spec(
                3, new LabelSelector(Samples.LABELS, List.of()), WorkloadSamples.template("v1"), 0),
            ReplicaSet.Status.NONE);
    world.ask(create(set));
    world.settle();
    assertThat(live(world, "ReplicaSet", "r")).hasSize(3);
    world.nodeGone("n1");
    world.settle();
    assertThat(live(world, "ReplicaSet", "r")).as("a lost node's are replaced").hasSize(3);
    world.ask(update(set.withReplicas(1)));
    world.settle();
    assertThat(live(world, "ReplicaSet", "r")).hasSize(1);
    assertThat(
            world.state.objects().find(ReplicaSet.class, Samples.name("r")).get().status().ready())
        .isEqualTo(1);
    world.failed(live(world, "ReplicaSet", "r").get(0));
    world.pass(Duration.ofSeconds(20));
    world.settle();
    assertThat(live(world, "ReplicaSet", "r")).as("a failed one is replaced").hasSize(1);
  }

  @Test
  void aDaemonSetRunsOnlyWhereItsRequiredAffinityAllows() {
    DaemonSet plain = daemon("d", "v1", 1);
    NodeTerm term =
        new NodeTerm(
            List.of(),
            List.of(
                new NodeRequirement(Scheduling.NODE_NAME, NodeOperator.IN, List.of("n1", "n3"))));
    Scheduling old = plain.spec().template().spec().scheduling();
    Scheduling scheduling =
        new Scheduling(
            new NodeAffinity(List.of(term), List.of()),
            old.podAffinity(),
            old.podAntiAffinity(),
            old.topologySpread(),
            old.priority(),
            old.priorityClassName(),
            old.preemptionPolicy());
    PodTemplate template =
        new PodTemplate(
            plain.spec().template().labels(),
            Map.of(),
            plain.spec().template().spec().withScheduling(scheduling));
    world.ask(
        create(
            new DaemonSet(
                plain.meta(),
                new DaemonSet.Spec(plain.spec().selector(), template, false, Amount.of(1), 0, 10),
                List.of(),
                DaemonSet.Status.NONE)));
    world.settle();
    assertThat(nodes(daemons())).containsExactlyInAnyOrder("n1", "n3");
  }

  @Test
  void everyNodeHasOnePodAlsoANewOneAndACordonedOne() {
    taint("n2", true);
    world.ask(create(daemon("d", "v1", 1)));
    world.settle();
    assertThat(nodes(daemons())).containsExactlyInAnyOrder("n1", "n2", "n3");
    world.register("n4");
    world.settle();
    assertThat(nodes(daemons())).containsExactlyInAnyOrder("n1", "n2", "n3", "n4");
    world.nodeGone("n1");
    world.settle();
    assertThat(nodes(daemons())).containsExactlyInAnyOrder("n2", "n3", "n4");
    DaemonSet.Status status = world.state.objects().all(DaemonSet.class).iterator().next().status();
    assertThat(status.desired()).isEqualTo(3);
    assertThat(status.available()).isEqualTo(3);
  }

  @Test
  void aTaintTakesThePodAwayAndItsEndBringsOneBack() {
    world.ask(create(daemon("d", "v1", 1)));
    world.settle();
    taint("n2", false, new Taint("gpu", "", Taint.Effect.NO_SCHEDULE));
    world.settle();
    assertThat(nodes(daemons())).containsExactlyInAnyOrder("n1", "n3");
    taint("n2", false);
    world.settle();
    assertThat(nodes(daemons())).hasSize(3);
  }

  @Test
  void anUpdateOfADaemonSetNeverTakesDownMoreThanAllowed() {
    world.ask(create(daemon("d", "v1", 1)));
    world.settle();
    world.ask(update(daemon("d", "v2", 1)));
    for (int i = 0; i < 30 && daemons().stream().anyMatch(p -> image(p).equals("v1")); i++) {
      long ready = daemons().stream().filter(p -> p.status().isReady()).count();
      assertThat(ready).isGreaterThanOrEqualTo(2);
      world.nodesObey();
      world.pass(Duration.ofSeconds(1));
    }
    world.settle();
    assertThat(daemons()).hasSize(3).allMatch(p -> image(p).equals("v2"));
  }

  @Test
  void membersComeOneAfterAnotherAndGoInReverse() {
    world.ask(create(stateful("s", "v1", 3, false, 0)));
    assertThat(names(members())).containsExactly("s-0");
    assertThat(members().get(0).spec().hostname()).contains("s-0");
    world.nodesObey();
    assertThat(names(members())).containsExactly("s-0", "s-1");
    world.settle();
    assertThat(names(members())).containsExactly("s-0", "s-1", "s-2");
    world.ask(update(stateful("s", "v1", 1, false, 0)));
    assertThat(names(members())).containsExactly("s-0", "s-1");
    world.settle();
    assertThat(names(pods(world, "StatefulSet", "s"))).containsExactly("s-0");
  }

  @Test
  void parallelMembersComeAtOnce() {
    world.ask(create(stateful("s", "v1", 3, true, 0)));
    assertThat(names(members())).containsExactly("s-0", "s-1", "s-2");
  }

  @Test
  void anUpdateGoesFromTheLastToThePartitionOneReadyPodAtATime() {
    world.ask(create(stateful("s", "v1", 3, false, 0)));
    world.settle();
    world.ask(update(stateful("s", "v2", 3, false, 1)));
    assertThat(names(members())).containsExactly("s-0", "s-1");
    for (int i = 0; i < 20; i++) {
      assertThat(members().stream().filter(p -> p.status().isReady()).count())
          .isGreaterThanOrEqualTo(2);
      world.nodesObey();
      world.pass(Duration.ofSeconds(1));
    }
    assertThat(members()).extracting(SetTest::image).containsExactly("v1", "v2", "v2");
    Pod kept = members().get(0);
    world.ask(Samples.deletePod(kept.name()));
    world.settle();
    assertThat(image(members().get(0))).as("below the partition").isEqualTo("v1");
    world.ask(update(stateful("s", "v2", 3, false, 0)));
    world.settle();
    assertThat(members()).extracting(SetTest::image).containsOnly("v2");
    assertThat(set().status().stableHash()).isEqualTo(set().currentRevision().templateHash());
  }

  @Test
  void aNewTemplateMendsAnUpdateThatIsStuck() {
    world.ask(create(stateful("s", "broken", 2, false, 0)));
    assertThat(names(members())).containsExactly("s-0");
    world.ask(update(stateful("s", "good", 2, false, 0)));
    world.gone(world.pod("s-0"));
    assertThat(image(world.pod("s-0"))).isEqualTo("good");
  }

  @Test
  void aLostNodesMembersAreMadeAnewOnlyOnceTheyMustHaveStopped() {
    world.ask(create(stateful("s", "v1", 2, false, 0)));
    world.settle();
    Pod first = world.pod("s-0");
    world.nodeGone(first.nodeName().orElseThrow());
    assertThat(world.pod("s-0").uid()).isEqualTo(first.uid());
    assertThat(world.pod("s-0").status().isReady()).isFalse();
    world.pass(Limits.FENCE_BOUND.minusSeconds(1));
    assertThat(world.pod("s-0").uid()).isEqualTo(first.uid());
    world.pass(Duration.ofSeconds(1));
    world.settle();
    assertThat(world.pod("s-0").uid()).isNotEqualTo(first.uid());
    assertThat(world.pod("s-0").status().isReady()).isTrue();
  }

  @Test
  void forgettingALostNodeFreesItsMembersAtOnce() {
    world.ask(create(stateful("s", "v1", 1, false, 0)));
    world.settle();
    Pod first = world.pod("s-0");
    String node = first.nodeName().orElseThrow();
    world.nodeGone(node);
    world.ask(new ClientRequest.DeleteNode(node));
    world.settle();
    assertThat(world.pod("s-0").uid()).isNotEqualTo(first.uid());
  }

  private Answer evict(Pod pod) {
    return world.ask(
        new ClientRequest.DeletePod(pod.name(), Optional.empty(), Optional.empty(), true));
  }

  @Test
  void aBudgetAllowsEvictionsOnlyWhileEnoughPodsAreHealthy() {
    world.ask(create(budget("b", 2, null)));
    // Nothing is made before the old pod is gone: an eviction can't be a move.
    world.ask(
        Samples.create("web", Samples.spec(3, Samples.podSpec("v1", 100), Samples.recreate())));
    world.settle();
    PodDisruptionBudget stored =
        world.state.objects().all(PodDisruptionBudget.class).iterator().next();
    assertThat(stored.status().allowed()).isEqualTo(1);
    List<Pod> pods = world.livePods("web");
    assertThat(evict(pods.get(0))).isInstanceOf(Answer.Accepted.class);
    Answer second = evict(pods.get(1));
    assertThat(((Answer.Refused) second).refusal().reason()).isEqualTo(Reason.TOO_MANY_REQUESTS);
    world.settle();
    assertThat(evict(world.livePods("web").get(0))).isInstanceOf(Answer.Accepted.class);
  }

  @Test
  void aPodThatIsNotReadyMayAlwaysBeEvicted() {
    world.ask(create(budget("b", null, 0)));
    world.ask(Samples.create("web", Samples.spec(1, "v1")));
    assertThat(evict(world.livePods("web").get(0))).isInstanceOf(Answer.Accepted.class);
  }
}
