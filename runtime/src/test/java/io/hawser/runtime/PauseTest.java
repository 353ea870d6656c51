package io.hawser.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("kernel")
class PauseTest {
  private static final String COUNTING =
      "(while :; do echo child; sleep 0.01; done) & while :; do echo parent; sleep 0.01; done";

  private static TestNode node;

  @BeforeAll
  static void open() {
    node = TestNode.open();
  }

  @AfterAll
  static void close() {
    node.close();
  }

  private static Container counting(String pod) {
    node.sandbox(pod);
    Container container = node.runtime.start(TestNode.spec(pod, "main", "sh", "-c", COUNTING));
    await().until(() -> TestNode.log(container).contains("child"));
    return container;
  }

  @Test
  void pausedContainerGetsNoProcessorTimeUntilThawed() throws Exception {
    Container container = counting("pause");
    container.pause();
    container.pause(); // once more: fine
    assertThat(container.isPaused()).isTrue();
    long used = container.usage().cpuNanos();
    String log = TestNode.log(container);
    // Another container's work passes the time.
    node.output(TestNode.spec("other", "main", "sleep", "0.3"));
    assertThat(container.usage().cpuNanos()).isEqualTo(used);
    assertThat(TestNode.log(container).length() - log.length()).isLessThan(4096); // in the pipe
    assertThatThrownBy(() -> container.exec(new ExecSpec(List.of("true"), false, false)))
        .hasMessageContaining("is paused");
    String paused = TestNode.log(container);
    container.thaw();
    container.thaw();
    assertThat(container.isPaused()).isFalse();
    await().until(() -> TestNode.log(container).length() > paused.length());
    TestNode.await(container.stop(Duration.ZERO));
    container.remove();
  }

  @Test
  void pausedContainerIsStoppedKilledAndRemovedAllTheSame() {
    Container stopped = counting("stop");
    stopped.pause();
    assertThat(TestNode.await(stopped.stop(Duration.ofMillis(100))).signal()).isPositive();
    Container removed = counting("removed");
    removed.pause();
    node.runtime.removeSandbox("removed");
    assertThat(TestNode.await(removed.exit()).signal()).isEqualTo(9);
    Container fenced = counting("fenced");
    fenced.pause();
    node.runtime.fence();
    assertThat(TestNode.await(fenced.exit()).signal()).isEqualTo(9);
  }
}
