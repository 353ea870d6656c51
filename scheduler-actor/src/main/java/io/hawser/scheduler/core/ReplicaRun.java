package io.hawser.scheduler.core;

import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.model.PodTemplate;
import io.hawser.model.ReplicaSet;
import io.hawser.model.ReplicaSet.Status;
import io.hawser.scheduler.core.placement.PodCounts;
import java.time.Instant;
import java.util.List;

/** The next step of one replica set that a user made: the wanted number of pods, no more. */
final class ReplicaRun {
  static final String KIND = "ReplicaSet";

  private ReplicaRun() {}

  static void advance(Draft draft, ReplicaSet set) {
    GradualOwner owner = GradualOwner.of(set);
    if (isPlain(draft, owner)) {
      create(draft, set, set.spec().replicas() - live(draft, owner).pods());
    } else {
      replaceEnded(draft, owner);
      // One that has ended keeps its place until it is replaced, so that a storm has its pace.
      int ended = owner.pods(draft).finished().size();
      int surplus = owner.pods(draft).fresh().size() + ended - set.spec().replicas();
      drop(draft, owner, surplus);
      create(draft, set, -surplus);
      Moves.advance(draft, owner);
    }
    tell(draft, set, owner);
  }

  private static PodCounts.Live live(Draft draft, GradualOwner owner) {
    return draft.memory().counts().of(draft.state(), owner.key()).live(owner.uid());
  }

  /** All its pods serve or are about to, and there are not too many: the number alone decides. */
  private static boolean isPlain(Draft draft, GradualOwner owner) {
    PodCounts.Live live = live(draft, owner);
    return draft
            .memory()
            .counts()
            .of(draft.state(), owner.key())
            .isAllOf(owner.uid(), owner.templateHash())
        && live.pods() <= owner.replicas()
        && live.moving() == 0;
  }

  private static void replaceEnded(Draft draft, GradualOwner owner) {
    for (Pod pod : owner.pods(draft).finished()) {
      Instant due = pod.meta().createdAt().plus(Limits.FAILED_POD_REPLACE_DELAY);
      if (!due.isAfter(draft.now()) && draft.grantDeletions(1, owner.key()) == 1) {
        OwnedBy.delete(draft, pod, "ended, to be replaced");
      }
    }
  }

  /** Those that have ended go first. */
  private static void drop(Draft draft, GradualOwner owner, int surplus) {
    if (surplus <= 0) {
      return;
    }
    int granted = draft.grantDeletions(surplus, owner.key());
    List<Pod> ended = owner.pods(draft).finished();
    List<Pod> first = ended.subList(0, Math.min(granted, ended.size()));
    List<Pod> then = owner.pods(draft).fresh().first(granted - first.size());
    first.forEach(pod -> OwnedBy.delete(draft, pod, "scaled down"));
    then.forEach(pod -> OwnedBy.delete(draft, pod, "scaled down"));
  }

  private static void create(Draft draft, ReplicaSet set, int count) {
    PodTemplate template = set.spec().template();
    int granted = draft.grantCreations(count, set.key(), template);
    for (int i = 0; i < granted; i++) {
      ObjectName name =
          draft.identities().podName(draft.state(), set.meta().namespace(), set.meta().name());
      OwnedBy.create(
          draft, set, "", name, template.labels(), template.annotations(), template.spec());
    }
  }

  /** A pod on the move and its replacement count as one. */
  private static void tell(Draft draft, ReplicaSet set, GradualOwner owner) {
    PodCounts.Live live = live(draft, owner);
    int available = Math.min(owner.serving(draft), live.settled());
    OwnedBy.tell(
        draft,
        set,
        new Status(set.meta().generation(), live.settled(), live.settledReady(), available));
  }
}
