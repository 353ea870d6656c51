package io.hawser.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.model.DeploymentSpec;
import io.hawser.model.Pod;
import io.hawser.model.PodPhase;
import io.hawser.model.RolloutHints;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Rollouts that fail, and canaries. */
class RollbackTest {
  private final World world = World.withNodes(3);

  private static String image(DeploymentSpec spec) {
    return spec.template().spec().containers().get(0).image();
  }

  private static String image(Pod pod) {
    return pod.spec().containers().get(0).image();
  }

  private String current() {
    return image(world.deployment("web").spec());
  }

  private void update(String image, Map<String, String> annotations) {
    world.ask(
        new ClientRequest.UpdateDeployment(
            Samples.name("web"),
            Samples.LABELS,
            annotations,
            Samples.spec(4, image),
            Optional.empty(),
            Optional.empty()));
  }

  private void deploy(String image) {
    world.ask(Samples.create("web", Samples.spec(4, image)));
    world.settle();
  }

  /** Nodes start all but this image. */
  private void obeyWithout(String image) {
    for (Pod pod : List.copyOf(world.state.pods().values())) {
      if (pod.nodeName().isPresent() && pod.isDeleting()) {
        world.gone(pod);
      } else if (pod.nodeName().isPresent()
          && !pod.status().isReady()
          && !image(pod).equals(image)) {
        world.ready(pod);
      }
    }
  }

  @Test
  void aRolloutThatPassesItsDeadlineGoesBackToTheLastGoodTemplate() {
    deploy("good");
    update("bad", Map.of());
    obeyWithout("bad");
    world.pass(Duration.ofSeconds(601));
    assertThat(current()).as("everybody sees first that it failed").isEqualTo("bad");
    assertThat(RolloutStatus.hasTimedOut(world.deployment("web"))).isTrue();
    world.pass(Duration.ofSeconds(1));
    assertThat(current()).isEqualTo("good");
    assertThat(world.deployment("web").currentRevision().number()).isEqualTo(3);
    world.settle();
    assertThat(world.livePods("web")).hasSize(4).allMatch(p -> image(p).equals("good"));
    assertThat(world.livePods("web")).allMatch(p -> p.status().isReady());
  }

  @Test
  void whoDoesNotWantItSaysSo() {
    deploy("good");
    update("bad", Map.of(RolloutHints.ROLLS_BACK, "false"));
    obeyWithout("bad");
    world.pass(Duration.ofSeconds(601));
    world.pass(Duration.ofSeconds(60));
    assertThat(current()).isEqualTo("bad");
  }

  @Test
  void aFirstRolloutHasNothingToGoBackTo() {
    world.ask(Samples.create("web", Samples.spec(4, "bad")));
    world.pass(Duration.ofSeconds(601));
    world.pass(Duration.ofSeconds(60));
    assertThat(current()).isEqualTo("bad");
  }

  @Test
  void aCanaryWaitsAtEachStep() {
    deploy("v1");
    update("v2", Map.of(RolloutHints.CANARY_STEPS, "1,50%", RolloutHints.CANARY_SECONDS, "30"));
    world.nodesObey();
    for (int i = 0; i < 20; i++) {
      world.nodesObey();
      world.pass(Duration.ofSeconds(1));
      assertThat(count("v2")).isEqualTo(1);
      assertThat(count("v1")).isEqualTo(3);
    }
    world.pass(Duration.ofSeconds(30));
    world.nodesObey();
    world.nodesObey();
    assertThat(count("v2")).isEqualTo(2);
    world.pass(Duration.ofSeconds(31));
    world.settle();
    assertThat(count("v2")).isEqualTo(4);
    assertThat(count("v1")).isZero();
  }

  @Test
  void aStepThatIsHeldForLongerThanTheDeadlineIsNoFailure() {
    deploy("v1");
    update("v2", Map.of(RolloutHints.CANARY_STEPS, "1", RolloutHints.CANARY_SECONDS, "900"));
    world.nodesObey();
    world.nodesObey();
    assertThat(count("v2")).isEqualTo(1);
    for (int second = 0; second < 890; second += 10) {
      world.pass(Duration.ofSeconds(10));
      assertThat(current()).isEqualTo("v2");
      assertThat(count("v2")).as("held").isEqualTo(1);
    }
    world.pass(Duration.ofSeconds(20));
    world.settle();
    assertThat(count("v2")).isEqualTo(4);
  }

  @Test
  void aStepThatIsNeverReadyFailsAtTheDeadline() {
    deploy("v1");
    update("v2", Map.of(RolloutHints.CANARY_STEPS, "1", RolloutHints.CANARY_SECONDS, "900"));
    obeyWithout("v2");
    world.pass(Duration.ofSeconds(601));
    world.pass(Duration.ofSeconds(1));
    assertThat(current()).isEqualTo("v1");
  }

  @Test
  void aCanaryWhosePodEndsGoesBackAtOnce() {
    deploy("v1");
    update("v2", Map.of(RolloutHints.CANARY_STEPS, "1"));
    Pod canary =
        world.livePods("web").stream().filter(p -> image(p).equals("v2")).findFirst().orElseThrow();
    world.report(
        canary.nodeName().orElseThrow(), Samples.report(canary, Samples.ended(PodPhase.FAILED)));
    assertThat(current()).isEqualTo("v1");
    world.settle();
    assertThat(count("v1")).isEqualTo(4);
  }

  private long count(String image) {
    return world.livePods("web").stream().filter(p -> image(p).equals(image)).count();
  }
}
