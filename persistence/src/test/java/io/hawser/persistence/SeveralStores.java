package io.hawser.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.ConfigFactory;
import io.hawser.persistence.StoreCommand.StoredEvent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.apache.pekko.actor.ActorSystem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** Up to four peers of one store, {@code n1} to {@code n4}, and what tests do with them. */
abstract class SeveralStores {
  static final String PID = "p";

  @TempDir Path dir;
  final List<Integer> ports = StoreFixture.freePorts(4);
  final Map<String, ActorSystem> nodes = new HashMap<>();
  long written;

  @AfterEach
  void stopAll() {
    nodes.values().forEach(StoreFixture::stop);
  }

  final void found(String self) {
    start(self, "hawser.store { self = %s, peers = [\"%s=%s\"] }", self, self, address(self));
  }

  final void join(String self) {
    start(self);
    await().atMost(StoreFixture.PATIENCE).until(() -> store(self).isPeerRunning());
  }

  final void start(String self) {
    String founder = "n1=" + address("n1");
    String config =
        "hawser.store { self = %s, peers = [\"%s\"], address = \"%s\" }"
            .formatted(self, founder, address(self));
    nodes.put(
        self,
        ActorSystem.create(
            "store",
            ConfigFactory.parseString(config)
                .withFallback(StoreFixture.config(dir.resolve(self), self, List.of(1)))));
  }

  final void start(String self, String config, Object... values) {
    nodes.put(
        self,
        ActorSystem.create(
            "store",
            ConfigFactory.parseString(config.formatted(values))
                .withFallback(StoreFixture.config(dir.resolve(self), self, List.of(1)))));
    StoreFixture.await(store(self).ready());
  }

  /** As after a loss of power; the configuration is the one from the first day. */
  final void restartAll() {
    List<String> names = new ArrayList<>(nodes.keySet());
    nodes.values().forEach(StoreFixture::stop);
    names.forEach(this::join);
    names.forEach(name -> StoreFixture.await(store(name).ready()));
  }

  final String address(String self) {
    return "127.0.0.1:" + ports.get(Integer.parseInt(self.substring(1)) - 1);
  }

  final HawserStore store(String self) {
    return HawserStore.get(nodes.get(self));
  }

  final StoreMembers members(String self) {
    return StoreFixture.await(store(self).members());
  }

  final StoreBackup backup(String self) {
    return StoreFixture.await(store(self).backup());
  }

  final void append(String self, long sequenceNr) {
    append(self, sequenceNr, 100);
  }

  final void append(String self, long sequenceNr, int bytes) {
    StoreFixture.await(
        store(self).client().append(PID, List.of(new StoredEvent(sequenceNr, new byte[bytes]))));
  }

  final void write(String self, int events) {
    for (int i = 0; i < events; i++) {
      append(self, ++written);
    }
  }

  final void awaitApplied(String self) {
    long leaders = store("n1").peer().orElseThrow().appliedIndex();
    await()
        .atMost(StoreFixture.PATIENCE)
        .until(() -> store(self).peer().orElseThrow().appliedIndex() >= leaders);
  }

  final List<Long> events(String self) {
    return StoreFixture.await(store(self).client().events(PID, 1, Long.MAX_VALUE, 1000)).stream()
        .map(StoredEvent::sequenceNr)
        .toList();
  }

  final void assertHoldsEverything(String self) {
    assertThat(events(self))
        .containsExactlyElementsOf(LongStream.rangeClosed(1, written).boxed().toList());
  }
}
