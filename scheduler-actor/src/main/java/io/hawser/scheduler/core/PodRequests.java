package io.hawser.scheduler.core;

import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.ObjectMeta;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.model.PodSpec;
import io.hawser.model.TextSize;
import java.util.Optional;

/** What users may do to single pods. */
final class PodRequests {
  private static final String KIND = "pods";

  private PodRequests() {}

  static Answer create(Draft draft, ClientRequest.CreatePod request) {
    ObjectName name = request.name();
    if (!draft.state().namespaces().containsKey(name.namespace())) {
      return Refusals.notFound("namespaces", name.namespace());
    }
    if (draft.state().pods().containsKey(name)) {
      return Refusals.alreadyExists(KIND, name.name());
    }
    if (TextSize.of(request.spec()) > Limits.MAX_TEMPLATE_CHARS) {
      return Refusals.invalid(
          "Pod",
          name.name(),
          "spec",
          "FieldValueTooLong",
          "must be at most " + Limits.MAX_TEMPLATE_CHARS + " characters");
    }
    PodSpec spec = Quotas.withDefaults(draft.state(), name.namespace(), request.spec());
    Optional<String> over = Quotas.refusal(draft, name.namespace(), spec);
    if (over.isPresent()) {
      return Refusals.forbidden(KIND, name.name(), over.get());
    }
    ObjectMeta meta =
        new ObjectMeta(
            name.namespace(),
            name.name(),
            draft.identities().uid(),
            1,
            0,
            draft.now(),
            request.labels(),
            request.annotations());
    Pod pod = Pod.created(meta, spec, Optional.empty());
    draft.emit(new SchedulerEvent.PodCreated(pod, draft.now()));
    return new Answer.Accepted(0, meta.uid());
  }

  static Answer update(Draft draft, ClientRequest.UpdatePod request) {
    Pod pod = draft.state().pods().get(request.name());
    if (pod == null) {
      return Refusals.notFound(KIND, request.name().name());
    }
    Optional<Answer> stale =
        Refusals.stale(KIND, pod.meta(), request.ifResourceVersion(), Optional.empty());
    if (stale.isPresent()) {
      return stale.get();
    }
    boolean same =
        pod.meta().labels().equals(request.labels())
            && pod.meta().annotations().equals(request.annotations());
    if (!same) {
      draft.emit(
          new SchedulerEvent.PodChanged(
              pod.name(), request.labels(), request.annotations(), draft.now()));
    }
    return new Answer.Accepted(0, pod.uid());
  }

  /** Asking again may only shorten the time that the pod has to stop. */
  static Answer delete(Draft draft, ClientRequest.DeletePod request) {
    Pod pod = draft.state().pods().get(request.name());
    if (pod == null) {
      return Refusals.notFound(KIND, request.name().name());
    }
    Optional<Answer> stale = Refusals.stale(KIND, pod.meta(), Optional.empty(), request.ifUid());
    if (stale.isPresent()) {
      return stale.get();
    }
    if (request.eviction() && Moves.evict(draft, pod, request)) {
      return new Answer.Accepted(0, pod.uid());
    }
    Optional<Answer> budget = request.eviction() ? Budgets.refusal(draft, pod) : Optional.empty();
    if (budget.isPresent()) {
      return budget.get();
    }
    long grace = request.graceSeconds().orElse(pod.spec().terminationGracePeriodSeconds());
    boolean sooner = pod.deletion().map(d -> grace < d.graceSeconds()).orElse(true);
    if (sooner) {
      draft.remove(pod, grace, request.eviction() ? "evicted" : "deleted by request");
    }
    return new Answer.Accepted(0, pod.uid());
  }
}
