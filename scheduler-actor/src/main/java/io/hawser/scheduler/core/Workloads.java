package io.hawser.scheduler.core;

import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.ApiObject;
import io.hawser.model.CronJob;
import io.hawser.model.CustomObject;
import io.hawser.model.DaemonSet;
import io.hawser.model.Deployment.Revision;
import io.hawser.model.Job;
import io.hawser.model.ObjectKey;
import io.hawser.model.Pod;
import io.hawser.model.ReplicaSet;
import io.hawser.model.StatefulSet;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The kinds of objects that make pods or other objects, and where each is decided. */
final class Workloads {
  private static final Set<String> KINDS =
      Set.of("Job", "CronJob", "DaemonSet", "ReplicaSet", "StatefulSet");

  private Workloads() {}

  static boolean isOne(String kind) {
    return KINDS.contains(kind) || CustomObject.isType(kind);
  }

  /** The object's next step. Called again whenever anything about it has changed. */
  static void advance(Draft draft, ApiObject object) {
    if (object instanceof Job job) {
      JobRun.advance(draft, job);
    } else if (object instanceof CronJob cron) {
      CronRun.advance(draft, cron);
    } else if (object instanceof DaemonSet set) {
      DaemonRun.advance(draft, set);
    } else if (object instanceof ReplicaSet set) {
      ReplicaRun.advance(draft, set);
    } else if (object instanceof StatefulSet set) {
      StatefulRun.advance(draft, set);
    } else if (object instanceof CustomObject custom) {
      CustomRun.advance(draft, custom);
    }
  }

  /** Whether time alone may change something about it. */
  static boolean waitsForTime(ApiObject object, Instant now) {
    if (object instanceof Job job) {
      return !job.isFinished() || job.spec().ttlSecondsAfterFinished().isPresent();
    } else if (object instanceof DaemonSet set) {
      return set.status().available() < set.status().desired();
    } else if (object instanceof StatefulSet set) {
      return set.status().available() < set.spec().replicas();
    } else if (object instanceof ReplicaSet set) {
      return set.status().available() < set.spec().replicas();
    }
    return object instanceof CronJob cron && CronRun.isDue(cron, now)
        || object instanceof CustomObject custom && custom.status().waitsForTime();
  }

  /** A new or changed object with the revisions that follow from its template. */
  static ApiObject revised(Draft draft, ApiObject object) {
    if (object instanceof DaemonSet set) {
      return set.withRevisions(
          revisions(
              draft,
              set,
              set.revisions(),
              set.spec().template(),
              set.spec().revisionHistoryLimit()));
    } else if (object instanceof StatefulSet set) {
      return set.withRevisions(
          revisions(
              draft,
              set,
              set.revisions(),
              set.spec().template(),
              set.spec().revisionHistoryLimit()));
    }
    return object;
  }

  private static List<Revision> revisions(
      Draft draft,
      ApiObject object,
      List<Revision> history,
      io.hawser.model.PodTemplate template,
      int limit) {
    if (history.isEmpty()) {
      return Revisions.first(template, draft.now());
    }
    Set<String> inUse =
        draft.state().podsOf(object.key()).stream()
            .flatMap(p -> p.owner().stream())
            .map(Pod.Owner::templateHash)
            .collect(Collectors.toSet());
    return Revisions.next(history, template, limit, inUse, draft.now());
  }

  /** Jobs of a cron job go with it, or stay without an owner. */
  static void deleteChildren(Draft draft, ObjectKey owner, boolean orphan) {
    for (Job job : List.copyOf(draft.state().objects().in(owner.namespace(), Job.class))) {
      boolean child =
          job.owner()
              .filter(o -> o.kind().equals(owner.kind()) && o.name().equals(owner.name()))
              .isPresent();
      if (child && orphan) {
        Job free = new Job(job.meta(), job.spec(), Optional.empty(), job.status());
        draft.emit(new SchedulerEvent.ObjectChanged(free, draft.now()));
      } else if (child) {
        ObjectRequests.delete(draft, job, false);
      }
    }
  }
}
