package io.hawser.scheduler.core;

import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.model.PodTemplate;
import io.hawser.model.ReplicaSet;
import io.hawser.model.ReplicaSet.Status;
import java.time.Instant;
import java.util.List;

/** The next step of one replica set that a user made: the wanted number of pods, no more. */
final class ReplicaRun {
  static final String KIND = "ReplicaSet";

  private ReplicaRun() {}

  static void advance(Draft draft, ReplicaSet set) {
    for (Pod pod : OwnedBy.pods(draft, set)) {
      Instant due = pod.meta().createdAt().plus(Limits.FAILED_POD_REPLACE_DELAY);
      boolean ended = !pod.isActive() && !pod.isDeleting() && !due.isAfter(draft.now());
      if (ended && draft.grantDeletions(1, set.key()) == 1) {
        OwnedBy.delete(draft, pod, "ended, to be replaced");
      }
    }
    // One that has ended keeps its place until it is replaced, so that a storm has its pace.
    List<Pod> there =
        OwnedBy.pods(draft, set).stream().filter(p -> !p.isDeleting() && !p.isLeaving()).toList();
    int surplus = there.size() - set.spec().replicas();
    if (surplus > 0) {
      DropOrder.sorted(there).stream()
          .limit(draft.grantDeletions(surplus, set.key()))
          .forEach(p -> OwnedBy.delete(draft, p, "scaled down"));
    } else if (surplus < 0) {
      create(draft, set, draft.grantCreations(-surplus, set.key(), set.spec().template()));
    }
    tell(draft, set);
  }

  private static void create(Draft draft, ReplicaSet set, int count) {
    PodTemplate template = set.spec().template();
    for (int i = 0; i < count; i++) {
      ObjectName name =
          draft.identities().podName(draft.state(), set.meta().namespace(), set.meta().name());
      OwnedBy.create(
          draft, set, "", name, template.labels(), template.annotations(), template.spec());
    }
  }

  private static void tell(Draft draft, ReplicaSet set) {
    List<Pod> live =
        OwnedBy.pods(draft, set).stream().filter(p -> p.isActive() && !p.isDeleting()).toList();
    int ready = (int) live.stream().filter(p -> p.status().isReady()).count();
    int available =
        (int)
            live.stream()
                .filter(p -> OwnedBy.isAvailable(p, set.spec().minReadySeconds(), draft.now()))
                .count();
    OwnedBy.tell(draft, set, new Status(set.meta().generation(), live.size(), ready, available));
  }
}
