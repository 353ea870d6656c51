package io.hawser.scheduler.core;

import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.Pod;
import io.hawser.scheduler.core.placement.PlacementRound;
import io.hawser.scheduler.core.placement.PlacementRound.Fits;
import io.hawser.scheduler.core.placement.PlacementRound.FitsNowhere;
import io.hawser.scheduler.core.placement.PlacementRound.Preempts;
import io.hawser.scheduler.core.placement.PlacementRound.Verdict;
import java.util.List;
import java.util.Optional;

/** Makes events of the verdicts on waiting pods. */
final class Placements {
  private final Draft draft;
  private final PlacementRound round;
  private int reasonUpdatesLeft;

  private Placements(Draft draft, int reasonUpdatesLeft) {
    this.draft = draft;
    this.reasonUpdatesLeft = reasonUpdatesLeft;
    this.round =
        new PlacementRound(draft.memory(), draft::state, victims -> Budgets.allow(draft, victims));
  }

  /**
   * @param reasonUpdatesLeft how many changed reasons may still be written
   * @return how many are left after it
   */
  static int place(Draft draft, List<Pod> waiting, int reasonUpdatesLeft) {
    Placements placements = new Placements(draft, reasonUpdatesLeft);
    for (List<Pod> group : placements.round.order(waiting)) {
      placements.group(group);
    }
    placements.round.end();
    return placements.reasonUpdatesLeft;
  }

  private void group(List<Pod> group) {
    if (!round.isGang(group)) {
      group.forEach(this::single);
      return;
    }
    Optional<String> early =
        group.stream()
            .flatMap(pod -> StartOrder.waitsFor(draft.state(), pod).stream())
            .findFirst()
            .or(() -> Claims.obstacle(draft.state(), group));
    if (early.isPresent()) {
      // All or none of a gang.
      group.forEach(pod -> note(pod, early.get()));
      return;
    }
    List<Verdict> verdicts = round.gang(group);
    for (int i = 0; i < group.size(); i++) {
      carryOut(group.get(i), verdicts.get(i));
    }
  }

  private void single(Pod pod) {
    StartOrder.waitsFor(draft.state(), pod)
        .or(() -> Claims.obstacle(draft.state(), pod))
        .ifPresentOrElse(why -> note(pod, why), () -> carryOut(pod, round.verdict(pod)));
  }

  private void carryOut(Pod pod, Verdict verdict) {
    if (verdict instanceof Fits fits) {
      Claims.bind(draft, pod, fits.node());
      draft.emit(new SchedulerEvent.PodPlaced(pod.name(), fits.node(), draft.now()));
    } else if (verdict instanceof FitsNowhere nowhere) {
      note(pod, nowhere.summary() + Claims.absence(draft.state(), pod));
    } else if (verdict instanceof Preempts preempts) {
      note(pod, preempts.summary());
      for (Pod victim : preempts.victims()) {
        Moves.preempt(draft, victim, pod.name());
      }
    }
  }

  private void note(Pod pod, String summary) {
    boolean isNews = !pod.unschedulable().equals(Optional.of(summary));
    boolean isFirst = pod.unschedulable().isEmpty();
    if (isFirst || (isNews && reasonUpdatesLeft > 0)) {
      reasonUpdatesLeft -= isFirst ? 0 : 1;
      draft.emit(new SchedulerEvent.PodUnschedulable(pod.name(), summary, draft.now()));
    }
  }
}
