package io.hawser.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.state.ClusterSnapshot;
import io.hawser.cluster.state.ClusterState;
import io.hawser.model.ConfigMap;
import io.hawser.model.ObjectMeta;
import io.hawser.model.Refusal;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** All objects together have a bound, or users could fill the controllers' heaps. */
class StateBoundTest {
  private static final int KIB = 1 << 10;

  private final World world = World.withNodes(3);

  @BeforeEach
  void leaveRoom() {
    leaveRoom(100 * KIB);
  }

  private void leaveRoom(long chars) {
    world.limits = new DecisionLimits(Limits.MAX_PODS_PER_DECISION, world.state.chars() + chars);
  }

  private static ConfigMap map(String name, int chars) {
    ObjectMeta meta = new ObjectMeta("default", name, "", 0, 0, Instant.EPOCH, Map.of(), Map.of());
    return new ConfigMap(meta, Map.of("data", "x".repeat(chars)), Map.of(), false);
  }

  private static ClientRequest create(String name, int chars) {
    return new ClientRequest.CreateObject(map(name, chars));
  }

  private static ClientRequest update(String name, int chars) {
    return new ClientRequest.UpdateObject(map(name, chars), Optional.empty(), Optional.empty());
  }

  private void accepted(ClientRequest request) {
    assertThat(world.ask(request)).isInstanceOf(Answer.Accepted.class);
  }

  private void isFull(ClientRequest request) {
    Refusal refusal = world.refused(request);
    assertThat(refusal.reason()).isEqualTo(Refusal.Reason.INSUFFICIENT_STORAGE);
    assertThat(refusal.message()).contains("KiB", "hawser.scheduler.state-bytes");
  }

  @Test
  void whatWouldBeTooMuchIsRefusedUntilSomethingIsDeleted() {
    accepted(create("a", 60 * KIB));
    isFull(create("b", 60 * KIB));
    isFull(update("a", 120 * KIB));
    accepted(create("c", 20 * KIB));
    accepted(new ClientRequest.DeleteObject(map("a", 0).key(), Optional.empty(), false));
    accepted(create("b", 60 * KIB));
  }

  /** After a smaller heap, or an older version without a bound. */
  @Test
  void whatIsTooMuchAlreadyMayBecomeLess() {
    accepted(create("a", 60 * KIB));
    leaveRoom(-10 * KIB);
    isFull(create("b", 1));
    isFull(update("a", 61 * KIB));
    accepted(update("a", 59 * KIB));
    accepted(new ClientRequest.DeleteObject(map("a", 0).key(), Optional.empty(), false));
  }

  @Test
  void deploymentAndItsPodsCount() {
    isFull(
        new ClientRequest.CreateDeployment(
            Samples.name("long"),
            Map.of(),
            Map.of("note", "x".repeat(101 * KIB)),
            Samples.spec(1, "v1")));
    accepted(Samples.create("web", Samples.spec(0, "v1")));
    leaveRoom(2 * ClusterState.POD_CHARS + 100);

    world.ask(Samples.scale("web", 4));
    world.settle();
    assertThat(world.livePods("web")).hasSize(2);
    assertThat(world.state.events()).anyMatch(e -> e.message().contains("state-bytes"));
    isFull(Samples.createPod("p", Samples.podSpec("x".repeat(100), 100)));

    leaveRoom(100 * KIB);
    world.pass(Duration.ofSeconds(1));
    world.settle();
    assertThat(world.livePods("web")).hasSize(4);
  }

  @Test
  void isTheSameForAStateThatWasReadBack() {
    accepted(create("a", 30 * KIB));
    accepted(create("b", 30 * KIB));
    accepted(update("b", 10 * KIB));
    accepted(Samples.create("web", Samples.spec(2, "v1")));
    accepted(Samples.create("gone", Samples.spec(2, "v1")));
    accepted(Samples.update("web", Samples.spec(3, "v2")));
    accepted(Samples.delete("gone"));
    accepted(Samples.createPod("own", Samples.podSpec("v1", 100)));
    accepted(Samples.createPod("gone", Samples.podSpec("v1", 100)));
    accepted(Samples.deletePod(Samples.name("gone")));
    world.settle();

    ClusterState read = ClusterSnapshot.of(world.state).toState();
    assertThat(world.state.chars()).isGreaterThan(40 * KIB).isEqualTo(read.chars());
    assertThat(world.state.otherChars()).isPositive();
  }
}
