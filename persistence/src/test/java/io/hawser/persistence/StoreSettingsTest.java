package io.hawser.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.ConfigFactory;
import org.junit.jupiter.api.Test;

class StoreSettingsTest {
  @Test
  void readsDefaultsAndPeers() {
    StoreSettings settings = read("dir = /data, self = n2, peers = [\"n2=10.0.0.1:7401\"]");
    assertThat(settings.isPeer()).isTrue();
    assertThat(settings.peers().get(0).port()).isEqualTo(7401);
    assertThat(settings.limits().chunkBytes()).isEqualTo(512 * 1024);
  }

  @Test
  void aNodeOutsideThePeersNeedsNoDirectory() {
    assertThat(read("self = w1, peers = [\"n1=h:1\", \"n2=h:2\"]").isPeer()).isFalse();
  }

  @Test
  void refusesWhatItCannotUseAndNamesTheSetting() {
    refused("peers = [\"n1\"]", "hawser.store.peers");
    refused("peers = [\"n1=host:0\"]", "a port from 1 to 65535");
    refused("peers = [\"n1=host:x\"]", "hawser.store.peers");
    refused("peers = [\"n1=h:1\", \"n1=h:2\"]", "every id once");
    refused("dir = /d, self = n1, peers = [\"n1=h:1\", \"n2=h:2\"]", "1, 3 or 5");
    refused("self = n1, peers = [\"n1=h:1\"]", "hawser.store.dir");
    refused("limits.chunk-bytes = 2 MiB", "hawser.store.limits.chunk-bytes");
    refused("timeouts.election-min = 20s", "hawser.store.timeouts.election-min");
  }

  private static void refused(String settings, String expected) {
    assertThatThrownBy(() -> read(settings))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(expected);
  }

  private static StoreSettings read(String settings) {
    return StoreSettings.from(
        ConfigFactory.parseString(settings)
            .withFallback(ConfigFactory.load().getConfig("hawser.store")));
  }
}
