package io.hawser.scheduler.core;

import io.hawser.model.Condition;
import io.hawser.model.Deployment;
import io.hawser.model.DeploymentSpec.StrategyType;
import io.hawser.model.DeploymentStatus;
import io.hawser.model.ObjectKey;
import io.hawser.model.Pod;
import io.hawser.scheduler.core.placement.PodCounts;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How far a deployment is, with the conditions and their reasons that {@code kubectl rollout
 * status} reads.
 */
final class RolloutStatus {
  static final String AVAILABLE = "Available";
  static final String PROGRESSING = "Progressing";
  static final String REPLICA_FAILURE = "ReplicaFailure";
  static final String CREATED_REASON = "NewReplicaSetCreated";
  static final String UPDATED_REASON = "ReplicaSetUpdated";
  static final String COMPLETE_REASON = "NewReplicaSetAvailable";
  static final String TIMED_OUT_REASON = "ProgressDeadlineExceeded";
  static final String PAUSED_REASON = "DeploymentPaused";
  static final String RESUMED_REASON = "DeploymentResumed";

  private final Deployment deployment;
  private final Instant now;
  private final Duration held;

  /**
   * @param held for so long a rollout may make no progress beyond its deadline
   */
  private RolloutStatus(Deployment deployment, Instant now, Duration held) {
    this.deployment = deployment;
    this.now = now;
    this.held = held;
  }

  /** A canary's step whose pods are all ready waits because it was told to. */
  private static Duration held(Deployment deployment, PodCounts.Live fresh) {
    boolean allReady = fresh.pods() > 0 && fresh.ready() == fresh.pods();
    return Canary.of(deployment)
        .filter(canary -> allReady)
        .map(canary -> Duration.ofSeconds(canary.seconds()))
        .orElse(Duration.ZERO);
  }

  /** Time alone will not change anything about it. */
  static boolean isSettled(Deployment deployment) {
    return isComplete(deployment, deployment.status())
        && reason(deployment).filter(COMPLETE_REASON::equals).isPresent();
  }

  /**
   * @param newRevision the template became another one in this decision
   */
  static DeploymentStatus of(Draft draft, Deployment deployment, boolean newRevision) {
    PodCounts.Tally tally = draft.memory().counts().of(draft.state(), deployment.name());
    String uid = deployment.meta().uid();
    PodCounts.Live live = tally.live(uid);
    PodCounts.Live fresh = tally.live(uid, deployment.currentRevision().templateHash());
    int available = available(draft, deployment, live);
    DeploymentStatus counts =
        new DeploymentStatus(
            deployment.meta().generation(),
            live.settled(),
            fresh.settled(),
            live.settledReady(),
            available,
            Math.max(0, deployment.spec().replicas() - available),
            deployment.status().conditions());
    RolloutStatus status = new RolloutStatus(deployment, draft.now(), held(deployment, fresh));
    return new DeploymentStatus(
        counts.observedGeneration(),
        counts.replicas(),
        counts.updatedReplicas(),
        counts.readyReplicas(),
        counts.availableReplicas(),
        counts.unavailableReplicas(),
        status.conditions(
            counts,
            newRevision,
            draft.refusal(ObjectKey.of(Pod.Owner.DEPLOYMENT, deployment.name()))),
        isComplete(deployment, counts) && counts.replicas() > 0
            ? Optional.of(deployment.currentRevision().templateHash())
            : deployment.status().goodTemplate());
  }

  private List<Condition> conditions(
      DeploymentStatus counts, boolean newRevision, Optional<String> refusal) {
    List<Condition> conditions = new ArrayList<>();
    conditions.add(available(counts));
    conditions.add(progressing(counts, newRevision));
    refusal.ifPresent(
        why -> conditions.add(next(REPLICA_FAILURE, "True", "FailedCreate", why, false)));
    return conditions;
  }

  private static int available(Draft draft, Deployment deployment, PodCounts.Live live) {
    return Math.min(GradualOwner.of(deployment).serving(draft), live.settled());
  }

  private static boolean isComplete(Deployment deployment, DeploymentStatus status) {
    int wanted = deployment.spec().replicas();
    return status.observedGeneration() >= deployment.meta().generation()
        && status.updatedReplicas() == wanted
        && status.replicas() == wanted
        && status.availableReplicas() == wanted;
  }

