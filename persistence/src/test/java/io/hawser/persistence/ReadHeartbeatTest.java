package io.hawser.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.ConfigFactory;
import io.hawser.persistence.StoreCommand.StoredEvent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.ActorSystem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Reads ask for a heartbeat of their own. Three peers that start together; half the shorter
 * election time-out is a regular heartbeat, which comes too late for a read.
 */
class ReadHeartbeatTest {
  private static final String SLOW_HEARTBEATS =
      """
      hawser.store.timeouts {
        election-min = 30s, election-max = 30100ms
        # Less than a heartbeat.
        read = 12s, attempt = 12s
      }
      """;

  @TempDir Path dir;
  private final List<ActorSystem> nodes = new ArrayList<>();

  @BeforeEach
  void start() {
    List<Integer> ports = StoreFixture.freePorts(3);
    for (String self : List.of("n1", "n2", "n3")) {
      nodes.add(
          ActorSystem.create(
              "store",
              ConfigFactory.parseString(SLOW_HEARTBEATS)
                  .withFallback(StoreFixture.config(dir.resolve(self), self, ports))));
    }
    await().atMost(StoreFixture.PATIENCE).until(() -> nodes.stream().anyMatch(this::leads));
  }

  private boolean leads(ActorSystem node) {
    return HawserStore.get(node).peer().map(StorePeer::isReadyLeader).orElse(false);
  }

  @AfterEach
  void stop() {
    nodes.forEach(StoreFixture::stop);
  }

  /** Nothing is written: only a heartbeat tells the others what is agreed on. */
  @Test
  void newTermIsKnownToAllAtOnce() {
    for (ActorSystem node : nodes) {
      // Asked only once this replica itself has applied what is agreed on: here, that nothing is.
      StoreBackup backup = StoreFixture.await(HawserStore.get(node).backup());
      assertThatThrownBy(backup::open).hasMessageContaining("nothing was ever written");
    }
  }

  /** The first reads meet classes that are not loaded yet, later ones a message just sent. */
  @Test
  void noReadAfterWriteMissesItsHeartbeat() {
    StoreClient client =
        HawserStore.get(nodes.stream().filter(this::leads).findFirst().orElseThrow()).client();
    for (long i = 1; i <= 1000; i++) {
      StoreFixture.await(client.append("log", List.of(new StoredEvent(i, new byte[] {1}))));
      assertThat(StoreFixture.await(client.highestSequenceNr("log"))).isEqualTo(i);
    }
  }
}
