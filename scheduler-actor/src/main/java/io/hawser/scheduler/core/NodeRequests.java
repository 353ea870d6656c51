package io.hawser.scheduler.core;

import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.Node;
import io.hawser.model.Taint;
import java.util.List;
import java.util.Optional;

/** What users may do to nodes. */
final class NodeRequests {
  private static final String KIND = "nodes";

  private NodeRequests() {}

  static Answer update(Draft draft, ClientRequest.UpdateNode request) {
    Node node = draft.state().nodes().get(request.name());
    if (node == null) {
      return Refusals.notFound(KIND, request.name());
    }
    Optional<Answer> stale =
        Refusals.stale(KIND, node.meta(), request.ifResourceVersion(), Optional.empty());
    if (stale.isPresent()) {
      return stale.get();
    }
    boolean same =
        node.meta().labels().equals(request.labels())
            && node.meta().annotations().equals(request.annotations())
            && node.unschedulable() == request.unschedulable()
            && plain(node.taints()).equals(plain(request.taints()));
    if (!same) {
      draft.emit(
          new SchedulerEvent.NodeChanged(
              request.name(),
              request.labels(),
              request.annotations(),
              request.unschedulable(),
              request.taints(),
              draft.now()));
      Taints.driveAway(draft, draft.state().nodes().get(request.name()));
    }
    return new Answer.Accepted(0, node.meta().uid());
  }

  /** A NoExecute taint drives out who does not tolerate it. */
  /** A user who reads a node and writes it back may leave out the times. */
  private static List<Taint> plain(List<Taint> taints) {
    return taints.stream().map(Taint::plain).toList();
  }

  static Answer delete(Draft draft, ClientRequest.DeleteNode request) {
    Node node = draft.state().nodes().get(request.name());
    if (node == null) {
      return Refusals.notFound(KIND, request.name());
    }
    if (node.isReady()) {
      return Refusals.conflict(
          KIND, request.name(), "the node is ready; stop it first, then delete it");
    }
    // Who forgets a node says that nothing runs there any more.
    LostPods.forget(draft, request.name(), "node forgotten");
    draft.emit(new SchedulerEvent.NodeRemoved(request.name(), draft.now()));
    return new Answer.Accepted(0, node.meta().uid());
  }
}
