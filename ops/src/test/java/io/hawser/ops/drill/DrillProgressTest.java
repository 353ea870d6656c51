package io.hawser.ops.drill;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.model.DrillReport.Step;
import io.hawser.ops.drill.Sighting.Group;
import io.hawser.ops.drill.Sighting.PodSeen;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DrillProgressTest {
  private static final PodSeen KEPT = new PodSeen("web-a", "n1", true);
  private static final PodSeen LOST = new PodSeen("web-b", "n2", true);

  private final DrillProgress drill = DrillProgress.begin("n2", seen(false, 2, KEPT, LOST));

  @Test
  void theLostPodsAreThoseOfTheNode() {
    assertThat(drill.podsLost()).containsExactly("web-b");
    assertThat(drill.readyWanted()).isEqualTo(2);
  }

  @Test
  void goesThroughDetectedReplacedReady() {
    drill.observe(seen(false, 2, KEPT, LOST), 500);
    assertThat(drill.detectedMillis()).isEmpty();
    drill.observe(seen(true, 2, KEPT), 2000);
    assertThat(drill.detectedMillis()).contains(2000L);
    assertThat(drill.replacedMillis()).isEmpty();
    drill.observe(seen(true, 2, KEPT, new PodSeen("web-c", "", false)), 2010);
    assertThat(drill.replacedMillis()).as("not placed yet").isEmpty();
    drill.observe(seen(true, 2, KEPT, new PodSeen("web-c", "n3", false)), 2020);
    assertThat(drill.replacedMillis()).contains(2020L);
    assertThat(drill.isDone()).isFalse();
    drill.observe(seen(true, 2, KEPT, new PodSeen("web-c", "n3", true)), 3500);
    assertThat(drill.readyMillis()).contains(3500L);
    assertThat(drill.isDone()).isTrue();
    assertThat(drill.steps())
        .extracting(Step::what)
        .containsExactly(
            "detected: the cluster has given node n2 up",
            "pod web-c placed on n3",
            "replaced: every lost pod has a successor on another node",
            "pod web-c ready on n3",
            "ready: 2 of 2 pods, as before the fault");
  }

  @Test
  void aPodThatStillShowsOnTheLostNodeIsNotReady() {
    drill.observe(seen(true, 2, KEPT, LOST), 1000);
    assertThat(drill.replacedMillis()).isEmpty();
    assertThat(drill.readyNow()).isEqualTo(1);
  }

  @Test
  void allMayHappenBetweenTwoSightings() {
    drill.observe(seen(true, 2, KEPT, new PodSeen("web-c", "n3", true)), 4000);
    assertThat(drill.detectedMillis()).contains(4000L);
    assertThat(drill.readyMillis()).contains(4000L);
  }

  @Test
  void aNodeThatComesBackAfterTheLossDoesNotUndoIt() {
    drill.observe(seen(true, 2, KEPT), 1000);
    drill.observe(seen(false, 2, KEPT, new PodSeen("web-c", "n3", true)), 2000);
    assertThat(drill.isDone()).isTrue();
    assertThat(drill.detectedMillis()).contains(1000L);
  }

  @Test
  void anotherReadyPodGoingAwayKeepsItWaiting() {
    drill.observe(
        seen(true, 2, new PodSeen("web-a", "n1", false), new PodSeen("web-c", "n3", true)), 900);
    assertThat(drill.replacedMillis()).isPresent();
    assertThat(drill.isDone()).isFalse();
  }

  @Test
  void aDeploymentScaledDownMeanwhileNeedsFewer() {
    drill.observe(seen(true, 1, KEPT), 1000);
    assertThat(drill.isDone()).isTrue();
  }

  @Test
  void aDeploymentDeletedMeanwhileNeedsNothing() {
    drill.observe(new Sighting(true, Map.of()), 1000);
    assertThat(drill.isDone()).isTrue();
  }

  @Test
  void withoutPodsTheDetectionIsAll() {
    DrillProgress empty = DrillProgress.begin("n2", seen(false, 1, KEPT));
    assertThat(empty.podsLost()).isEmpty();
    empty.observe(seen(true, 1, KEPT), 700);
    assertThat(empty.isDone()).isTrue();
  }

  @Test
  void podsThatNobodyReplacesAreLostButNotWaitedFor() {
    DrillProgress alone =
        DrillProgress.begin("n2", new Sighting(false, Map.of("", new Group(0, List.of(LOST)))));
    assertThat(alone.podsLost()).containsExactly("web-b");
    alone.observe(new Sighting(true, Map.of("", new Group(0, List.of()))), 800);
    assertThat(alone.isDone()).isTrue();
  }

  @Test
  void aTickSaysWhatIsWaitedFor() {
    drill.tick(1000);
    drill.observe(seen(true, 2, KEPT), 1500);
    drill.tick(2000);
    drill.observe(seen(true, 2, KEPT, new PodSeen("web-c", "n3", false)), 2500);
    drill.tick(3000);
    assertThat(drill.steps())
        .extracting(Step::what)
        .contains(
            "not detected yet: 1 of 2 pods ready on other nodes",
            "replacing: 1 of 2 pods ready on other nodes",
            "starting: 1 of 2 pods ready on other nodes");
  }

  private static Sighting seen(boolean lost, int wanted, PodSeen... pods) {
    return new Sighting(lost, Map.of("default/web", new Group(wanted, List.of(pods))));
  }
}
