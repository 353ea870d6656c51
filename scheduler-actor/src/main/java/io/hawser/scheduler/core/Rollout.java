package io.hawser.scheduler.core;

import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.Deployment;
import io.hawser.model.Deployment.Revision;
import io.hawser.model.DeploymentSpec;
import io.hawser.model.DeploymentSpec.StrategyType;
import io.hawser.model.ObjectKey;
import io.hawser.model.ObjectMeta;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.scheduler.core.placement.DropLine;
import io.hawser.scheduler.core.placement.PodCounts;
import io.hawser.scheduler.core.placement.RolloutPods;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;

/**
 * The next step of one deployment: which pods to make and which to end. Kubernetes' rules, counted
 * on pods instead of replica sets.
 */
final class Rollout {
  /** Set on every pod of a deployment, as in Kubernetes. */
  static final String HASH_LABEL = "pod-template-hash";

  private static final String REPLACED = "replaced by a new revision";

  private final Draft draft;
  private final Deployment deployment;
  private final GradualOwner owner;
  private final int desired;
  private final Instant since;

  /** Failed pods whose replacement has to wait; they hold their place. */
  private int held;

  private Rollout(Draft draft, Deployment deployment) {
    this.draft = draft;
    this.deployment = deployment;
    this.owner = GradualOwner.of(deployment);
    this.desired = deployment.spec().replicas();
    this.since = owner.since(draft);
  }

  static void advance(Draft draft, Deployment deployment) {
    if (isPlain(draft, deployment)) {
      fill(draft, deployment);
      return;
    }
    Moves.endIfSingle(draft, GradualOwner.of(deployment));
    Rollout rollout = new Rollout(draft, deployment);
    if (rollout.canaryFailed() || Rollback.isDue(deployment)) {
      Rollback.carryOut(draft, deployment);
      return;
    }
    rollout.clearFinished();
    if (deployment.spec().paused()) {
      rollout.scaleOnly();
    } else if (deployment.spec().strategy().type() == StrategyType.RECREATE) {
      rollout.recreate();
    } else {
      rollout.roll();
    }
  }

  /** Nothing but pods of the current template, and not too many: the number alone decides. */
  private static boolean isPlain(Draft draft, Deployment deployment) {
    PodCounts.Tally tally = draft.memory().counts().of(draft.state(), deployment.name());
    String hash = deployment.currentRevision().templateHash();
    String uid = deployment.meta().uid();
    return tally.isAllOf(uid, hash)
        && tally.live(uid).pods() <= deployment.spec().replicas()
        && tally.live(uid).moving() == 0
        && !deployment.spec().paused()
        && (!isUpdate(deployment) || Canary.of(deployment).isEmpty())
        && !Rollback.isDue(deployment);
  }

  private static void fill(Draft draft, Deployment deployment) {
    PodCounts.Tally tally = draft.memory().counts().of(draft.state(), deployment.name());
    int there = tally.live(deployment.meta().uid()).pods();
    create(draft, deployment, deployment.spec().replicas() - there, deployment.currentRevision());
  }

  /** As they are now, also after an event. */
  private RolloutPods.Sorted pods() {
    return owner.pods(draft);
  }

  private void clearFinished() {
    int room = desired - pods().fresh().size();
    for (Pod pod : pods().finished()) {
      Instant due = pod.meta().createdAt().plus(Limits.FAILED_POD_REPLACE_DELAY);
      boolean mayGo = held >= room || isStale(pod) || !due.isAfter(draft.now());
      if (!mayGo) {
        held++;
      } else if (draft.grantDeletions(1, key(deployment)) == 1) {
        draft.remove(pod, 0, pod.status().reason().orElse("ended") + ", to be replaced");
      }
    }
  }

  private boolean isStale(Pod pod) {
    return !pod.owner().orElseThrow().templateHash().equals(current().templateHash());
  }

  private static ObjectKey key(Deployment deployment) {
    return ObjectKey.of(Pod.Owner.DEPLOYMENT, deployment.name());
  }

  private Revision current() {
    return deployment.currentRevision();
  }

  /** Never fewer available pods than allowed, never more pods than allowed. */
  private void roll() {
    DeploymentSpec.Strategy strategy = deployment.spec().strategy();
    int surge = strategy.maxSurge().of(desired, true);
    int unavailable = Math.min(strategy.maxUnavailable().of(desired, false), desired);
    if (surge == 0 && unavailable == 0) {
      unavailable = 1; // both rounded to nothing: it would never move
    }
    int minAvailable = desired - unavailable;
    RolloutPods.Sorted pods = pods();
    drop(pods.fresh(), pods.fresh().size() - desired, "scaled down");

    int wanted = allowedFresh();
    int keep = desired - wanted;
    dropUnavailable(pods, minAvailable, keep);
    int mayReplace = Math.min(pods.available(since) - minAvailable, pods.stale().size() - keep);
    drop(
        Math.min(mayReplace, pods.stale().available(since)),
        count -> pods.stale().firstAvailable(since, count),
        REPLACED);

    int total = pods.fresh().size() + held + pods.stale().size();
    int missing = wanted - pods.fresh().size() - held;
    create(Math.min(missing, desired + surge - total), current());
    Moves.advance(draft, owner);
  }

