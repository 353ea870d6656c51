package io.hawser.cluster.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.hawser.cluster.ClusterConfig;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class StartTolerantDetectorTest {
  private long now;

  private StartTolerantDetector detector() {
    return new StartTolerantDetector(
        config(
            "heartbeat-interval = 1s, acceptable-heartbeat-pause = 2s, start = 5s, start-pause = 5s"),
        () -> now);
  }

  private static Config config(String text) {
    return ConfigFactory.parseString(text);
  }

  private void after(double seconds) {
    now += (long) (seconds * 1e9);
  }

  @Test
  void nobodyIsMissedBeforeTheFirstHeartbeat() {
    StartTolerantDetector detector = detector();
    after(100);
    assertThat(detector.isMonitoring()).isFalse();
    assertThat(detector.isAvailable()).isTrue();
  }

  @Test
  void memberThatHasBegunIsLostAfterIntervalAndPause() {
    StartTolerantDetector detector = detector();
    detector.heartbeat();
    after(5);
    detector.heartbeat();
    after(3);
    assertThat(detector.isAvailable()).isTrue();
    after(0.01);
    assertThat(detector.isAvailable()).isFalse();
    detector.heartbeat();
    assertThat(detector.isAvailable()).isTrue();
  }

  @Test
  void memberThatHasJustBegunMayStandStillForLonger() {
    StartTolerantDetector detector = detector();
    detector.heartbeat();
    after(4.9);
    detector.heartbeat();
    after(6);
    assertThat(detector.isAvailable()).isTrue();
    after(0.01);
    assertThat(detector.isAvailable()).isFalse();
  }

  @Test
  void settingsOfTheClusterAreAccepted() {
    Config settings =
        ClusterConfig.load(ConfigFactory.empty()).getConfig("pekko.cluster.failure-detector");
    StartTolerantDetector detector = new StartTolerantDetector(settings, () -> now);
    detector.heartbeat();
    after(Duration.ofMinutes(1).toSeconds());
    assertThat(detector.isAvailable()).isFalse();
    assertThatThrownBy(
            () -> new StartTolerantDetector(config("start = 0s").withFallback(settings), () -> now))
        .hasMessageContaining("start must be more than 0");
  }
}
