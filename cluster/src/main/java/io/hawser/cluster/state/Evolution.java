package io.hawser.cluster.state;

import io.hawser.model.ApiObject;
import io.hawser.model.Deployment;
import io.hawser.model.DeploymentStatus;
import io.hawser.model.EventRecord;
import io.hawser.model.Namespace;
import io.hawser.model.Node;
import io.hawser.model.ObjectKey;
import io.hawser.model.ObjectMeta;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.model.Taint;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** How each event changes the state. Decides nothing. */
final class Evolution {
  private Evolution() {}

  static ClusterState apply(ClusterState before, SchedulerEvent event) {
    ClusterState state = before.withRevision(before.revision() + 1);
    if (event instanceof SchedulerEvent.PodStatusChanged e) {
      return statusChanged(state, e);
    }
    ClusterState after = fold(state, event);
    return noted(after, EventRecords.of(before, after, event));
  }

  private static ClusterState noted(ClusterState state, List<EventRecord> records) {
    ClusterState after = state;
    for (EventRecord record : records) {
      after = after.withEvent(record);
    }
    return after;
  }

  /**
   * Most events are of this kind. The pod is looked up once: in a map of a million each look is a
   * walk through memory.
   */
  private static ClusterState statusChanged(
      ClusterState state, SchedulerEvent.PodStatusChanged event) {
    Pod old = state.pods().get(event.name());
    if (old == null) {
      return state;
    }
    Pod now = stamped(old.withStatus(event.status().sharing(old.status())), state);
    return noted(state.withPod(old, now), EventRecords.of(old, now, event));
  }

  private static ClusterState fold(ClusterState state, SchedulerEvent event) {
    long revision = state.revision();
    if (event instanceof SchedulerEvent.SchedulerStarted e) {
      return state.withEpoch(e.epoch());
    } else if (event instanceof SchedulerEvent.RequestDone) {
      // Remembered by the scheduler alone.
      return state;
    } else if (event instanceof SchedulerEvent.NamespaceCreated e) {
      Namespace made = new Namespace(e.namespace().meta().withResourceVersion(revision));
      return state.withNamespaces(state.namespaces().plus(made.name(), made));
    } else if (event instanceof SchedulerEvent.NamespaceDeleted e) {
      return state.withNamespaces(state.namespaces().minus(e.namespace()));
    } else if (event instanceof SchedulerEvent.DeploymentCreated e) {
      Deployment d = e.deployment();
      return put(
          state,
          new Deployment(
              d.meta().withResourceVersion(revision), d.spec(), d.revisions(), d.status()));
    } else if (event instanceof SchedulerEvent.DeploymentChanged e) {
      return deployment(state, e.name(), d -> changed(d, e, revision));
    } else if (event instanceof SchedulerEvent.DeploymentStatusChanged e) {
      return deployment(state, e.name(), d -> withStatus(d, e.status(), revision));
    } else if (event instanceof SchedulerEvent.DeploymentDeleted e) {
      return orphaned(state, ObjectKey.of(Pod.Owner.DEPLOYMENT, e.name()))
          .withoutDeployment(e.name());
    } else if (event instanceof SchedulerEvent.PodCreated e) {
      return state.withPod(
          state.shared(e.pod().withMeta(e.pod().meta().withResourceVersion(revision))));
    } else if (event instanceof SchedulerEvent.PodChanged e) {
      return pod(
          state,
          e.name(),
          p -> p.withMeta(p.meta().withLabelsAndAnnotations(e.labels(), e.annotations())));
    } else if (event instanceof SchedulerEvent.PodResized e) {
      return pod(state, e.name(), p -> p.resized(e.sizes()));
    } else if (event instanceof SchedulerEvent.PodResizePending e) {
      return pod(state, e.name(), p -> p.withPendingResize(e.resize()));
    } else if (event instanceof SchedulerEvent.PodPlaced e) {
      return pod(state, e.name(), p -> p.placedOn(e.node(), e.at()));
    } else if (event instanceof SchedulerEvent.PodUnschedulable e) {
      return pod(state, e.name(), p -> p.withUnschedulable(e.summary()));
    } else if (event instanceof SchedulerEvent.PodDeletionRequested e) {
      return pod(state, e.name(), p -> p.withDeletion(new Pod.Deletion(e.at(), e.graceSeconds())));
    } else if (event instanceof SchedulerEvent.PodMoveRequested e) {
      return pod(state, e.name(), p -> p.withMove(Optional.of(e.move())));
    } else if (event instanceof SchedulerEvent.PodMoveEnded e) {
      return pod(state, e.name(), p -> p.withMove(Optional.empty()));
    } else if (event instanceof SchedulerEvent.PodRemoved e) {
      return state.withoutPod(e.name());
    } else if (event instanceof SchedulerEvent.NodeRegistered e) {
      return registered(state, e);
    } else if (event instanceof SchedulerEvent.NodeChanged e) {
      return node(state, e.name(), n -> changed(n, e));
    } else if (event instanceof SchedulerEvent.NodeLost e) {
      return node(state, e.name(), n -> lost(n, e));
    } else if (event instanceof SchedulerEvent.NodeRemoved e) {
      return state.withNodes(state.nodes().minus(e.name()));
    } else if (event instanceof SchedulerEvent.ObjectCreated e) {
      return put(state, e.object());
    } else if (event instanceof SchedulerEvent.ObjectChanged e) {
      return put(state, e.object());
    } else if (event instanceof SchedulerEvent.ObjectStatusChanged e) {
      return state
          .objects()
          .find(e.key())
          .map(o -> put(state, o.withStatus(e.status())))
          .orElse(state);
    } else if (event instanceof SchedulerEvent.CreationRefused) {
      return state;
    } else if (event instanceof SchedulerEvent.ObjectDeleted e) {
      return orphaned(state, e.key()).withObjects(state.objects().minus(e.key()));
    }
    throw new IllegalArgumentException("unknown event: " + event.getClass().getName());
  }

