package io.hawser.cluster.state;

import io.hawser.model.ObjectName;
import java.util.Optional;

/** Which pod or node an event is about. */
public final class EventSubject {
  private EventSubject() {}

  public static Optional<ObjectName> pod(SchedulerEvent event) {
    if (event instanceof SchedulerEvent.PodCreated e) {
      return Optional.of(e.pod().name());
    } else if (event instanceof SchedulerEvent.PodChanged e) {
      return Optional.of(e.name());
    } else if (event instanceof SchedulerEvent.PodResized e) {
      return Optional.of(e.name());
    } else if (event instanceof SchedulerEvent.PodResizePending e) {
      return Optional.of(e.name());
    } else if (event instanceof SchedulerEvent.PodPlaced e) {
      return Optional.of(e.name());
    } else if (event instanceof SchedulerEvent.PodUnschedulable e) {
      return Optional.of(e.name());
    } else if (event instanceof SchedulerEvent.PodStatusChanged e) {
      return Optional.of(e.name());
    } else if (event instanceof SchedulerEvent.PodDeletionRequested e) {
      return Optional.of(e.name());
    } else if (event instanceof SchedulerEvent.PodMoveRequested e) {
      return Optional.of(e.name());
    } else if (event instanceof SchedulerEvent.PodMoveEnded e) {
      return Optional.of(e.name());
    } else if (event instanceof SchedulerEvent.PodRemoved e) {
      return Optional.of(e.name());
    }
    return Optional.empty();
  }

  public static Optional<String> node(SchedulerEvent event) {
    if (event instanceof SchedulerEvent.NodeRegistered e) {
      return Optional.of(e.info().name());
    } else if (event instanceof SchedulerEvent.NodeChanged e) {
      return Optional.of(e.name());
    } else if (event instanceof SchedulerEvent.NodeLost e) {
      return Optional.of(e.name());
    } else if (event instanceof SchedulerEvent.NodeRemoved e) {
      return Optional.of(e.name());
    }
    return Optional.empty();
  }
}
