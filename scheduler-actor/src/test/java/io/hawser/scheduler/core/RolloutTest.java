package io.hawser.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.model.Condition;
import io.hawser.model.Deployment;
import io.hawser.model.DeploymentSpec;
import io.hawser.model.DeploymentSpec.Strategy;
import io.hawser.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class RolloutTest {
  private final World world = World.withNodes(3);

  @Test
  void aNewDeploymentGetsItsPodsPlacedInTheSameDecision() {
    world.ask(Samples.create("web", Samples.spec(6, "v1")));

    assertThat(world.podsOf("web")).hasSize(6).allMatch(p -> p.nodeName().isPresent());
    assertThat(world.podsOf("web")).allMatch(p -> p.meta().name().matches("web-.{10}-.{5}"));
  }

  @Test
  void podsAreSpreadEvenlyOverTheNodes() {
    world.ask(Samples.create("web", Samples.spec(6, "v1")));

    for (String node : List.of("n1", "n2", "n3")) {
      assertThat(world.state.podsOn(node)).hasSize(2);
    }
  }

  @Test
  void theAnswerNamesTheRevisionThatHoldsAllOfIt() {
    Answer answer = world.ask(Samples.create("web", Samples.spec(6, "v1")));

    assertThat(answer)
        .isEqualTo(
            new Answer.Accepted(world.state.revision(), world.deployment("web").meta().uid()));
  }

  @Test
  void aRolloutEndsWithNewPodsOnlyAndSaysSo() {
    world.ask(Samples.create("web", Samples.spec(4, "v1")));
    world.settle();
    world.ask(Samples.update("web", Samples.spec(4, "v2")));
    assertThat(progressing().reason()).isEqualTo("NewReplicaSetCreated");

    world.settle();

    assertThat(world.podsOf("web"))
        .hasSize(4)
        .allMatch(p -> p.spec().containers().get(0).image().equals("v2"));
    assertThat(progressing().reason()).isEqualTo("NewReplicaSetAvailable");
    assertThat(world.deployment("web").status().updatedReplicas()).isEqualTo(4);
  }

  @Test
  void withSurgeOneAndNothingUnavailableOneNewPodComesFirst() {
    Strategy strategy = Samples.rolling(1, 0);
    world.ask(Samples.create("web", Samples.spec(3, Samples.podSpec("v1", 100), strategy)));
    world.settle();

    world.ask(Samples.update("web", Samples.spec(3, Samples.podSpec("v2", 100), strategy)));

    assertThat(world.livePods("web")).hasSize(4);
    assertThat(world.readyPods("web")).isEqualTo(3);
  }

  @Test
  void unreadyOldPodsGoFirst() {
    Strategy strategy = Samples.rolling(0, 1);
    world.ask(Samples.create("web", Samples.spec(3, Samples.podSpec("v1", 100), strategy)));
    List<Pod> pods = world.livePods("web");
    world.ready(pods.get(0));
    world.ready(pods.get(2));

    world.ask(Samples.update("web", Samples.spec(3, Samples.podSpec("v2", 100), strategy)));

    assertThat(world.state.pods().get(pods.get(1).name()).isDeleting()).isTrue();
    assertThat(world.readyPods("web")).isEqualTo(2);
  }

  @Test
  void recreateStartsNothingNewBeforeAllThatIsOldIsGone() {
    world.ask(
        Samples.create("web", Samples.spec(3, Samples.podSpec("v1", 100), Samples.recreate())));
    world.settle();
    List<Pod> old = world.livePods("web");

    world.ask(
        Samples.update("web", Samples.spec(3, Samples.podSpec("v2", 100), Samples.recreate())));
    world.gone(old.get(0));
    world.gone(old.get(1));
    assertThat(world.livePods("web")).isEmpty();
    world.gone(old.get(2));

    assertThat(world.livePods("web")).hasSize(3);
  }

  @Test
  void aRollbackMakesTheOldTemplateCurrentUnderANewNumber() {
    world.ask(Samples.create("web", Samples.spec(2, "v1")));
    String firstHash = world.deployment("web").currentRevision().templateHash();
    world.ask(Samples.update("web", Samples.spec(2, "v2")));

    world.ask(Samples.update("web", Samples.spec(2, "v1")));

    Deployment web = world.deployment("web");
    assertThat(web.currentRevision().number()).isEqualTo(3);
    assertThat(web.currentRevision().templateHash()).isEqualTo(firstHash);
    assertThat(web.revisions()).extracting(Deployment.Revision::number).containsExactly(2L, 3L);
  }

  @Test
  void theHistoryKeepsNoMoreRevisionsThanAskedFor() {
    world.ask(Samples.create("web", Samples.spec(1, "v0")));
    for (int i = 1; i < 20; i++) {
      world.ask(Samples.update("web", Samples.spec(1, "v" + i)));
      world.settle();
    }

    assertThat(world.deployment("web").revisions()).hasSize(11);
  }

  @Test
  void aPausedDeploymentScalesButDoesNotRoll() {
    DeploymentSpec paused = Samples.paused(Samples.spec(3, "v2"), true);
    world.ask(Samples.create("web", Samples.spec(3, "v1")));
    world.settle();
    world.ask(Samples.update("web", paused));
    world.ask(Samples.scale("web", 5));
    world.settle();

    assertThat(images()).isEqualTo(Set.of("v1"));
    assertThat(world.livePods("web")).hasSize(5);
    assertThat(progressing().reason()).isEqualTo("DeploymentPaused");

    world.ask(Samples.update("web", Samples.spec(5, "v2")));
    world.settle();
    assertThat(images()).isEqualTo(Set.of("v2"));
    assertThat(progressing().reason()).isEqualTo("NewReplicaSetAvailable");
  }

  @Test
  void aRolloutThatStandsStillTooLongIsReportedAsFailed() {
    world.ask(Samples.create("web", Samples.spec(2, "v1")));
    world.pass(Duration.ofSeconds(DeploymentSpec.DEFAULT_PROGRESS_DEADLINE_SECONDS + 1));

    assertThat(progressing().status()).isEqualTo("False");
    assertThat(progressing().reason()).isEqualTo("ProgressDeadlineExceeded");
  }

  @Test
  void aPodIsAvailableOnlyAfterItWasReadyLongEnough() {
    world.ask(Samples.create("web", Samples.minReady(Samples.spec(1, "v1"), 5)));
    world.nodesObey();
    assertThat(world.deployment("web").status().readyReplicas()).isEqualTo(1);
    assertThat(world.deployment("web").status().availableReplicas()).isZero();

    world.pass(Duration.ofSeconds(5));

    assertThat(world.deployment("web").status().availableReplicas()).isEqualTo(1);
  }

  @Test
  void aNodeWhoseClockIsAheadHoldsNoRolloutUp() {
    world.ask(Samples.create("web", Samples.minReady(Samples.spec(1, "v1"), 5)));
    Pod pod = world.livePods("web").get(0);
    Instant ahead = world.now.plus(Duration.ofHours(1));
    for (int i = 0; i < 2; i++) {
      world.report(pod.nodeName().orElseThrow(), Samples.report(pod, Samples.running(ahead)));
      world.pass(Duration.ofSeconds(3));
    }

    assertThat(world.deployment("web").status().availableReplicas()).isEqualTo(1);
  }

  @Test
  void scalingDownTakesUnplacedThenUnreadyThenFromTheFullestNode() {
    world.ask(Samples.create("web", Samples.spec(6, "v1")));
    List<Pod> pods = world.livePods("web");
    pods.stream().skip(1).forEach(world::ready);

    world.ask(Samples.scale("web", 3));

    assertThat(world.livePods("web")).hasSize(3).doesNotContain(pods.get(0));
    assertThat(world.livePods("web").stream().map(Pod::nodeName).distinct()).hasSize(3);
  }

  @Test
  void aFailedPodIsReplacedButNotInAStorm() {
    world.ask(Samples.create("web", Samples.spec(1, "v1")));
    Pod first = world.livePods("web").get(0);
    world.failed(first);
    assertThat(world.livePods("web")).isEmpty();

    world.pass(Limits.FAILED_POD_REPLACE_DELAY);

    assertThat(world.livePods("web")).hasSize(1);
    assertThat(world.state.pods().get(first.name()).isDeleting()).isTrue();
  }

  @Test
  void applyingTheSameSpecAgainChangesNothing() {
    world.ask(Samples.create("web", Samples.spec(3, "v1")));
    world.settle();
    long revision = world.state.revision();

    Answer answer = world.ask(Samples.update("web", Samples.spec(3, "v1")));

    assertThat(answer)
        .isEqualTo(new Answer.Accepted(revision, world.deployment("web").meta().uid()));
    assertThat(world.state.revision()).isEqualTo(revision);
  }

  @Test
  void aDeletedDeploymentTakesItsPodsAlong() {
    world.ask(Samples.create("web", Samples.spec(3, "v1")));
    world.ask(Samples.delete("web"));
    assertThat(world.state.deployments()).isEmpty();
    assertThat(world.state.pods().values()).hasSize(3).allMatch(Pod::isDeleting);

    world.nodesObey();

    assertThat(world.state.pods()).isEmpty();
  }

  @Test
  void anOrphanedPodStaysAndBelongsToNobody() {
    world.ask(Samples.create("web", Samples.spec(1, "v1")));
    world.ask(new ClientRequest.DeleteDeployment(Samples.name("web"), Optional.empty(), true));

    assertThat(world.state.pods().values())
        .singleElement()
        .matches(p -> p.owner().isEmpty() && !p.isDeleting());
  }

  private Condition progressing() {
    return world.deployment("web").status().conditions().stream()
        .filter(c -> c.type().equals("Progressing"))
        .findFirst()
        .orElseThrow();
  }

  private Set<String> images() {
    return world.livePods("web").stream()
        .map(p -> p.spec().containers().get(0).image())
        .collect(Collectors.toSet());
  }
}