  private static Deployment changed(
      Deployment d, SchedulerEvent.DeploymentChanged e, long revision) {
    ObjectMeta meta =
        d.meta()
            .withLabelsAndAnnotations(e.labels(), e.annotations())
            .withGeneration(e.generation())
            .withResourceVersion(revision);
    return new Deployment(meta, e.spec(), e.revisions(), d.status());
  }

  private static ClusterState put(ClusterState state, ApiObject object) {
    ApiObject stamped = object.withMeta(object.meta().withResourceVersion(state.revision()));
    return state.withObjects(state.objects().plus(stamped));
  }

  /** Pods that outlive their owner without being deleted belong to nobody from then on. */
  private static ClusterState orphaned(ClusterState state, ObjectKey owner) {
    ClusterState next = state;
    for (Pod pod : state.podsOf(owner)) {
      if (!pod.isDeleting()) {
        Pod free = pod.withMeta(pod.meta().withResourceVersion(state.revision())).withoutOwner();
        next = next.withPod(free);
      }
    }
    return next;
  }

  private static Deployment withStatus(Deployment d, DeploymentStatus status, long revision) {
    return new Deployment(d.meta().withResourceVersion(revision), d.spec(), d.revisions(), status);
  }

  /**
   * A returning node keeps its uid, labels, taints and cordon; only what it says of itself is new.
   */
  private static ClusterState registered(ClusterState state, SchedulerEvent.NodeRegistered event) {
    String name = event.info().name();
    Node old = state.nodes().get(name);
    Map<String, String> labels = new HashMap<>(old == null ? Map.of() : old.meta().labels());
    labels.put("kubernetes.io/hostname", name);
    labels.put("kubernetes.io/os", "linux");
    labels.put("kubernetes.io/arch", event.info().architecture());
    ObjectMeta meta =
        new ObjectMeta(
            "",
            name,
            old == null ? event.uid() : old.meta().uid(),
            1,
            state.revision(),
            old == null ? event.at() : old.meta().createdAt(),
            labels,
            old == null ? Map.of() : old.meta().annotations());
    Node node =
        new Node(
            meta,
            event.info(),
            old != null && old.unschedulable(),
            old == null ? List.of() : old.taints(),
            Node.State.READY,
            "NodeReady",
            event.at());
    return state.withNodes(state.nodes().plus(name, node));
  }

  private static Node changed(Node n, SchedulerEvent.NodeChanged e) {
    return new Node(
        n.meta().withLabelsAndAnnotations(e.labels(), e.annotations()),
        n.info(),
        e.unschedulable(),
        e.taints().stream().map(taint -> timed(taint, n.taints(), e.at())).toList(),
        n.state(),
        n.stateReason(),
        n.since());
  }

  /** One that was there before keeps its time. */
  private static Taint timed(Taint taint, List<Taint> before, Instant at) {
    return before.stream()
        .filter(old -> old.plain().equals(taint.plain()))
        .findFirst()
        .orElseGet(() -> taint.plain().from(at));
  }

  private static Node lost(Node n, SchedulerEvent.NodeLost e) {
    return new Node(
        n.meta(), n.info(), n.unschedulable(), n.taints(), Node.State.LOST, e.reason(), e.at());
  }

  private static ClusterState put(ClusterState state, Deployment deployment) {
    return state.withDeployment(deployment);
  }

  private static ClusterState deployment(
      ClusterState state, ObjectName name, UnaryOperator<Deployment> change) {
    return state.deployment(name).map(d -> put(state, change.apply(d))).orElse(state);
  }

  private static ClusterState pod(ClusterState state, ObjectName name, UnaryOperator<Pod> change) {
    Pod old = state.pods().get(name);
    if (old == null) {
      return state;
    }
    return state.withPod(old, stamped(change.apply(old), state));
  }

  private static Pod stamped(Pod pod, ClusterState state) {
    return pod.withMeta(pod.meta().withResourceVersion(state.revision()));
  }

  private static ClusterState node(ClusterState state, String name, UnaryOperator<Node> change) {
    Node node = state.nodes().get(name);
    if (node == null) {
      return state;
    }
    Node next = change.apply(node);
    Node stamped =
        new Node(
            next.meta().withResourceVersion(state.revision()),
            next.info(),
            next.unschedulable(),
            next.taints(),
            next.state(),
            next.stateReason(),
            next.since());
    return state.withNodes(state.nodes().plus(name, stamped));
  }
}