  /** What does not serve can go first, but what serves must be enough. */
  private void dropUnavailable(RolloutPods.Sorted pods, int minAvailable, int keep) {
    DropLine stale = pods.stale();
    int freshAvailable = pods.fresh().available(since) + pods.moving().available(since);
    int mayCleanUp = Math.min(stale.size() + freshAvailable - minAvailable, stale.size() - keep);
    drop(
        Math.min(mayCleanUp, stale.size() - stale.available(since)),
        count -> stale.firstUnavailable(since, count),
        REPLACED);
  }

  /** Fewer than desired only in a canary, and only while there are pods to go on with. */
  private int allowedFresh() {
    return isUpdate(deployment)
        ? Canary.of(deployment)
            .map(c -> c.allowed(pods().fresh(), desired, draft.now()))
            .orElse(desired)
        : desired;
  }

  /** There is a template before this one that all pods ran well with. */
  private static boolean isUpdate(Deployment deployment) {
    String hash = deployment.currentRevision().templateHash();
    return deployment.status().goodTemplate().filter(good -> !good.equals(hash)).isPresent();
  }

  private boolean canaryFailed() {
    return Canary.of(deployment).isPresent()
        && Rollback.target(deployment).isPresent()
        && Canary.hasFailed(
            pods().fresh(), pods().finished().stream().anyMatch(pod -> !isStale(pod)));
  }

  /** Nothing new before all that is old has ended. */
  private void recreate() {
    RolloutPods.Sorted pods = pods();
    drop(pods.stale(), pods.stale().size(), REPLACED);
    drop(pods.fresh(), pods.fresh().size() - desired, "scaled down");
    if (pods.stale().size() == 0 && !pods.isStaleStopping()) {
      create(desired - pods.fresh().size() - held, current());
    }
  }

  /** A paused deployment keeps its number of pods and their templates. */
  private void scaleOnly() {
    RolloutPods.Sorted pods = pods();
    int total = pods.fresh().size() + pods.stale().size() + held;
    int surplus = total - desired;
    int staleSurplus = Math.min(surplus, pods.stale().size());
    drop(pods.stale(), staleSurplus, "scaled down");
    drop(pods.fresh(), surplus - Math.max(staleSurplus, 0), "scaled down");
    newestRunning().ifPresent(revision -> create(desired - total, revision));
  }

  /** Of a deployment that was made paused nothing runs, until it is resumed. */
  private Optional<Revision> newestRunning() {
    List<Revision> history = deployment.revisions();
    for (int i = history.size() - 1; i >= 0; i--) {
      if (pods().hasAny(history.get(i).templateHash())) {
        return Optional.of(history.get(i));
      }
    }
    boolean ranBefore = deployment.status().replicas() > 0;
    return ranBefore ? Optional.of(current()) : Optional.empty();
  }

  private void drop(DropLine among, int count, String reason) {
    drop(Math.min(count, among.size()), among::first, reason);
  }

  /**
   * @param first the first ones of those that may go, at most so many
   */
  private void drop(int count, IntFunction<List<Pod>> first, String reason) {
    if (count > 0) {
      for (Pod pod : first.apply(draft.grantDeletions(count, key(deployment)))) {
        draft.remove(pod, pod.spec().terminationGracePeriodSeconds(), reason);
      }
    }
  }

  private void create(int count, Revision revision) {
    create(draft, deployment, count, revision);
  }

  private static void create(Draft draft, Deployment deployment, int count, Revision revision) {
    if (count <= 0) {
      return;
    }
    int granted = draft.grantCreations(count, key(deployment), revision.template());
    if (granted == 0) {
      return;
    }
    ObjectName name = deployment.name();
    Map<String, String> labels = new HashMap<>(revision.template().labels());
    labels.put(HASH_LABEL, revision.templateHash());
    Pod model =
        Pod.created(
            new ObjectMeta(
                name.namespace(),
                name.name() + "-" + revision.templateHash(),
                "",
                1,
                0,
                draft.now(),
                labels,
                revision.template().annotations()),
            Quotas.withDefaults(draft.state(), name.namespace(), revision.template().spec()),
            Optional.of(
                Pod.Owner.deployment(
                    name.name(), deployment.meta().uid(), revision.templateHash())));
    for (int i = 0; i < granted; i++) {
      draft.emit(new SchedulerEvent.PodCreated(named(draft, model), draft.now()));
    }
  }

  /** One of many that share all but their names. */
  private static Pod named(Draft draft, Pod model) {
    ObjectMeta meta = model.meta();
    ObjectName name = draft.identities().podName(draft.state(), meta.namespace(), meta.name());
    return model.withMeta(
        new ObjectMeta(
            name.namespace(),
            name.name(),
            draft.identities().uid(),
            1,
            0,
            meta.createdAt(),
            meta.labels(),
            meta.annotations()));
  }
}
