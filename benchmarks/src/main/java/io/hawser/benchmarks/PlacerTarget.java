package io.hawser.benchmarks;

import io.hawser.model.Node;
import io.hawser.model.NodeInfo;
import io.hawser.model.ObjectMeta;
import io.hawser.model.Pod;
import io.hawser.model.PodSpec;
import io.hawser.scheduler.core.placement.PlacementRound.Fits;
import io.hawser.scheduler.core.placement.PlacementRound.FitsNowhere;
import io.hawser.scheduler.core.placement.PlacementRound.Preempts;
import io.hawser.scheduler.core.placement.PlacementRound.Verdict;
import io.hawser.scheduler.core.placement.PlacementSettings;
import io.hawser.scheduler.core.placement.Placer;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The placement library alone: no requests, no events, no state but its own. */
final class PlacerTarget implements SchedulerTarget {
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

  private final Placer placer = new Placer(PlacementSettings.DEFAULT);
  private String reason = "";
  private long placed;

  @Override
  public void addNode(String name, Map<String, String> labels) {
    NodeInfo info = SimulatedCluster.info(name, SimulatedCluster.NODE, 110);
    Map<String, String> all = new HashMap<>(labels);
    all.put("kubernetes.io/hostname", name);
    placer.put(
        new Node(
            new ObjectMeta("", name, name, 1, 0, NOON, all, Map.of()),
            info,
            false,
            List.of(),
            Node.State.READY,
            "NodeReady",
            NOON));
  }

  @Override
  public void loseNode(String name) {
    placer.lose(name);
  }

  @Override
  public void createPod(String name, Map<String, String> labels, PodSpec spec) {
    Pod pod =
        Pod.created(
            new ObjectMeta("default", name, name, 1, 0, NOON, labels, Map.of()),
            spec,
            Optional.empty());
    Verdict verdict = placer.place(pod);
    if (verdict instanceof Preempts preempts) {
      preempts.victims().forEach(victim -> placer.remove(victim, preempts.node()));
      verdict = placer.place(pod);
    }
    if (verdict instanceof Fits) {
      placed++;
    } else if (verdict instanceof FitsNowhere nowhere) {
      reason = nowhere.summary();
    }
  }

  @Override
  public long placed() {
    return placed;
  }

  @Override
  public String anyReason() {
    return reason;
  }
}
