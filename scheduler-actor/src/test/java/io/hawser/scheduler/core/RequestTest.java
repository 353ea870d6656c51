package io.hawser.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.model.ApiObject;
import io.hawser.model.DeploymentSpec;
import io.hawser.model.LabelSelector;
import io.hawser.model.ObjectMeta;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.model.PodSpec;
import io.hawser.model.Refusal.Reason;
import io.hawser.model.ReplicaLimits;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RequestTest {
  private final World world = World.withNodes(2);

  @Test
  void theFirstSchedulerMakesTheNamespacesThatAlwaysExist() {
    assertThat(world.state.namespaces().keySet()).containsExactly("default", "kube-system");
  }

  @Test
  void aStaleResourceVersionIsAConflict() {
    world.ask(Samples.create("web", Samples.spec(1, "v1")));
    long seen = world.deployment("web").meta().resourceVersion();
    world.ask(Samples.scale("web", 2));

    assertThat(
            world
                .refused(
                    new ClientRequest.ScaleDeployment(Samples.name("web"), 3, Optional.of(seen)))
                .reason())
        .isEqualTo(Reason.CONFLICT);
  }

  @Test
  void anotherUidIsAConflict() {
    world.ask(Samples.create("web", Samples.spec(1, "v1")));

    assertThat(
            world
                .refused(
                    new ClientRequest.DeleteDeployment(
                        Samples.name("web"), Optional.of("older"), false))
                .reason())
        .isEqualTo(Reason.CONFLICT);
  }

  @Test
  void whatExistsCanNotBeCreatedAgain() {
    world.ask(Samples.create("web", Samples.spec(1, "v1")));

    assertThat(world.refused(Samples.create("web", Samples.spec(1, "v1"))).reason())
        .isEqualTo(Reason.ALREADY_EXISTS);
  }

  @Test
  void whatDoesNotExistIsNotFound() {
    for (ClientRequest request :
        List.of(
            Samples.scale("x", 1),
            Samples.delete("x"),
            Samples.update("x", Samples.spec(1, "v1")),
            Samples.deletePod(Samples.name("x")),
            new ClientRequest.DeleteNode("x"),
            new ClientRequest.DeleteNamespace("x"),
            new ClientRequest.CreatePod(
                new ObjectName("x", "p"), Map.of(), Map.of(), Samples.podSpec("v1", 1)))) {
      assertThat(world.refused(request).reason()).as("%s", request).isEqualTo(Reason.NOT_FOUND);
    }
  }

  @Test
  void theSelectorCanNotBeChanged() {
    world.ask(Samples.create("web", Samples.spec(1, "v1")));
    DeploymentSpec spec = Samples.spec(1, "v1");
    DeploymentSpec other =
        new DeploymentSpec(
            spec.replicas(),
            new LabelSelector(Map.of("app", "other"), List.of()),
            spec.template(),
            spec.strategy(),
            0,
            600,
            10,
            false);

    assertThat(world.refused(Samples.update("web", other)).causes())
        .singleElement()
        .satisfies(
            c -> {
              assertThat(c.field()).isEqualTo("spec.selector");
              assertThat(c.message()).isEqualTo("field is immutable");
            });
  }

  @Test
  void theNumberOfReplicasHasBounds() {
    world.ask(Samples.create("web", Samples.spec(1, "v1")));
    for (int replicas : new int[] {-1, ReplicaLimits.SORTED + 1}) {
      assertThat(world.refused(Samples.scale("web", replicas)).causes())
          .singleElement()
          .matches(c -> c.field().equals("spec.replicas"));
    }
    PodSpec pod = Samples.podSpec("v1", 10);
    for (ApiObject tooMany :
        List.of(
            WorkloadSamples.members("s", ReplicaLimits.of("StatefulSet") + 1, pod),
            WorkloadSamples.members("s", -1, pod),
            WorkloadSamples.replicas("r", ReplicaLimits.SORTED + 1, pod),
            WorkloadSamples.job(
                "j", WorkloadSamples.jobSpec(ReplicaLimits.of("Job") + 1, null, false)))) {
      assertThat(world.refused(WorkloadSamples.create(tooMany)).causes())
          .singleElement()
          .matches(c -> c.field().startsWith("spec."));
    }
  }

  @Test
  void aTemplateThatIsTooLargeIsRefusedAndTheLargestOneIsCarriedOutInPieces() {
    PodSpec tooLarge = Samples.podSpec("v".repeat(Limits.MAX_TEMPLATE_CHARS), 10);
    PodSpec largest = Samples.podSpec("v".repeat(Limits.MAX_TEMPLATE_CHARS - 2_000), 10);
    assertThat(
            world
                .refused(Samples.create("big", Samples.spec(1, tooLarge, Samples.recreate())))
                .causes())
        .singleElement()
        .matches(c -> c.field().equals("spec.template"));

    ClientRequest create = Samples.create("ok", Samples.spec(200, largest, Samples.recreate()));
    Decision first =
        SchedulerCore.decide(world.state, new SchedulerInput.Requested(world.now, 1, create));
    world.ask(create);

    assertThat(first.unfinished()).isTrue();
    assertThat(first.events()).hasSizeLessThan(200);
    assertThat(world.podsOf("ok")).hasSize(200);
  }

  @Test
  void aRolloutThatCouldNeverMoveIsRefused() {
    DeploymentSpec stuck = Samples.spec(1, Samples.podSpec("v1", 100), Samples.rolling(0, 0));

    assertThat(world.refused(Samples.create("web", stuck)).reason()).isEqualTo(Reason.INVALID);
  }

  @Test
  void aReadyNodeCanNotBeForgottenButALostOneCan() {
    assertThat(world.refused(new ClientRequest.DeleteNode("n1")).reason())
        .isEqualTo(Reason.CONFLICT);
    world.nodeGone("n1");

    assertThat(world.ask(new ClientRequest.DeleteNode("n1"))).isInstanceOf(Answer.Accepted.class);
    assertThat(world.state.nodes()).doesNotContainKey("n1");
  }

  @Test
  void aNamespaceTakesAllThatIsInItAlong() {
    world.ask(new ClientRequest.CreateNamespace("team", Map.of(), Map.of()));
    ObjectName name = new ObjectName("team", "web");
    world.ask(new ClientRequest.CreateDeployment(name, Map.of(), Map.of(), Samples.spec(2, "v1")));
    world.ask(new ClientRequest.DeleteNamespace("team"));
    world.settle();

    assertThat(world.state.namespaces()).doesNotContainKey("team");
    assertThat(world.state.deployments()).isEmpty();
    assertThat(world.state.pods()).isEmpty();
  }

  @Test
  void theNamespacesThatAlwaysExistCanNotBeDeleted() {
    assertThat(world.refused(new ClientRequest.DeleteNamespace("default")).reason())
        .isEqualTo(Reason.FORBIDDEN);
  }

  @Test
  void anUnplacedPodIsRemovedAtOnce() {
    world.ask(Samples.createPod("big", Samples.podSpec("v1", 50_000)));
    world.ask(Samples.deletePod(Samples.name("big")));

    assertThat(world.state.pods()).isEmpty();
  }

  @Test
  void aSecondDeletionMayOnlyShortenTheGrace() {
    world.ask(Samples.createPod("p", Samples.podSpec("v1", 100)));
    world.ask(deleteWithin(20));
    world.ask(deleteWithin(25));
    assertThat(grace()).isEqualTo(20);
    world.ask(deleteWithin(0));
    assertThat(grace()).isZero();
  }

  @Test
  void aDeletedPodOfADeploymentIsReplacedAtOnce() {
    world.ask(Samples.create("web", Samples.spec(2, "v1")));
    Pod pod = world.livePods("web").get(0);

    world.ask(Samples.deletePod(pod.name()));

    assertThat(world.livePods("web")).hasSize(2).doesNotContain(pod);
  }

  @Test
  void whatWasAskedForAlreadyIsAcceptedWithoutAnEvent() {
    world.ask(Samples.create("web", Samples.spec(2, "v1")));
    long revision = world.state.revision();

    Answer answer = world.ask(Samples.scale("web", 2));

    assertThat(answer)
        .isEqualTo(new Answer.Accepted(revision, world.deployment("web").meta().uid()));
  }

  private static ClientRequest deleteWithin(long seconds) {
    return new ClientRequest.DeletePod(
        Samples.name("p"), Optional.of(seconds), Optional.empty(), false);
  }

  private long grace() {
    return world.pod("p").deletion().orElseThrow().graceSeconds();
  }

  @Test
  void whoOwnsAPodsFieldsIsNotToldToItsNode() {
    World world = World.withNodes(1);
    Map<String, String> annotations = Map.of("a", "b", ObjectMeta.MANAGED_FIELDS, "[]");
    world.ask(
        new ClientRequest.CreatePod(
            Samples.name("p"), Map.of(), annotations, Samples.podSpec("v1", 100)));

    assertThat(Assignments.of(world.state, "n1"))
        .singleElement()
        .satisfies(pod -> assertThat(pod.annotations()).isEqualTo(Map.of("a", "b")));
  }
}
