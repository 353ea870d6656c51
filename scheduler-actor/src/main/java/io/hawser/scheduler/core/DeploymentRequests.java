package io.hawser.scheduler.core;

import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.Deployment;
import io.hawser.model.Deployment.Revision;
import io.hawser.model.DeploymentSpec;
import io.hawser.model.DeploymentSpec.StrategyType;
import io.hawser.model.DeploymentStatus;
import io.hawser.model.ObjectMeta;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.model.PodTemplate;
import io.hawser.model.ReplicaLimits;
import io.hawser.model.TextSize;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What users may do to deployments. */
final class DeploymentRequests {
  private static final String KIND = "deployments.apps";

  private DeploymentRequests() {}

  static Answer create(Draft draft, ClientRequest.CreateDeployment request) {
    ObjectName name = request.name();
    if (!draft.state().namespaces().containsKey(name.namespace())) {
      return Refusals.notFound("namespaces", name.namespace());
    }
    if (draft.state().deployments().containsKey(name)) {
      return Refusals.alreadyExists(KIND, name.name());
    }
    Optional<Answer> wrong = wrong(name, request.spec());
    if (wrong.isPresent()) {
      return wrong.get();
    }
    ObjectMeta meta =
        new ObjectMeta(
            name.namespace(),
            name.name(),
            draft.identities().uid(),
            1,
            0,
            draft.now(),
            request.labels(),
            request.annotations());
    Deployment deployment =
        new Deployment(
            meta,
            request.spec(),
            Revisions.first(request.spec().template(), draft.now()),
            DeploymentStatus.NONE);
    draft.emit(new SchedulerEvent.DeploymentCreated(deployment, draft.now()));
    return new Answer.Accepted(0, meta.uid());
  }

  static Answer update(Draft draft, ClientRequest.UpdateDeployment request) {
    Deployment deployment = draft.state().deployments().get(request.name());
    if (deployment == null) {
      return Refusals.notFound(KIND, request.name().name());
    }
    Optional<Answer> refusal =
        Refusals.stale(KIND, deployment.meta(), request.ifResourceVersion(), request.ifUid())
            .or(() -> selectorChanged(deployment, request.spec()))
            .or(() -> wrong(request.name(), request.spec()));
    if (refusal.isPresent()) {
      return refusal.get();
    }
    change(draft, deployment, request.labels(), request.annotations(), request.spec());
    return new Answer.Accepted(0, deployment.meta().uid());
  }

  static Answer scale(Draft draft, ClientRequest.ScaleDeployment request) {
    Deployment deployment = draft.state().deployments().get(request.name());
    if (deployment == null) {
      return Refusals.notFound(KIND, request.name().name());
    }
    DeploymentSpec spec = deployment.spec().withReplicas(request.replicas());
    Optional<Answer> refusal =
        Refusals.stale(KIND, deployment.meta(), request.ifResourceVersion(), Optional.empty())
            .or(() -> wrong(request.name(), spec));
    if (refusal.isPresent()) {
      return refusal.get();
    }
    ObjectMeta meta = deployment.meta();
    change(draft, deployment, meta.labels(), meta.annotations(), spec);
    return new Answer.Accepted(0, meta.uid());
  }

  static Answer delete(Draft draft, ClientRequest.DeleteDeployment request) {
    Deployment deployment = draft.state().deployments().get(request.name());
    if (deployment == null) {
      return Refusals.notFound(KIND, request.name().name());
    }
    Optional<Answer> stale =
        Refusals.stale(KIND, deployment.meta(), Optional.empty(), request.ifUid());
    if (stale.isPresent()) {
      return stale.get();
    }
    if (request.orphanPods()) {
      draft.emit(new SchedulerEvent.DeploymentDeleted(deployment.name(), draft.now()));
    } else {
      deleteWithPods(draft, deployment);
    }
    return new Answer.Accepted(0, deployment.meta().uid());
  }

