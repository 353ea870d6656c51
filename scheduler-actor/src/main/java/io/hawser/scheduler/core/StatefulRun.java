package io.hawser.scheduler.core;

import io.hawser.model.Deployment.Revision;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.model.StatefulSet;
import io.hawser.model.StatefulSet.Status;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The next step of one stateful set: pods in the order of their ordinals, updates from the last to
 * the first. A name is given to a new pod only when nothing is left of the old one; of a pod whose
 * node is lost that is so once the node must have stopped it (see {@link LostPods}).
 */
final class StatefulRun {
  static final String KIND = "StatefulSet";
  private static final String HASH = "controller-revision-hash";

  private final Draft draft;
  private final StatefulSet set;
  private final Map<Integer, Pod> pods = new TreeMap<>();
  private final String target;
  private String stable;

  private StatefulRun(Draft draft, StatefulSet set) {
    this.draft = draft;
    this.set = set;
    this.target = set.currentRevision().templateHash();
    this.stable = set.status().stableHash().isEmpty() ? target : set.status().stableHash();
    OwnedBy.pods(draft, set).forEach(p -> ordinal(p).ifPresent(i -> pods.put(i, p)));
  }

  static void advance(Draft draft, StatefulSet set) {
    StatefulRun run = new StatefulRun(draft, set);
    boolean inOrder = run.fill() && run.shrink();
    if (inOrder && !set.spec().onDelete()) {
      run.update();
    }
    run.tell();
  }

  private Optional<Integer> ordinal(Pod pod) {
    String prefix = set.meta().name() + "-";
    String name = pod.meta().name();
    return name.startsWith(prefix) && name.substring(prefix.length()).matches("\\d{1,9}")
        ? Optional.of(Integer.parseInt(name.substring(prefix.length())))
        : Optional.empty();
  }

  /** Makes what is missing. True: all are there and, unless parallel, available. */
  private boolean fill() {
    boolean all = true;
    for (int i = 0; i < set.spec().replicas(); i++) {
      Pod pod = pods.get(i);
      boolean there = pod == null ? create(i) : isWell(i, pod);
      all &= there;
      if (!there && !set.spec().parallel()) {
        return false;
      }
    }
    return all || set.spec().parallel();
  }

  /** False: the name is still taken, or this decision is full, or it is not available yet. */
  private boolean create(int ordinal) {
    Revision revision = revisionOf(ordinal);
    ObjectName name = name(ordinal);
    boolean free = !draft.state().pods().containsKey(name) && mayHaveClaims(ordinal);
    if (free && draft.grantCreations(1, set.key(), revision.template()) == 1) {
      SetClaims.create(draft, set, ordinal);
      Map<String, String> labels = new HashMap<>(revision.template().labels());
      labels.put(HASH, revision.templateHash());
      labels.put("statefulset.kubernetes.io/pod-name", name.name());
      labels.put("apps.kubernetes.io/pod-index", Integer.toString(ordinal));
      OwnedBy.create(
          draft,
          set,
          revision.templateHash(),
          name,
          labels,
          revision.template().annotations(),
          SetClaims.in(
              revision.template().spec().placedBy(Optional.empty(), Optional.of(name.name())),
              set,
              ordinal));
      draft.state().pod(name).ifPresent(p -> pods.put(ordinal, p));
    }
    return false;
  }

  private boolean mayHaveClaims(int ordinal) {
    Optional<String> obstacle = SetClaims.obstacle(draft.state(), set, ordinal);
    obstacle.ifPresent(why -> draft.refuse(set.key(), why));
    return obstacle.isEmpty();
  }

  /**
   * Ends pods that can't become well by themselves: ended ones, and ones of an old template that
   * were never ready, which would else block the update that mends them.
   */
  private boolean isWell(int ordinal, Pod pod) {
    if (pod.isDeleting()) {
      return false;
    }
    boolean stuck = !pod.status().isReady() && mayUpdate(ordinal) && isStale(pod);
    boolean due =
        !pod.meta().createdAt().plus(Limits.FAILED_POD_REPLACE_DELAY).isAfter(draft.now());
    if ((!pod.isActive() && due) || stuck) {
      OwnedBy.delete(draft, pod, pod.isActive() ? "replaced by a new revision" : "ended");
      return false;
    }
    return isAvailable(pod);
  }

  /** Ends what is too many, the last first. True: nothing is. */
  private boolean shrink() {
    boolean none = true;
    for (int i : new TreeMap<>(pods).descendingKeySet()) {
      Pod pod = pods.get(i);
      if (i < set.spec().replicas()) {
        return none;
      }
      none = false;
      if (!pod.isDeleting()) {
        OwnedBy.delete(draft, pod, "scaled down");
        SetClaims.scaledAway(draft, set, i);
      }
      if (!set.spec().parallel()) {
        return false;
      }
    }
    return none;
  }

  /** One pod at a time; the next one when the new pod is available. */
  private void update() {
    for (int i = set.spec().replicas() - 1; i >= set.spec().partition(); i--) {
      Pod pod = pods.get(i);
      if (pod == null || pod.isDeleting()) {
        return;
      } else if (isStale(pod)) {
        OwnedBy.delete(draft, pod, "replaced by a new revision");
        return;
      } else if (!isAvailable(pod)) {
        return;
      }
    }
  }

  private boolean mayUpdate(int ordinal) {
    return !set.spec().onDelete() && ordinal >= set.spec().partition();
  }

  private boolean isStale(Pod pod) {
    return !pod.owner().map(Pod.Owner::templateHash).orElse("").equals(target);
  }

  private boolean isAvailable(Pod pod) {
    return pod.isActive() && OwnedBy.isAvailable(pod, set.spec().minReadySeconds(), draft.now());
  }

  /** Below the partition the template of before the update. */
  private Revision revisionOf(int ordinal) {
    String wanted = ordinal < set.spec().partition() ? stable : target;
    return set.revisions().stream()
        .filter(r -> r.templateHash().equals(wanted))
        .findFirst()
        .orElse(set.currentRevision());
  }

  private ObjectName name(int ordinal) {
    return new ObjectName(set.meta().namespace(), set.meta().name() + "-" + ordinal);
  }

  private void tell() {
    List<Pod> live =
        OwnedBy.pods(draft, set).stream().filter(p -> p.isActive() && !p.isDeleting()).toList();
    int updated = (int) live.stream().filter(p -> !isStale(p)).count();
    int available = (int) live.stream().filter(this::isAvailable).count();
    boolean done = updated == set.spec().replicas() && available == updated;
    if (done) {
      stable = target;
    }
    int current =
        (int)
            live.stream()
                .filter(p -> p.owner().orElseThrow().templateHash().equals(stable))
                .count();
    OwnedBy.tell(
        draft,
        set,
        new Status(
            set.meta().generation(),
            live.size(),
            (int) live.stream().filter(p -> p.status().isReady()).count(),
            current,
            updated,
            available,
            stable));
  }
}
