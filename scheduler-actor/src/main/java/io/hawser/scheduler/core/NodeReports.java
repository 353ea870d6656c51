package io.hawser.scheduler.core;

import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.Node;
import io.hawser.model.NodeInfo;
import io.hawser.model.Pod;
import io.hawser.model.PodReport;
import io.hawser.model.PodStatus;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** What nodes say of themselves and their pods, and what the cluster says of nodes. */
final class NodeReports {
  private NodeReports() {}

  static void registers(Draft draft, SchedulerInput.NodeRegisters input) {
    NodeInfo info = input.info();
    Node known = draft.state().nodes().get(info.name());
    if (known == null || !known.isReady() || !known.info().equals(info)) {
      draft.emit(new SchedulerEvent.NodeRegistered(info, draft.identities().uid(), draft.now()));
    }
    LostPods.returned(draft, info.name(), input.pods());
    reported(draft, info.name(), input.pods());
    boolean restarted =
        known != null && known.isReady() && !known.info().incarnation().equals(info.incarnation());
    if (restarted) {
      unlisted(draft, info.name(), input.pods());
    }
  }

  /** What a new run of a node did not find again does not run, whatever was said before. */
  private static void unlisted(Draft draft, String node, List<PodReport> pods) {
    Set<String> listed = pods.stream().map(PodReport::uid).collect(Collectors.toSet());
    for (Pod pod : draft.state().podsOn(node)) {
      if (!listed.contains(pod.uid()) && pod.isActive()) {
        changeStatus(draft, pod, StatusMerge.notRunning(pod.status()));
      }
    }
  }

  /** A report on a pod that is not this node's is not heard: its assignment tells the node. */
  static void reported(Draft draft, String node, List<PodReport> reports) {
    for (PodReport report : reports) {
      Pod pod = draft.state().pods().get(report.name());
      boolean meant =
          pod != null
              && pod.uid().equals(report.uid())
              && pod.nodeName().filter(node::equals).isPresent();
      if (meant && report.gone()) {
        vanished(draft, pod, node);
      } else if (meant && !pod.isWrittenOff()) {
        changeStatus(draft, pod, StatusMerge.merge(pod.status(), report.status(), draft.now()));
        ForeignImages.reported(draft, pod.name(), node);
      }
    }
  }

  private static void vanished(Draft draft, Pod pod, String node) {
    if (pod.isDeleting()) {
      String reason = pod.status().reason().orElse("stopped on " + node);
      draft.emit(new SchedulerEvent.PodRemoved(pod.name(), reason, draft.now()));
    } else if (pod.isActive()) {
      changeStatus(draft, pod, StatusMerge.lost(pod.status(), node));
    }
  }

  private static void changeStatus(Draft draft, Pod pod, PodStatus status) {
    if (!status.equals(pod.status())) {
      draft.emit(new SchedulerEvent.PodStatusChanged(pod.name(), status, draft.now()));
    }
  }

  /** All that ran there is gone for the cluster; what belongs to a deployment is made anew. */
  static void gone(Draft draft, SchedulerInput.NodeGone input) {
    Node node = draft.state().nodes().get(input.node());
    if (node == null || !node.isReady()) {
      return;
    }
    draft.emit(new SchedulerEvent.NodeLost(input.node(), input.reason(), draft.now()));
    for (Pod pod : List.copyOf(draft.state().podsOn(input.node()))) {
      String why = "node %s lost: %s".formatted(input.node(), input.reason());
      LostPods.lost(draft, pod, why);
    }
  }
}
