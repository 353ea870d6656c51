package io.hawser.scheduler.core;

import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.ApiObject;
import io.hawser.model.ObjectMeta;
import io.hawser.model.PersistentVolume;
import io.hawser.model.PersistentVolumeClaim;
import io.hawser.model.Pod;
import io.hawser.model.StatefulSet;
import java.util.Optional;

/** What users may do to the objects of all kinds without requests of their own. */
final class ObjectRequests {
  private ObjectRequests() {}

  static Answer create(Draft draft, ClientRequest.CreateObject request) {
    ObjectMeta wanted = request.object().meta();
    String namespace = wanted.namespace();
    if (!namespace.isEmpty() && !draft.state().namespaces().containsKey(namespace)) {
      return Refusals.notFound("namespaces", namespace);
    }
    if (draft.state().objects().find(request.object().key()).isPresent()) {
      return Refusals.alreadyExists(ObjectRules.plural(request.object()), wanted.name());
    }
    ObjectMeta meta =
        new ObjectMeta(
            namespace,
            wanted.name(),
            draft.identities().uid(),
            1,
            0,
            draft.now(),
            wanted.labels(),
            wanted.annotations());
    ApiObject object = Workloads.revised(draft, request.object().withMeta(meta));
    Optional<Answer> wrong = ObjectRules.wrong(draft.state(), Optional.empty(), object);
    if (wrong.isPresent()) {
      return wrong.get();
    }
    draft.emit(new SchedulerEvent.ObjectCreated(object, draft.now()));
    return new Answer.Accepted(0, meta.uid());
  }

  /** The generation grows with the spec, not with labels and annotations. */
  static Answer update(Draft draft, ClientRequest.UpdateObject request) {
    ObjectMeta wanted = request.object().meta();
    String kind = ObjectRules.plural(request.object());
    Optional<ApiObject> found = draft.state().objects().find(request.object().key());
    if (found.isEmpty()) {
      return Refusals.notFound(kind, wanted.name());
    }
    ApiObject old = found.get();
    ApiObject next = request.object().inPlaceOf(old);
    ObjectMeta meta = old.meta().withLabelsAndAnnotations(wanted.labels(), wanted.annotations());
    ApiObject changed = changed(draft, old, next, meta);
    Optional<Answer> refusal =
        Refusals.stale(kind, old.meta(), request.ifResourceVersion(), request.ifUid())
            .or(() -> ObjectRules.wrong(draft.state(), Optional.of(old), changed));
    if (refusal.isPresent()) {
      return refusal.get();
    }
    if (!changed.equals(old)) {
      SchedulerEvent event = new SchedulerEvent.ObjectChanged(changed, draft.now());
      draft.emit(event);
      Configs.changed(event).ifPresent(key -> Configs.rollOut(draft, key));
    }
    return new Answer.Accepted(0, old.meta().uid());
  }

  private static ApiObject changed(Draft draft, ApiObject old, ApiObject next, ObjectMeta meta) {
    ObjectMeta counted = next.equals(old) ? meta : meta.withGeneration(old.meta().generation() + 1);
    return Workloads.revised(draft, next.withMeta(counted));
  }

  /** As a user's change of the spec alone. */
  static void change(Draft draft, ApiObject old, ApiObject next) {
    if (!next.equals(old)) {
      ApiObject changed = changed(draft, old, next, old.meta());
      draft.emit(new SchedulerEvent.ObjectChanged(changed, draft.now()));
    }
  }

  static Answer delete(Draft draft, ClientRequest.DeleteObject request) {
    Optional<ApiObject> found = draft.state().objects().find(request.key());
    if (found.isEmpty()) {
      return Refusals.notFound(ObjectRules.plural(request.key().kind()), request.key().name());
    }
    ApiObject object = found.get();
    Optional<Answer> stale =
        Refusals.stale(
            ObjectRules.plural(object), object.meta(), Optional.empty(), request.ifUid());
    if (stale.isPresent()) {
      return stale.get();
    }
    delete(draft, object, request.orphan());
    return new Answer.Accepted(0, object.meta().uid());
  }

  /** The pods first: those that are left when their owner goes belong to nobody. */
  static void delete(Draft draft, ApiObject object, boolean orphan) {
    if (object instanceof PersistentVolumeClaim claim) {
      Claims.delete(draft, claim);
      return;
    } else if (object instanceof PersistentVolume volume) {
      Volumes.delete(draft, volume);
      return;
    }
    for (Pod pod : draft.state().podsOf(object.key())) {
      if (!orphan && !pod.isDeleting()) {
        draft.remove(pod, pod.spec().terminationGracePeriodSeconds(), object.kind() + " deleted");
      }
    }
    draft.emit(new SchedulerEvent.ObjectDeleted(object.key(), draft.now()));
    Workloads.deleteChildren(draft, object.key(), orphan);
    if (object instanceof StatefulSet set && !orphan) {
      Volumes.deleteWith(draft, set);
    }
  }
}
