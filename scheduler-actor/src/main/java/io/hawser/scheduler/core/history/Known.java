package io.hawser.scheduler.core.history;

import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.Condition;
import io.hawser.model.Deployment.Revision;
import io.hawser.model.DeploymentSpec;
import io.hawser.model.ObjectName;
import io.hawser.model.PodContainer;
import io.hawser.model.PodPhase;
import io.hawser.model.PodStatus;
import io.hawser.model.PodStatus.StateKind;
import io.hawser.model.PodTemplate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a history's events so far say of deployments, nodes and pods, as far as words need it. */
final class Known {
  private final Map<ObjectName, DeploymentSpec> specs = new HashMap<>();
  private final Map<ObjectName, Map<PodTemplate, Long>> revisions = new HashMap<>();
  private final Map<ObjectName, String> progress = new HashMap<>();
  private final Map<String, Boolean> cordoned = new HashMap<>();
  private final Map<ObjectName, String> places = new HashMap<>();

  /** After everything of the event was told. */
  void follow(SchedulerEvent event) {
    if (event instanceof SchedulerEvent.DeploymentCreated e) {
      specs.put(e.deployment().name(), e.deployment().spec());
      revision(e.deployment().name(), e.deployment().revisions());
    } else if (event instanceof SchedulerEvent.DeploymentChanged e) {
      specs.put(e.name(), e.spec());
      revision(e.name(), e.revisions());
    } else if (event instanceof SchedulerEvent.NodeChanged e) {
      cordoned.put(e.name(), e.unschedulable());
    } else if (event instanceof SchedulerEvent.PodPlaced e) {
      places.put(e.name(), e.node());
    }
  }

  private void revision(ObjectName deployment, List<Revision> all) {
    if (!all.isEmpty()) {
      Revision current = all.get(all.size() - 1);
      revisions
          .computeIfAbsent(deployment, d -> new HashMap<>())
          .put(current.template(), current.number());
    }
  }

  /** Says so when a template was there before: by hand, or because a rollout failed. */
  private String back(SchedulerEvent.DeploymentChanged event) {
    DeploymentSpec old = specs.get(event.name());
    PodTemplate now = event.spec().template();
    Long before = revisions.getOrDefault(event.name(), Map.of()).get(now);
    boolean isBack = old != null && before != null && !old.template().equals(now);
    return isBack ? ", back to revision " + before : "";
  }

  /** By their names, {@code owner-template-suffix}: also of pods older than the journal. */
  static boolean areSiblings(ObjectName a, ObjectName b) {
    return a.namespace().equals(b.namespace()) && base(a.name()).equals(base(b.name()));
  }

  static boolean isOf(ObjectName deployment, ObjectName pod) {
    return pod.namespace().equals(deployment.namespace())
        && base(base(pod.name())).equals(deployment.name());
  }

  private static String base(String name) {
    return name.substring(0, Math.max(0, name.lastIndexOf('-')));
  }

  /** Whether a pod was there, or ended because its node was lost. */
  boolean wasOn(String node, ObjectName pod, SchedulerEvent event) {
    boolean lost =
        event instanceof SchedulerEvent.PodRemoved e
            && e.reason().startsWith("node " + node + " lost");
    return lost || node.equals(places.get(pod));
  }

  static boolean ends(SchedulerEvent event) {
    return event instanceof SchedulerEvent.PodRemoved
        || event instanceof SchedulerEvent.PodDeletionRequested
        || event instanceof SchedulerEvent.PodMoveRequested;
  }

  static boolean isFault(PodStatus status) {
    return status.phase() == PodPhase.FAILED
        || status.containers().stream()
            .anyMatch(
                c -> c.state().kind() != StateKind.RUNNING && c.state().exitCode().orElse(0) != 0);
  }

  /** How far a rollout is, when it became another word. */
  Optional<String> progress(SchedulerEvent.DeploymentStatusChanged event) {
    String now =
        event.status().conditions().stream()
            .filter(c -> c.type().equals("Progressing"))
            .map(Condition::reason)
            .findFirst()
            .orElse("");
    boolean same = now.equals(progress.put(event.name(), now));
    String counts =
        "%d available, %d of the current template"
            .formatted(event.status().availableReplicas(), event.status().updatedReplicas());
    return switch (same ? "" : now) {
      case "NewReplicaSetAvailable" -> Optional.of("rolled out: " + counts);
      case "ProgressDeadlineExceeded" -> Optional.of("no progress before the deadline: " + counts);
      default -> Optional.empty();
    };
  }