  /** The pods first: those that are left when a deployment goes belong to nobody. */
  static void deleteWithPods(Draft draft, Deployment deployment) {
    for (Pod pod : draft.state().podsOf(deployment.name())) {
      if (!pod.isDeleting()) {
        draft.remove(pod, pod.spec().terminationGracePeriodSeconds(), "deployment deleted");
      }
    }
    draft.emit(new SchedulerEvent.DeploymentDeleted(deployment.name(), draft.now()));
  }

  /** As a user's change of the template alone. */
  static void changeTemplate(Draft draft, Deployment deployment, PodTemplate template) {
    ObjectMeta meta = deployment.meta();
    change(
        draft,
        deployment,
        meta.labels(),
        meta.annotations(),
        deployment.spec().withTemplate(template));
  }

  /** As a user's change of the number of pods alone. */
  static void changeReplicas(Draft draft, Deployment deployment, int replicas) {
    ObjectMeta meta = deployment.meta();
    DeploymentSpec spec = deployment.spec().withReplicas(replicas);
    change(draft, deployment, meta.labels(), meta.annotations(), spec);
  }

  private static void change(
      Draft draft,
      Deployment old,
      Map<String, String> labels,
      Map<String, String> annotations,
      DeploymentSpec spec) {
    ObjectMeta meta = old.meta();
    boolean sameSpec = old.spec().equals(spec);
    if (sameSpec && meta.labels().equals(labels) && meta.annotations().equals(annotations)) {
      return;
    }
    Set<String> hashesInUse =
        draft.state().podsOf(old.name()).stream()
            .flatMap(p -> p.owner().stream())
            .map(Pod.Owner::templateHash)
            .collect(Collectors.toCollection(HashSet::new));
    // The one to go back to stays, whatever the limit.
    old.status().goodTemplate().ifPresent(hashesInUse::add);
    List<Revision> revisions =
        Revisions.next(
            old.revisions(),
            spec.template(),
            spec.revisionHistoryLimit(),
            hashesInUse,
            draft.now());
    draft.emit(
        new SchedulerEvent.DeploymentChanged(
            old.name(),
            labels,
            annotations,
            spec,
            revisions,
            sameSpec ? meta.generation() : meta.generation() + 1,
            draft.now()));
  }

  private static Optional<Answer> selectorChanged(Deployment deployment, DeploymentSpec spec) {
    return deployment.spec().selector().equals(spec.selector())
        ? Optional.empty()
        : invalid(deployment.name(), "spec.selector", "field is immutable");
  }

  /** What would make the controller misbehave, whoever checked the request before. */
  private static Optional<Answer> wrong(ObjectName name, DeploymentSpec spec) {
    if (spec.replicas() < 0) {
      return invalid(name, "spec.replicas", "must be greater than or equal to 0");
    }
    if (spec.replicas() > ReplicaLimits.SORTED) {
      return invalid(name, "spec.replicas", "must be at most " + ReplicaLimits.SORTED);
    }
    if (!spec.selector().matches(spec.template().labels()) || spec.selector().isEmpty()) {
      return invalid(
          name, "spec.template.metadata.labels", "`selector` does not match template `labels`");
    }
    if (TextSize.of(spec.template()) > Limits.MAX_TEMPLATE_CHARS) {
      return invalid(
          name, "spec.template", "must be at most " + Limits.MAX_TEMPLATE_CHARS + " characters");
    }
    DeploymentSpec.Strategy strategy = spec.strategy();
    if (strategy.type() == StrategyType.ROLLING_UPDATE
        && strategy.maxSurge().value() == 0
        && strategy.maxUnavailable().value() == 0) {
      return invalid(
          name, "spec.strategy.rollingUpdate.maxUnavailable", "may not be 0 when `maxSurge` is 0");
    }
    return Optional.empty();
  }

  private static Optional<Answer> invalid(ObjectName name, String field, String message) {
    return Optional.of(
        Refusals.invalid("Deployment.apps", name.name(), field, "FieldValueInvalid", message));
  }
}
