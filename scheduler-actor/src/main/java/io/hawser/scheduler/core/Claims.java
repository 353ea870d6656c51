package io.hawser.scheduler.core;

import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.Node;
import io.hawser.model.ObjectName;
import io.hawser.model.PersistentVolume;
import io.hawser.model.PersistentVolumeClaim;
import io.hawser.model.Pod;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What claims mean for pods, and pods for claims: a claim is bound by the decision that places the
 * first pod that uses it, to a volume on that pod's node, and goes when no pod uses it any more.
 * See {@link Volumes} for what becomes of the data.
 */
final class Claims {
  static final String PLURAL = "persistentvolumeclaims";

  private Claims() {}

  private static Optional<PersistentVolumeClaim> find(ClusterState state, Pod pod, String name) {
    return state
        .objects()
        .find(PersistentVolumeClaim.class, new ObjectName(pod.meta().namespace(), name));
  }

  /**
   * Why a pod may be placed nowhere, whatever the nodes are like, in Kubernetes' words; empty for a
   * pod without claims, and where nodes decide.
   */
  static Optional<String> obstacle(ClusterState state, Pod pod) {
    for (String name : pod.spec().claimNames()) {
      Optional<PersistentVolumeClaim> claim = find(state, pod, name);
      String why = null;
      if (claim.isEmpty()) {
        why = "persistentvolumeclaim \"%s\" not found".formatted(name);
      } else if (claim.get().isDeleting()) {
        why = "persistentvolumeclaim \"%s\" is being deleted".formatted(name);
      } else if (claim.get().isForOnePod() && isTaken(state, claim.get(), pod)) {
        why =
            "1 node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod"
                + " access mode";
      }
      if (why != null) {
        return Optional.of("0/%d nodes are available: %s.".formatted(state.nodes().size(), why));
      }
    }
    return Optional.empty();
  }

  /** The same of pods that are to be placed together. */
  static Optional<String> obstacle(ClusterState state, List<Pod> group) {
    return group.stream().flatMap(pod -> obstacle(state, pod).stream()).findFirst();
  }

  /** The pods without a node that use one of these claims. */
  static List<ObjectName> waiting(ClusterState state, String namespace, Set<String> claims) {
    return StartOrder.unplaced(state, namespace)
        .filter(pod -> !Collections.disjoint(pod.spec().claimNames(), claims))
        .map(Pod::name)
        .toList();
  }

  private static boolean isTaken(ClusterState state, PersistentVolumeClaim claim, Pod pod) {
    return users(state, claim).stream()
        .filter(user -> user.isActive() || user.isDeleting())
        .anyMatch(user -> !user.name().equals(pod.name()));
  }

  /** The placed pods that use a claim: all on the node of its volume. */
  private static List<Pod> users(ClusterState state, PersistentVolumeClaim claim) {
    return claim
        .status()
        .node()
        .map(
            node ->
                state.podsOn(node).stream()
                    .filter(pod -> pod.meta().namespace().equals(claim.meta().namespace()))
                    .filter(pod -> pod.spec().claimNames().contains(claim.meta().name()))
                    .toList())
        .orElse(List.of());
  }

  /** What to say beside the nodes' reasons: that a volume's node is not there; else nothing. */
  static String absence(ClusterState state, Pod pod) {
    for (String name : pod.spec().claimNames()) {
      Optional<String> bound = find(state, pod, name).flatMap(claim -> claim.status().node());
      Optional<Node> node = bound.flatMap(state::node);
      if (bound.isPresent() && node.isEmpty()) {
        return " persistentvolumeclaim \"%s\" is bound to a volume on node %s, which was removed: "
                .formatted(name, bound.get())
            + "delete the claim to give up its data.";
      } else if (node.isPresent() && !node.get().isReady()) {
        return " persistentvolumeclaim \"%s\" is bound to a volume on node %s, which is lost."
            .formatted(name, bound.get());
      }
    }
    return "";
  }

  /** The pod is about to be placed: its claims that are not bound yet get volumes there. */
  static void bind(Draft draft, Pod pod, String node) {
    for (String name : pod.spec().claimNames()) {
      find(draft.state(), pod, name)
          .filter(claim -> !claim.isBound())
          .ifPresent(claim -> bind(draft, claim, node));
    }
  }

  private static void bind(Draft draft, PersistentVolumeClaim claim, String node) {
    PersistentVolume volume =
        PersistentVolume.of(claim, node, draft.identities().uid(), draft.now());
    draft.emit(new SchedulerEvent.ObjectCreated(volume, draft.now()));
    OwnedBy.tell(draft, claim, claim.status().boundTo(volume));
  }

  /** The volumes of a pod's claims; by name of the claim. */
  static Map<String, String> volumes(ClusterState state, Pod pod) {
    List<String> names = pod.spec().claimNames();
    if (names.isEmpty()) {
      return Map.of();
    }
    Map<String, String> volumes = new TreeMap<>();
    for (String name : names) {
      find(state, pod, name)
          .flatMap(claim -> claim.status().volume())
          .ifPresent(volume -> volumes.put(name, volume));
    }
    return volumes;
  }

  /** A user wants it gone: at once, or as soon as no pod uses it. */
  static void delete(Draft draft, PersistentVolumeClaim claim) {
    if (users(draft.state(), claim).isEmpty()) {
      remove(draft, claim);
    } else if (!claim.isDeleting()) {
      OwnedBy.tell(draft, claim, claim.status().deletedAt(draft.now()));
    }
  }

  /** Pods that used it are gone. */
  static void settle(Draft draft, PersistentVolumeClaim claim) {
    if (claim.isDeleting() && users(draft.state(), claim).isEmpty()) {
      remove(draft, claim);
    }
  }

  private static void remove(Draft draft, PersistentVolumeClaim claim) {
    draft.emit(new SchedulerEvent.ObjectDeleted(claim.key(), draft.now()));
    claim.status().volume().ifPresent(volume -> Volumes.release(draft, volume));
  }
}
