package io.hawser.scheduler.core;

import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.ApiObject;
import io.hawser.model.DaemonSet;
import io.hawser.model.Job;
import io.hawser.model.ObjectKey;
import io.hawser.model.ObjectName;
import io.hawser.model.PersistentVolume;
import io.hawser.model.Pod;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** What a decision's events so far mean for the workloads: which must be looked at, and why. */
final class ObjectChanges {
  private final TreeSet<ObjectKey> dirty = new TreeSet<>();
  private final TreeSet<ObjectKey> storage = new TreeSet<>();
  private final Map<ObjectKey, List<Pod>> ended = new HashMap<>();
  private final Set<String> namespaces = new TreeSet<>();

  void note(ClusterState before, ClusterState after, SchedulerEvent event) {
    if (event instanceof SchedulerEvent.ObjectCreated e) {
      object(e.object());
    } else if (event instanceof SchedulerEvent.ObjectChanged e) {
      object(e.object());
    } else if (event instanceof SchedulerEvent.ObjectStatusChanged e) {
      after.objects().find(e.key()).ifPresent(this::touchOwner);
      touchStorage(e.key());
    } else if (event instanceof SchedulerEvent.ObjectDeleted e) {
      before.objects().find(e.key()).ifPresent(this::touchOwner);
      if (Volumes.isStorage(e.key())) {
        namespaces.add(e.key().namespace());
      }
    } else if (event instanceof SchedulerEvent.PodCreated e) {
      namespaces.add(e.pod().meta().namespace());
      e.pod().ownerKey().ifPresent(this::touch);
    } else if (event instanceof SchedulerEvent.PodStatusChanged e) {
      status(before, after, e.name());
    } else if (event instanceof SchedulerEvent.PodDeletionRequested e) {
      pod(after, e.name());
    } else if (event instanceof SchedulerEvent.PodMoveRequested e) {
      pod(after, e.name());
    } else if (event instanceof SchedulerEvent.PodMoveEnded e) {
      pod(after, e.name());
    } else if (event instanceof SchedulerEvent.PodChanged e) {
      pod(after, e.name());
    } else if (event instanceof SchedulerEvent.PodResized e) {
      pod(after, e.name());
    } else if (event instanceof SchedulerEvent.PodRemoved e) {
      removed(before, e.name());
    } else if (event instanceof SchedulerEvent.DeploymentChanged e) {
      namespaces.add(e.name().namespace());
    } else if (event instanceof SchedulerEvent.NodeRegistered
        || event instanceof SchedulerEvent.NodeChanged
        || event instanceof SchedulerEvent.NodeLost
        || event instanceof SchedulerEvent.NodeRemoved) {
      // They have a pod on each.
      after.objects().all(DaemonSet.class).forEach(set -> dirty.add(set.key()));
      if (event instanceof SchedulerEvent.NodeRemoved) {
        after.objects().all(PersistentVolume.class).forEach(volume -> touchStorage(volume.key()));
      }
    }
  }

  /** The claim that is there now, or is no more: pods may have waited for it. */
  static Optional<ObjectName> claim(SchedulerEvent event) {
    if (event instanceof SchedulerEvent.ObjectCreated e) {
      return Optional.of(e.object().key())
          .filter(ObjectChanges::isClaim)
          .map(ObjectKey::objectName);
    } else if (event instanceof SchedulerEvent.ObjectDeleted e) {
      return Optional.of(e.key()).filter(ObjectChanges::isClaim).map(ObjectKey::objectName);
    }
    return Optional.empty();
  }

  private static boolean isClaim(ObjectKey key) {
    return Volumes.isStorage(key) && !key.kind().equals(Volumes.KIND);
  }

  private void removed(ClusterState before, ObjectName name) {
    namespaces.add(name.namespace());
    before.pod(name).ifPresent(this::removed);
  }

  private void removed(Pod pod) {
    pod.ownerKey().ifPresent(this::touch);
    for (String claim : pod.spec().claimNames()) {
      touchStorage(new ObjectKey("PersistentVolumeClaim", pod.meta().namespace(), claim));
    }
  }

  private void object(ApiObject object) {
    namespaces.add(object.meta().namespace());
    touch(object.key());
    touchStorage(object.key());
    touchOwner(object);
  }

  private void touchOwner(ApiObject object) {
    if (object instanceof Job job) {
      job.owner().ifPresent(o -> touch(new ObjectKey(o.kind(), job.meta().namespace(), o.name())));
    }
  }

  private void pod(ClusterState where, ObjectName name) {
    namespaces.add(name.namespace());
    where.pod(name).flatMap(Pod::ownerKey).ifPresent(this::touch);
  }

  /** One that was told to stop did not end by itself. */
  private void status(ClusterState before, ClusterState after, ObjectName name) {
    pod(after, name);
    Pod old = before.pods().get(name);
    Pod now = after.pods().get(name);
    boolean isEnd =
        old != null && now != null && old.isActive() && !now.isActive() && !now.isDeleting();
    boolean lost = isEnd && now.status().reason().filter(Draft.POD_LOST::equals).isPresent();
    if (isEnd && !lost && now.owner().filter(o -> o.kind().equals("Job")).isPresent()) {
      ended.computeIfAbsent(now.ownerKey().get(), k -> new ArrayList<>()).add(now);
    }
  }

  void touch(ObjectKey key) {
    if (Workloads.isOne(key.kind())) {
      dirty.add(key);
    }
  }

  private void touchStorage(ObjectKey key) {
    if (Volumes.isStorage(key)) {
      storage.add(key);
    }
  }

  boolean hasDirtyStorage() {
    return !storage.isEmpty();
  }

  Optional<ApiObject> nextStorage(ClusterState state) {
    return next(state, storage);
  }

  boolean hasDirty() {
    return !dirty.isEmpty();
  }

  Optional<ApiObject> next(ClusterState state) {
    return next(state, dirty);
  }

  private static Optional<ApiObject> next(ClusterState state, TreeSet<ObjectKey> keys) {
    while (!keys.isEmpty()) {
      Optional<ApiObject> next = state.objects().find(keys.pollFirst());
      if (next.isPresent()) {
        return next;
      }
    }
    return Optional.empty();
  }

  List<Pod> takeEnded(ObjectKey job) {
    List<Pod> pods = ended.remove(job);
    return pods == null ? List.of() : pods;
  }

  Set<String> namespaces() {
    return namespaces;
  }
}