  /** One event in a few words. */
  String words(SchedulerEvent event) {
    if (event instanceof SchedulerEvent.DeploymentCreated e) {
      return "deployment %s created with %d replicas of %s"
          .formatted(
              e.deployment().name().name(),
              e.deployment().spec().replicas(),
              images(e.deployment().spec()));
    } else if (event instanceof SchedulerEvent.DeploymentChanged e) {
      return "deployment "
          + e.name().name()
          + " "
          + changes(specs.get(e.name()), e.spec())
          + back(e);
    } else if (event instanceof SchedulerEvent.DeploymentDeleted e) {
      return "deployment " + e.name().name() + " deleted";
    } else if (event instanceof SchedulerEvent.NodeLost e) {
      return "node " + e.name() + " lost: " + e.reason();
    } else if (event instanceof SchedulerEvent.NodeRegistered e) {
      return "node " + e.info().name() + " is here";
    } else if (event instanceof SchedulerEvent.NodeChanged e) {
      boolean was = cordoned.getOrDefault(e.name(), false);
      String how = was == e.unschedulable() ? "changed" : was ? "uncordoned" : "cordoned";
      return "node " + e.name() + " " + how;
    } else if (event instanceof SchedulerEvent.NodeRemoved e) {
      return "node " + e.name() + " forgotten";
    } else if (event instanceof SchedulerEvent.SchedulerStarted e) {
      return "scheduler started on " + e.node();
    }
    return objectWords(event);
  }

  private static String objectWords(SchedulerEvent event) {
    if (event instanceof SchedulerEvent.ObjectCreated e) {
      return e.object().kind() + " " + e.object().meta().name() + " created";
    } else if (event instanceof SchedulerEvent.ObjectChanged e) {
      return e.object().kind() + " " + e.object().meta().name() + " changed";
    } else if (event instanceof SchedulerEvent.ObjectStatusChanged e) {
      return e.key().kind() + " " + e.key().name() + " has come further";
    } else if (event instanceof SchedulerEvent.ObjectDeleted e) {
      return e.key().kind() + " " + e.key().name() + " deleted";
    } else if (event instanceof SchedulerEvent.PodCreated e) {
      return "pod " + e.pod().meta().name() + " created";
    } else if (event instanceof SchedulerEvent.PodStatusChanged e) {
      return "pod " + e.name().name() + " " + PodSteps.status(e.status());
    } else if (event instanceof SchedulerEvent.PodDeletionRequested e) {
      return "pod " + e.name().name() + " told to stop: " + e.reason();
    } else if (event instanceof SchedulerEvent.PodMoveRequested e) {
      return "pod " + e.name().name() + " is to move: " + e.move().reason();
    } else if (event instanceof SchedulerEvent.PodMoveEnded e) {
      return "pod " + e.name().name() + " stays: " + e.reason();
    } else if (event instanceof SchedulerEvent.PodRemoved e) {
      return "pod " + e.name().name() + " gone: " + e.reason();
    }
    return event.getClass().getSimpleName();
  }

  private static String changes(DeploymentSpec old, DeploymentSpec now) {
    if (old == null) {
      return "changed: %d replicas of %s".formatted(now.replicas(), images(now));
    }
    List<String> words = new ArrayList<>();
    if (old.replicas() != now.replicas()) {
      words.add("scaled from %d to %d".formatted(old.replicas(), now.replicas()));
    }
    if (!images(old).equals(images(now))) {
      words.add("image from %s to %s".formatted(images(old), images(now)));
    } else if (!old.template().equals(now.template())) {
      words.add("template changed");
    }
    if (old.paused() != now.paused()) {
      words.add(now.paused() ? "paused" : "resumed");
    }
    return words.isEmpty() ? "changed" : String.join(", ", words);
  }

  private static String images(DeploymentSpec spec) {
    return String.join(
        " ", spec.template().spec().containers().stream().map(PodContainer::image).toList());
  }
}