  static boolean hasTimedOut(Deployment deployment) {
    return reason(deployment).filter(TIMED_OUT_REASON::equals).isPresent();
  }

  private static Optional<String> reason(Deployment deployment) {
    return condition(deployment, PROGRESSING).map(Condition::reason);
  }

  private static Optional<Condition> condition(Deployment deployment, String type) {
    return deployment.status().conditions().stream().filter(c -> c.type().equals(type)).findFirst();
  }

  private Condition available(DeploymentStatus counts) {
    int wanted = deployment.spec().replicas();
    int mayMiss =
        deployment.spec().strategy().type() == StrategyType.RECREATE
            ? 0
            : deployment.spec().strategy().maxUnavailable().of(wanted, false);
    return counts.availableReplicas() >= wanted - mayMiss
        ? next(
            AVAILABLE,
            "True",
            "MinimumReplicasAvailable",
            "Deployment has minimum availability.",
            false)
        : next(
            AVAILABLE,
            "False",
            "MinimumReplicasUnavailable",
            "Deployment does not have minimum availability.",
            false);
  }

  private Condition progressing(DeploymentStatus counts, boolean newRevision) {
    Optional<Condition> old = condition(deployment, PROGRESSING);
    String reason = old.map(Condition::reason).orElse("");
    String set = "ReplicaSet \"%s\" ".formatted(replicaSet());
    if (deployment.spec().paused()) {
      return next(PROGRESSING, "Unknown", PAUSED_REASON, "Deployment is paused", false);
    }
    boolean done = reason.equals(COMPLETE_REASON) && counts.replicas() == counts.updatedReplicas();
    if (done && !newRevision) {
      return old.get();
    }
    if (isComplete(deployment, counts)) {
      String message = set + "has successfully progressed.";
      return next(PROGRESSING, "True", COMPLETE_REASON, message, false);
    }
    if (newRevision || old.isEmpty()) {
      String message = "Created new replica set \"%s\"".formatted(replicaSet());
      return next(PROGRESSING, "True", CREATED_REASON, message, true);
    }
    if (hasMoved(counts)) {
      return next(PROGRESSING, "True", UPDATED_REASON, set + "is progressing.", true);
    }
    if (reason.equals(PAUSED_REASON)) {
      return next(PROGRESSING, "Unknown", RESUMED_REASON, "Deployment is resumed", true);
    }
    if (isTimedOut(old.get())) {
      String message = set + "has timed out progressing.";
      return next(PROGRESSING, "False", TIMED_OUT_REASON, message, false);
    }
    return old.get();
  }

  private String replicaSet() {
    return deployment.name().name() + "-" + deployment.currentRevision().templateHash();
  }

  private boolean hasMoved(DeploymentStatus counts) {
    DeploymentStatus old = deployment.status();
    return counts.updatedReplicas() > old.updatedReplicas()
        || counts.replicas() - counts.updatedReplicas() < old.replicas() - old.updatedReplicas()
        || counts.readyReplicas() > old.readyReplicas()
        || counts.availableReplicas() > old.availableReplicas();
  }

  private boolean isTimedOut(Condition progressing) {
    if (progressing.reason().equals(COMPLETE_REASON)) {
      return false;
    }
    long deadline = deployment.spec().progressDeadlineSeconds();
    return progressing.lastUpdateAt().plusSeconds(deadline).plus(held).isBefore(now);
  }

  /**
   * The condition as it is now; the same object when nothing about it is new.
   *
   * @param progress true: the time of the update counts although the reason is the old one
   */
  private Condition next(
      String type, String status, String reason, String message, boolean progress) {
    Optional<Condition> old = condition(deployment, type);
    boolean same =
        old.filter(
                c ->
                    c.status().equals(status)
                        && c.reason().equals(reason)
                        && c.message().equals(message))
            .isPresent();
    if (same && !progress) {
      return old.get();
    }
    Instant since =
        old.filter(c -> c.status().equals(status)).map(Condition::lastTransitionAt).orElse(now);
    return new Condition(type, status, reason, message, since, now);
  }
}
