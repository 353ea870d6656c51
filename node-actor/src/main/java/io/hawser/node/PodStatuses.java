package io.hawser.node;

import io.hawser.model.PodContainer;
import io.hawser.model.PodPhase;
import io.hawser.model.PodSpec;
import io.hawser.model.PodStatus;
import io.hawser.model.PodStatus.ContainerState;
import io.hawser.model.PodStatus.ContainerStatus;
import io.hawser.model.PodStatus.StateKind;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** A pod's status from those of its containers, by Kubernetes' rules. */
final class PodStatuses {
  /** The reason of a pod that used more than it may; it is over. */
  static final String EVICTED = "Evicted";

  private PodStatuses() {}

  /**
   * Why a pod can't be prepared.
   *
   * @param reason as events name it
   */
  record Trouble(String reason, String message) {
    static Trouble of(Throwable failure) {
      Throwable cause = failure;
      while (cause.getCause() != null && !(cause instanceof ConfigFault)) {
        cause = cause.getCause();
      }
      boolean mount = cause instanceof ConfigFault f && f.reason().equals(ConfigFault.MOUNT);
      return new Trouble(
          mount ? ConfigFault.MOUNT : "FailedCreatePodSandBox", NodeThreads.text(failure));
    }
  }

  /**
   * What is known of a pod.
   *
   * @param containers by name, init containers too; those that were not begun are missing
   * @param outcomes by name; of containers that will not run again
   * @param startedAt when the node first took notice of the pod
   * @param trouble why the sandbox can't be made
   * @param unhealthy what is wrong with a container that runs
   * @param stopping it was told to stop: it is not ready any more
   */
  record Facts(
      PodSpec spec,
      Map<String, ContainerStatus> containers,
      Map<String, RestartDecision> outcomes,
      Optional<String> podIp,
      Instant startedAt,
      Optional<Trouble> trouble,
      Optional<String> unhealthy,
      boolean stopping) {}

  /**
   * @param before the pod's last status; a phase never goes back, and {@code readySince} stays as
   *     long as the pod stays ready
   */
  static PodStatus compute(Facts facts, PodStatus before, Instant now) {
    boolean initDone = initDone(facts);
    PodPhase phase = later(before.phase(), phase(facts, initDone));
    boolean ready = phase == PodPhase.RUNNING && !facts.stopping() && allReady(facts);
    String waiting =
        facts.spec().initContainers().isEmpty() || initDone
            ? "ContainerCreating"
            : "PodInitializing";
    return new PodStatus(
        phase,
        ready ? Optional.of(before.readySince().orElse(now)) : Optional.empty(),
        facts.podIp(),
        Optional.of(facts.startedAt()),
        statuses(facts, facts.spec().initContainers(), "PodInitializing"),
        statuses(facts, facts.spec().containers(), waiting),
        facts.trouble().map(Trouble::reason),
        facts.trouble().map(Trouble::message).or(facts::unhealthy));
  }

  static boolean initDone(Facts facts) {
    return facts.spec().initContainers().stream()
        .allMatch(
            c ->
                c.sidecar()
                    ? hasStarted(facts, c)
                    : facts.outcomes().get(c.name()) == RestartDecision.SUCCEEDED);
  }

  private static boolean hasStarted(Facts facts, PodContainer sidecar) {
    ContainerStatus status = facts.containers().get(sidecar.name());
    return status != null && (status.started() || status.lastState().isPresent());
  }

  /** Kubernetes' {@code getPhase}: a pod is pending until each container has been started once. */
  private static PodPhase phase(Facts facts, boolean initDone) {
    if (facts.trouble().filter(t -> t.reason().equals(EVICTED)).isPresent()) {
      return PodPhase.FAILED;
    }
    if (!initDone) {
      boolean failed =
          facts.spec().initContainers().stream()
              .anyMatch(c -> facts.outcomes().get(c.name()) == RestartDecision.FAILED);
      return failed ? PodPhase.FAILED : PodPhase.PENDING;
    }
    int over = 0;
    boolean anyFailed = false;
    for (PodContainer container : facts.spec().containers()) {
      ContainerStatus status = facts.containers().get(container.name());
      if (status == null || neverStarted(status)) {
        return PodPhase.PENDING;
      }
      RestartDecision outcome = facts.outcomes().get(container.name());
      if (outcome != null) {
        over++;
        anyFailed |= outcome == RestartDecision.FAILED;
      }
    }
    if (over < facts.spec().containers().size()) {
      return PodPhase.RUNNING;
    }
    return anyFailed ? PodPhase.FAILED : PodPhase.SUCCEEDED;
  }

  private static boolean neverStarted(ContainerStatus status) {
    return status.state().kind() == StateKind.WAITING && status.lastState().isEmpty();
  }

  private static boolean allReady(Facts facts) {
    return Stream.concat(
            facts.spec().initContainers().stream().filter(PodContainer::sidecar),
            facts.spec().containers().stream())
        .allMatch(
            c -> {
              ContainerStatus status = facts.containers().get(c.name());
              return status != null && status.ready();
            });
  }

  private static List<ContainerStatus> statuses(
      Facts facts, List<PodContainer> containers, String waiting) {
    List<ContainerStatus> statuses = new ArrayList<>();
    for (PodContainer container : containers) {
      ContainerStatus known = facts.containers().get(container.name());
      statuses.add(
          known != null
              ? known
              : notBegun(container, waiting, facts.trouble().map(Trouble::message)));
    }
    return statuses;
  }

  private static ContainerStatus notBegun(
      PodContainer container, String waiting, Optional<String> trouble) {
    return new ContainerStatus(
        container.name(),
        container.image(),
        "",
        "",
        ContainerState.waiting(waiting, trouble),
        Optional.empty(),
        false,
        false,
        0);
  }

  private static PodPhase later(PodPhase before, PodPhase now) {
    boolean over = before == PodPhase.SUCCEEDED || before == PodPhase.FAILED;
    return over || before.compareTo(now) > 0 ? before : now;
  }
}
