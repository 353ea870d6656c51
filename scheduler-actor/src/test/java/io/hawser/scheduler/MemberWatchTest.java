package io.hawser.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.scheduler.core.Samples;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MemberWatchTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final String N1 = "pekko://hawser@10.0.0.1:7351";
  private static final String N2 = "pekko://hawser@10.0.0.2:7351";

  private final ClusterState state =
      ClusterState.EMPTY.evolve(registered("n1", N1)).evolve(registered("n2", N2));
  private final MemberWatch watch = new MemberWatch(state, START);

  @Test
  void aMemberTheResolverRemovedIsLostAtOnce() {
    assertThat(lost(Set.of(N1, N2), 40)).isEmpty();
    watch.unreachable(N2, at(41));
    watch.downed(N2, at(43));

    assertThat(lost(Set.of(N1), 43)).containsExactly("n2");
  }

  @Test
  void aViewOfTheMembersThatLagsBehindDelaysNothing() {
    assertThat(lost(Set.of(N1, N2), 40)).isEmpty();
    watch.unreachable(N2, at(41));
    watch.downed(N2, at(43));
    assertThat(lost(Set.of(N1, N2), 43)).as("the view still has it").isEmpty();
    watch.downed(N2, at(44));

    assertThat(lost(Set.of(N1), 44)).containsExactly("n2");
  }

  @Test
  void aNewRunThatRegistersBeforeTheViewHasItIsNotLostAgain() {
    assertThat(lost(Set.of(N1, N2), 40)).isEmpty();
    watch.unreachable(N2, at(41));
    watch.downed(N2, at(43));
    assertThat(lost(Set.of(N1), 43)).containsExactly("n2");

    watch.begun(N2, at(46));

    assertThat(lost(Set.of(N1), 46)).as("the view has it not yet").isEmpty();
    watch.downed(N2, at(47));
    assertThat(lost(Set.of(N1), 47)).as("the removal of the one before came late").isEmpty();
    assertThat(lost(Set.of(N1, N2), 48)).isEmpty();
    assertThat(lost(Set.of(N1, N2), 90)).isEmpty();
  }

  @Test
  void aRunThatRegistersAndNeverJoinsIsLostAfterTheGrace() {
    assertThat(lost(Set.of(N1, N2), 40)).isEmpty();
    watch.unreachable(N2, at(41));
    watch.downed(N2, at(43));
    assertThat(lost(Set.of(N1), 43)).containsExactly("n2");

    watch.begun(N2, at(46));

    assertThat(lost(Set.of(N1), 57)).containsExactly("n2");
  }

  @Test
  void aMemberThatIsRemovedBecauseItsNextRunJoinsIsWaitedFor() {
    assertThat(lost(Set.of(N1, N2), 40)).isEmpty();
    watch.downed(N2, at(41));

    assertThat(lost(Set.of(N1), 42)).isEmpty();
    assertThat(lost(Set.of(N1, N2), 43)).isEmpty();
    assertThat(lost(Set.of(N1, N2), 90)).isEmpty();
  }

  @Test
  void aRemovedMemberThatNeverComesBackIsLostAfterTheGrace() {
    assertThat(lost(Set.of(N1, N2), 40)).isEmpty();
    watch.downed(N2, at(41));

    assertThat(lost(Set.of(N1), 52)).containsExactly("n2");
  }

  @Test
  void aMemberThatLeftIsLostAtOnce() {
    assertThat(lost(Set.of(N1, N2), 40)).isEmpty();
    watch.left(N2, at(41));

    assertThat(lost(Set.of(N1), 41)).containsExactly("n2");
  }

  @Test
  void afterAStartTheKnownNodesHaveThirtySecondsToJoin() {
    assertThat(lost(Set.of(N1), 29)).isEmpty();
    assertThat(lost(Set.of(N1), 30)).containsExactly("n2");
  }

  @Test
  void aNodeThatRanOnProvesThatTheMissingOnesWereRemoved() {
    watch.heard("n1", "run-1", at(1));

    assertThat(lost(Set.of(N1), 1)).containsExactly("n2");
  }

  @Test
  void aNodeThatWasStartedAnewProvesNothing() {
    watch.heard("n1", "run-2", at(1));

    assertThat(lost(Set.of(N1), 1)).isEmpty();
  }

  private List<String> lost(Set<String> members, long second) {
    return watch.lost(state, members, at(second)).stream().map(MemberWatch.Lost::node).toList();
  }

  private static Instant at(long second) {
    return START.plus(Duration.ofSeconds(second));
  }

  private static SchedulerEvent registered(String name, String address) {
    return new SchedulerEvent.NodeRegistered(
        Samples.node(name, "run-1", address), "uid-" + name, START);
  }
}
