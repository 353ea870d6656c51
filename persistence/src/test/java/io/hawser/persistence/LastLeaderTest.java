package io.hawser.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.ActorSystem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A leader that stops when all others have stopped, as in the stop of a whole cluster. */
class LastLeaderTest {
  /** It stays the leader for so long without the others. */
  private static final String ELECTIONS =
      "hawser.store.timeouts { election-min = 10s, election-max = 14s }";

  @TempDir Path dir;
  private final List<ActorSystem> nodes = new ArrayList<>();

  @AfterEach
  void stopAll() {
    nodes.forEach(StoreFixture::stop);
  }

  @Test
  void doesNotWaitForPeersThatAreGone() {
    List<Integer> ports = StoreFixture.freePorts(3);
    for (String name : List.of("n1", "n2", "n3")) {
      nodes.add(
          ActorSystem.create(
              name,
              ConfigFactory.parseString(ELECTIONS)
                  .withFallback(StoreFixture.config(dir.resolve(name), name, ports))));
    }
    await().atMost(StoreFixture.PATIENCE).until(() -> nodes.stream().anyMatch(this::leads));
    // A leader that has committed nothing hands nothing over, and says so at once.
    await()
        .atMost(StoreFixture.PATIENCE)
        .until(() -> nodes.stream().allMatch(n -> HawserStore.get(n).appliedIndex() >= 0));
    ActorSystem leader = nodes.stream().filter(this::leads).findAny().orElseThrow();
    nodes.stream().filter(n -> n != leader).forEach(ActorSystem::terminate);
    nodes.stream().filter(n -> n != leader).forEach(n -> StoreFixture.await(n.getWhenTerminated()));

    boolean handedOver =
        HawserStore.get(leader).peer().orElseThrow().transferLeadership(Duration.ofMinutes(1));

    assertThat(handedOver).isFalse();
    assertThat(leads(leader)).isTrue();
  }

  private boolean leads(ActorSystem node) {
    return HawserStore.get(node).isLeader();
  }
}
