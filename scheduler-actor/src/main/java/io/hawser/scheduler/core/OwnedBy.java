package io.hawser.scheduler.core;

import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.ApiObject;
import io.hawser.model.Condition;
import io.hawser.model.ObjectMeta;
import io.hawser.model.ObjectName;
import io.hawser.model.ObjectStatus;
import io.hawser.model.Pod;
import io.hawser.model.PodSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the workload kinds have in common: their pods, and their word on themselves. */
final class OwnedBy {
  private OwnedBy() {}

  /** Not those of an earlier object of that name, which are still stopping. */
  static List<Pod> pods(Draft draft, ApiObject owner) {
    return draft.state().podsOf(owner.key()).stream()
        .filter(p -> p.owner().filter(o -> o.uid().equals(owner.meta().uid())).isPresent())
        .toList();
  }

  static void create(
      Draft draft,
      ApiObject owner,
      String hash,
      ObjectName name,
      Map<String, String> labels,
      Map<String, String> annotations,
      PodSpec spec) {
    ObjectMeta meta =
        new ObjectMeta(
            name.namespace(),
            name.name(),
            draft.identities().uid(),
            1,
            0,
            draft.now(),
            labels,
            annotations);
    Pod pod =
        Pod.created(
            meta,
            Quotas.withDefaults(draft.state(), name.namespace(), spec),
            Optional.of(
                new Pod.Owner(owner.kind(), owner.meta().name(), owner.meta().uid(), hash)));
    draft.emit(new SchedulerEvent.PodCreated(pod, draft.now()));
  }

  static void delete(Draft draft, Pod pod, String reason) {
    draft.remove(pod, pod.spec().terminationGracePeriodSeconds(), reason);
  }

  /** Nothing when it says what it said before. */
  static void tell(Draft draft, ApiObject object, ObjectStatus status) {
    if (!object.currentStatus().equals(Optional.of(status))) {
      draft.emit(new SchedulerEvent.ObjectStatusChanged(object.key(), status, draft.now()));
    }
  }

  static boolean isAvailable(Pod pod, int minReadySeconds, Instant now) {
    return pod.status()
        .readySince()
        .filter(since -> !since.plusSeconds(minReadySeconds).isAfter(now))
        .isPresent();
  }

  /** The conditions with one of them as it is now; the same one when it says nothing new. */
  static List<Condition> with(
      List<Condition> all, String type, boolean holds, String reason, String message, Instant now) {
    String status = holds ? "True" : "False";
    List<Condition> next = new ArrayList<>(all);
    Optional<Condition> old = all.stream().filter(c -> c.type().equals(type)).findFirst();
    boolean same =
        old.filter(c -> c.status().equals(status) && c.reason().equals(reason)).isPresent();
    if (same || (old.isEmpty() && !holds)) {
      return all;
    }
    next.removeIf(c -> c.type().equals(type));
    next.add(new Condition(type, status, reason, message, now, now));
    return next;
  }
}
