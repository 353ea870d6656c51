package io.hawser.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.protocol.SchedulerProtocol.Planned;
import io.hawser.cluster.protocol.SchedulerProtocol.PlannedChange;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.Pod;
import io.hawser.scheduler.core.placement.PlacementSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/** Plans beside deeds. */
class PlanPropertiesTest {
  @Property(tries = 15, shrinking = ShrinkingMode.OFF)
  @Label("a plan equals what is then done, whatever names the pods get")
  void aPlanEqualsWhatIsThenDone(@ForAll long seed) {
    PlacementStory.play(
        seed,
        60,
        (before, input, decision) -> {
          if (!decision.unfinished() && foreseen(input)) {
            assertThat(inWords(plan(before, input))).isEqualTo(inWords(before, decision));
          }
        });
  }

  private static boolean foreseen(SchedulerInput input) {
    return input instanceof SchedulerInput.Requested || input instanceof SchedulerInput.NodeGone;
  }

  private static Planned plan(ClusterState state, SchedulerInput input) {
    List<ClientRequest> requests =
        input instanceof SchedulerInput.Requested r ? List.of(r.request()) : List.of();
    List<String> without =
        input instanceof SchedulerInput.NodeGone g && state.nodes().containsKey(g.node())
            ? List.of(g.node())
            : List.of();
    SchedulerInput.Tick at = new SchedulerInput.Tick(input.now(), input.seed() + 1);
    return Planner.plan(state, at, PlacementSettings.DEFAULT, requests, without);
  }

  static List<String> inWords(Planned planned) {
    return planned.changes().stream()
        .filter(c -> !c.what().equals(PlannedChange.PENDING))
        .map(c -> c.what() + " " + c.owner() + " " + c.node().orElse(""))
        .sorted()
        .toList();
  }

  static List<String> inWords(ClusterState before, Decision decision) {
    ClusterState after = before;
    for (SchedulerEvent event : decision.events()) {
      after = after.evolve(event);
    }
    List<String> words = new ArrayList<>();
    for (Pod pod : after.pods().values()) {
      Optional<Pod> old = before.pod(pod.name());
      if (pod.isDeleting() && old.filter(Pod::isDeleting).isEmpty()) {
        words.add(PlannedChange.STOPPED + words(pod));
      } else if (pod.move().isPresent() && old.flatMap(Pod::move).isEmpty()) {
        words.add(PlannedChange.MOVES + words(pod));
      } else if (pod.nodeName().isPresent() && old.flatMap(Pod::nodeName).isEmpty()) {
        words.add(PlannedChange.PLACED + words(pod));
      }
    }
    for (Pod pod : before.pods().values()) {
      if (!after.pods().containsKey(pod.name())) {
        words.add(PlannedChange.REMOVED + words(pod));
      }
    }
    return words.stream().sorted().toList();
  }

  private static String words(Pod pod) {
    String owner = pod.owner().map(o -> o.kind() + " " + o.name()).orElse("Pod");
    return " " + owner + " " + pod.nodeName().orElse("");
  }
}
