package io.hawser.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.system.FalseAlarms.Look;
import io.hawser.system.FalseAlarms.SeenPod;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FalseAlarmsTest {
  private static final Map<String, Boolean> NODES = Map.of("n1", true, "n2", true);
  private static final Map<String, SeenPod> PODS = Map.of("u1", new SeenPod("web-1", 0, true));
  private static final Look CALM = new Look(NODES, PODS, "n1", 3, "n2");

  private final FalseAlarms alarms = new FalseAlarms(CALM);

  @Test
  void aCalmClusterRaisesNone() {
    alarms.look(CALM);
    alarms.journalled("PodStatusChanged", "{}");
    alarms.logged("n1", "2026-01-01T00:00:00.000Z INFO  Cluster  is the new leader");
    assertThat(alarms.alarms()).isEmpty();
    assertThat(alarms.summary())
        .isEqualTo("1 looks, no heartbeat sent late, 0 Ready changes of pods, 0 false alarms");
  }

  @Test
  void aNodeThatIsNotReadyOrGoneIsOne() {
    alarms.look(new Look(Map.of("n1", false), PODS, "n1", 3, "n2"));
    assertThat(alarms.alarms())
        .containsExactlyInAnyOrder("node n1 became NotReady", "node n2 is gone");
  }

  @Test
  void anotherPodInItsPlaceIsOne() {
    alarms.look(new Look(NODES, Map.of("u2", new SeenPod("web-2", 0, true)), "n1", 3, "n2"));
    assertThat(alarms.alarms()).containsExactly("pod web-1 is gone");
  }

  @Test
  void aRestartIsOneAndPassingUnreadinessIsOnlyCounted() {
    alarms.look(new Look(NODES, Map.of("u1", new SeenPod("web-1", 0, false)), "n1", 3, "n2"));
    alarms.look(CALM);
    assertThat(alarms.alarms()).isEmpty();
    assertThat(alarms.summary()).contains("2 Ready changes");
    alarms.look(new Look(NODES, Map.of("u1", new SeenPod("web-1", 1, true)), "n1", 3, "n2"));
    assertThat(alarms.alarms()).containsExactly("pod web-1 was restarted (1 times)");
  }

  @Test
  void aSchedulerOrJournalThatMovedIsOne() {
    alarms.look(new Look(NODES, PODS, "n1", 4, "n1"));
    assertThat(alarms.alarms())
        .containsExactly(
            "the scheduler moved from n1 at epoch 3 to n1 at epoch 4",
            "the journal's leader moved from n2 to n1");
  }

  @Test
  void whatPassedBetweenTwoLooksIsInTheJournalAndInTheLogs() {
    alarms.journalled("NodeLost", "{\"name\":\"n2\"}");
    alarms.logged("n1", "WARN Cluster Node [a] - Marking node as UNREACHABLE [Member(b)]");
    alarms.logged("n1", "INFO PromptResolver SBR is downing [b]: DownUnreachable");
    assertThat(alarms.alarms()).hasSize(3).first().isEqualTo("journal: NodeLost {\"name\":\"n2\"}");
  }

  @Test
  void lateHeartbeatsAreCountedWithTheLatest() {
    for (int millis : new int[] {1700, 2300, 1900}) {
      alarms.logged("n1", "Previous heartbeat was sent [" + millis + "] ms ago, expected");
    }
    assertThat(alarms.alarms()).isEmpty();
    assertThat(alarms.summary())
        .contains("3 heartbeats sent late, the latest 2300 ms after the one before");
  }
}
