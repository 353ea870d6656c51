package io.hawser.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.protocol.NodeProtocol.Assign;
import io.hawser.cluster.protocol.NodeProtocol.AssignDelta;
import io.hawser.node.Assignment.Accepted;
import io.hawser.node.Assignment.Gap;
import io.hawser.node.Assignment.Outdated;
import java.util.List;
import org.junit.jupiter.api.Test;

class AssignmentTest {
  private static final Assignment NOW = Assignment.of(3, 10, List.of(Pods.pod("a"), Pods.pod("b")));

  @Test
  void wholeAssignmentOfAnOlderEpochOrVersionIsOutdated() {
    assertThat(NOW.offer(new Assign(2, 99, List.of()))).isEqualTo(new Outdated());
    assertThat(NOW.offer(new Assign(3, 9, List.of()))).isEqualTo(new Outdated());
  }

  @Test
  void newerEpochWinsWhateverItsVersion() {
    assertThat(NOW.offer(new Assign(4, 1, List.of())))
        .isEqualTo(new Accepted(Assignment.of(4, 1, List.of())));
  }

  @Test
  void deltaOnTheVersionAtHandIsApplied() {
    assertThat(NOW.offer(new AssignDelta(3, 10, 12, List.of(Pods.pod("c")), List.of("a"))))
        .isEqualTo(new Accepted(Assignment.of(3, 12, List.of(Pods.pod("b"), Pods.pod("c")))));
  }

  @Test
  void deltaOnAnotherVersionOrOfANewEpochIsAGap() {
    assertThat(NOW.offer(new AssignDelta(3, 11, 12, List.of(), List.of()))).isEqualTo(new Gap());
    assertThat(NOW.offer(new AssignDelta(3, 9, 12, List.of(), List.of()))).isEqualTo(new Gap());
    assertThat(NOW.offer(new AssignDelta(4, 10, 12, List.of(), List.of()))).isEqualTo(new Gap());
  }

  @Test
  void lateDeltaIsOutdated() {
    assertThat(NOW.offer(new AssignDelta(3, 9, 10, List.of(), List.of("a"))))
        .isEqualTo(new Outdated());
    assertThat(NOW.offer(new AssignDelta(2, 10, 12, List.of(), List.of("a"))))
        .isEqualTo(new Outdated());
  }
}
