package io.hawser.scheduler.core;

import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.Deployment;
import io.hawser.model.Namespace;
import io.hawser.model.Pod;
import java.util.List;

/** What users may do to namespaces. */
final class NamespaceRequests {
  private static final String KIND = "namespaces";

  private NamespaceRequests() {}

  static Answer create(Draft draft, ClientRequest.CreateNamespace request) {
    if (draft.state().namespaces().containsKey(request.name())) {
      return Refusals.alreadyExists(KIND, request.name());
    }
    Namespace namespace =
        SchedulerCore.namespace(draft, request.name(), request.labels(), request.annotations());
    draft.emit(new SchedulerEvent.NamespaceCreated(namespace, draft.now()));
    return new Answer.Accepted(0, namespace.meta().uid());
  }

  /** The namespace is gone at once; pods that run in it are stopped by their nodes. */
  static Answer delete(Draft draft, ClientRequest.DeleteNamespace request) {
    String name = request.name();
    Namespace namespace = draft.state().namespaces().get(name);
    if (namespace == null) {
      return Refusals.notFound(KIND, name);
    }
    if (SchedulerCore.GENESIS_NAMESPACES.contains(name)) {
      return Refusals.forbidden(KIND, name, "this namespace may not be deleted");
    }
    List<Deployment> deployments =
        draft.state().deployments().values().stream()
            .filter(d -> d.name().namespace().equals(name))
            .toList();
    deployments.forEach(d -> DeploymentRequests.deleteWithPods(draft, d));
    List<Pod> pods =
        draft.state().pods().values().stream()
            .filter(p -> p.meta().namespace().equals(name) && !p.isDeleting())
            .toList();
    pods.forEach(
        p -> draft.remove(p, p.spec().terminationGracePeriodSeconds(), "namespace deleted"));
    draft
        .state()
        .objects()
        .all()
        .filter(o -> o.meta().namespace().equals(name))
        .toList()
        .forEach(
            o -> {
              if (draft.state().objects().find(o.key()).isPresent()) {
                ObjectRequests.delete(draft, o, false);
              }
            });
    draft.emit(new SchedulerEvent.NamespaceDeleted(name, draft.now()));
    return new Answer.Accepted(0, namespace.meta().uid());
  }
}
