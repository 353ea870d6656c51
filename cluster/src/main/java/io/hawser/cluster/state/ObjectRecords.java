package io.hawser.cluster.state;

import io.hawser.model.ApiObject;
import io.hawser.model.Condition;
import io.hawser.model.EventRecord;
import io.hawser.model.HorizontalPodAutoscaler;
import io.hawser.model.ObjectKey;
import io.hawser.model.PersistentVolumeClaim;
import io.hawser.model.Pod;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The lines about objects without events of their own, from what their status says anew. */
final class ObjectRecords {
  private ObjectRecords() {}

  static Stream<EventRecord> of(
      ClusterState before, ClusterState after, SchedulerEvent.ObjectStatusChanged event) {
    Optional<ApiObject> old = before.objects().find(event.key());
    Optional<ApiObject> now = after.objects().find(event.key());
    if (now.isPresent() && now.get() instanceof PersistentVolumeClaim claim) {
      return bound(after, (PersistentVolumeClaim) old.orElse(claim), claim, event).stream();
    }
    if (now.isEmpty() || !(now.get() instanceof HorizontalPodAutoscaler autoscaler)) {
      return Stream.empty();
    }
    HorizontalPodAutoscaler.Status earlier =
        old.map(o -> ((HorizontalPodAutoscaler) o).status())
            .orElse(HorizontalPodAutoscaler.Status.NONE);
    return autoscaler(earlier, autoscaler.status()).stream()
        .map(
            line ->
                new EventRecord(
                    after.revision(),
                    event.at(),
                    event.key().kind(),
                    event.key().namespace(),
                    event.key().name(),
                    autoscaler.meta().uid(),
                    line.type,
                    line.reason,
                    line.message,
                    "horizontal-pod-autoscaler"));
  }

  private static Optional<EventRecord> bound(
      ClusterState state,
      PersistentVolumeClaim old,
      PersistentVolumeClaim now,
      SchedulerEvent.ObjectStatusChanged event) {
    return now.status()
        .volume()
        .filter(volume -> !old.isBound())
        .map(
            volume ->
                new EventRecord(
                    state.revision(),
                    event.at(),
                    event.key().kind(),
                    event.key().namespace(),
                    event.key().name(),
                    now.meta().uid(),
                    "Normal",
                    "ProvisioningSucceeded",
                    "Successfully provisioned volume %s on node %s"
                        .formatted(volume, now.status().node().orElse("")),
                    "scheduler"));
  }

  static Stream<EventRecord> of(ClusterState state, SchedulerEvent.CreationRefused event) {
    ObjectKey owner = event.owner();
    Optional<String> uid =
        owner.kind().equals(Pod.Owner.DEPLOYMENT)
            ? state.deployment(owner.objectName()).map(d -> d.meta().uid())
            : state.objects().find(owner).map(o -> o.meta().uid());
    return uid.stream()
        .map(
            u ->
                new EventRecord(
                    state.revision(),
                    event.at(),
                    owner.kind(),
                    owner.namespace(),
                    owner.name(),
                    u,
                    "Warning",
                    "FailedCreate",
                    "Error creating: " + event.message(),
                    "scheduler"));
  }

  private record Line(String type, String reason, String message) {}

  private static String why(HorizontalPodAutoscaler.Status now) {
    boolean up = now.changes().get(now.changes().size() - 1).replicas() > 0;
    if (now.metrics().isEmpty()) {
      return "Current number of replicas %s"
          .formatted(up ? "below Spec.MinReplicas" : "above Spec.MaxReplicas");
    }
    return up ? "metrics above target" : "All metrics below target";
  }

  private static List<Line> autoscaler(
      HorizontalPodAutoscaler.Status old, HorizontalPodAutoscaler.Status now) {
    List<Line> lines = new ArrayList<>();
    if (!old.lastScaledAt().equals(now.lastScaledAt())) {
      lines.add(
          new Line(
              "Normal",
              "SuccessfulRescale",
              "New size: %d; reason: %s".formatted(now.desired(), why(now))));
    }
    for (Condition condition : now.conditions()) {
      boolean failed =
          condition.status().equals("False")
              && condition.reason().startsWith("Failed")
              && !old.condition(condition.type())
                  .filter(c -> c.reason().equals(condition.reason()))
                  .isPresent();
      if (failed) {
        lines.add(new Line("Warning", condition.reason(), condition.message()));
      }
    }
    return lines;
  }
}
