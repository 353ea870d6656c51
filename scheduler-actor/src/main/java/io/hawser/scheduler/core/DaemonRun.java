package io.hawser.scheduler.core;

import io.hawser.cluster.Roles;
import io.hawser.model.DaemonSet;
import io.hawser.model.DaemonSet.Status;
import io.hawser.model.Deployment.Revision;
import io.hawser.model.Node;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.model.PodSpec;
import io.hawser.model.Taint;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The next step of one daemon set. A cordon does not keep its pods away, as in Kubernetes; whether
 * a node has room for one is decided like for any pod that names its node.
 */
final class DaemonRun {
  private static final String HASH = "controller-revision-hash";

  private final Draft draft;
  private final DaemonSet set;
  private final Map<String, Pod> byNode = new HashMap<>();
  private final List<Pod> stopping = new ArrayList<>();
  private final List<Pod> surplus = new ArrayList<>();
  private final List<Node> eligible;

  private DaemonRun(Draft draft, DaemonSet set) {
    this.draft = draft;
    this.set = set;
    PodSpec admitted =
        Quotas.withDefaults(draft.state(), set.meta().namespace(), set.spec().template().spec());
    this.eligible = draft.state().nodes().values().stream().filter(n -> fits(n, admitted)).toList();
    for (Pod pod : OwnedBy.pods(draft, set)) {
      String node = pod.nodeName().or(() -> pod.spec().nodeName()).orElse("");
      if (pod.isDeleting()) {
        stopping.add(pod);
      } else if (byNode.putIfAbsent(node, pod) != null) {
        surplus.add(pod);
      }
    }
  }

  static void advance(Draft draft, DaemonSet set) {
    DaemonRun run = new DaemonRun(draft, set);
    run.leave();
    run.replaceEnded();
    run.update();
    run.fill();
    run.tell();
  }

  /**
   * By its selector, required affinity and taints; full nodes are eligible too, their pod waits.
   *
   * @param spec of the set's pods, with what their runtime class asks for
   */
  private static boolean fits(Node node, PodSpec spec) {
    boolean wanted = spec.nodeName().map(node.name()::equals).orElse(true);
    return wanted
        && node.isReady()
        && node.info().roles().contains(Roles.WORKER)
        && node.meta().labels().entrySet().containsAll(spec.nodeSelector().entrySet())
        && spec.scheduling().nodeAffinity().allows(node.name(), node.meta().labels())
        && node.taints().stream()
            .filter(t -> t.effect() != Taint.Effect.PREFER_NO_SCHEDULE)
            .allMatch(t -> spec.tolerations().stream().anyMatch(o -> o.tolerates(t)));
  }

  private Set<String> names() {
    return eligible.stream().map(Node::name).collect(Collectors.toSet());
  }

  private void leave() {
    surplus.forEach(p -> OwnedBy.delete(draft, p, "a second pod on its node"));
    Set<String> names = names();
    byNode.entrySet().stream()
        .filter(e -> !names.contains(e.getKey()))
        .map(Map.Entry::getValue)
        .toList()
        .forEach(p -> drop(p, "its node is not wanted any more"));
  }

  private void replaceEnded() {
    for (Pod pod : List.copyOf(byNode.values())) {
      Instant due = pod.meta().createdAt().plus(Limits.FAILED_POD_REPLACE_DELAY);
      if (!pod.isActive() && !due.isAfter(draft.now())) {
        drop(pod, "ended, to be replaced");
      }
    }
  }

  /** Never more pods missing than the update may take down. */
  private void update() {
    if (set.spec().onDelete()) {
      return;
    }
    List<Pod> stale = byNode.values().stream().filter(this::isStale).toList();
    stale.stream()
        .filter(p -> !isAvailable(p))
        .toList()
        .forEach(p -> drop(p, "replaced by a new revision"));
    long available = byNode.values().stream().filter(this::isAvailable).count();
    int mayMiss = Math.max(1, set.spec().maxUnavailable().of(eligible.size(), true));
    long mayGo = mayMiss - (eligible.size() - available);
    stale.stream()
        .filter(this::isAvailable)
        .sorted(java.util.Comparator.comparing(Pod::name))
        .limit(Math.max(0, mayGo))
        .toList()
        .forEach(p -> drop(p, "replaced by a new revision"));
  }

  private void drop(Pod pod, String reason) {
    if (draft.grantDeletions(1, set.key()) == 1) {
      byNode.values().remove(pod);
      OwnedBy.delete(draft, pod, reason);
      draft.state().pod(pod.name()).ifPresent(stopping::add);
    }
  }

  /** A node gets its new pod when the old one has left it. */
  private void fill() {
    List<String> missing =
        eligible.stream()
            .map(Node::name)
            .filter(n -> !byNode.containsKey(n))
            .filter(n -> stopping.stream().noneMatch(p -> isOn(p, n)))
            .toList();
    Revision revision = set.currentRevision();
    int granted = draft.grantCreations(missing.size(), set.key(), revision.template());
    for (String node : missing.subList(0, granted)) {
      Map<String, String> labels = new HashMap<>(revision.template().labels());
      labels.put(HASH, revision.templateHash());
      ObjectName name =
          draft.identities().podName(draft.state(), set.meta().namespace(), set.meta().name());
      OwnedBy.create(
          draft,
          set,
          revision.templateHash(),
          name,
          labels,
          revision.template().annotations(),
          revision.template().spec().placedBy(Optional.of(node), Optional.empty()));
    }
  }

  private static boolean isOn(Pod pod, String node) {
    return pod.nodeName().filter(node::equals).isPresent();
  }

  private boolean isStale(Pod pod) {
    String hash = pod.owner().map(Pod.Owner::templateHash).orElse("");
    return !hash.equals(set.currentRevision().templateHash());
  }

  private boolean isAvailable(Pod pod) {
    return pod.isActive() && OwnedBy.isAvailable(pod, set.spec().minReadySeconds(), draft.now());
  }

  private void tell() {
    Set<String> names = names();
    int current = 0;
    int ready = 0;
    int updated = 0;
    int available = 0;
    int misscheduled = 0;
    for (Pod pod : OwnedBy.pods(draft, set)) {
      String node = pod.nodeName().or(() -> pod.spec().nodeName()).orElse("");
      if (pod.isDeleting()) {
        continue;
      } else if (!names.contains(node)) {
        misscheduled++;
        continue;
      }
      current++;
      ready += pod.status().isReady() ? 1 : 0;
      updated += isStale(pod) ? 0 : 1;
      available += isAvailable(pod) ? 1 : 0;
    }
    OwnedBy.tell(
        draft,
        set,
        new Status(
            set.meta().generation(),
            eligible.size(),
            current,
            misscheduled,
            ready,
            updated,
            available));
  }
}
