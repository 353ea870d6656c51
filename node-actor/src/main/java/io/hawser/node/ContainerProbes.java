package io.hawser.node;

import io.hawser.model.PodContainer;
import io.hawser.model.Probe;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The probes of one start of a container and what they say together. Decides when each comes next;
 * its owner keeps the timers and carries the probes out.
 */
final class ContainerProbes {
  /** What a probe is for. */
  enum Kind {
    STARTUP,
    LIVENESS,
    READINESS
  }

  private final Map<Kind, Probe> probes = new EnumMap<>(Kind.class);
  private final Map<Kind, ProbeVerdict> verdicts = new EnumMap<>(Kind.class);
  private final Map<Kind, String> failures = new EnumMap<>(Kind.class);
  private final Instant startedAt;

  /**
   * @param adopted the container was started by an earlier process: it counts as started and ready
   *     until a probe says otherwise, as after a restart of a kubelet
   */
  ContainerProbes(PodContainer container, Instant startedAt, boolean adopted) {
    this.startedAt = startedAt;
    container.startupProbe().ifPresent(p -> probes.put(Kind.STARTUP, p));
    container.livenessProbe().ifPresent(p -> probes.put(Kind.LIVENESS, p));
    container.readinessProbe().ifPresent(p -> probes.put(Kind.READINESS, p));
    probes.forEach(
        (kind, probe) ->
            verdicts.put(kind, adopted ? ProbeVerdict.adopted(probe) : ProbeVerdict.of(probe)));
  }

  Probe probe(Kind kind) {
    return probes.get(kind);
  }

  /** Folds a result in. */
  void observe(Kind kind, ProbeRunner.Result result) {
    verdicts.computeIfPresent(kind, (k, verdict) -> verdict.observe(result.success()));
    // Kept as it is while the verdict stays: the words of each failure would be no news.
    if (verdicts.get(kind).isFailing()) {
      failures.putIfAbsent(kind, result.message());
    } else {
      failures.remove(kind);
    }
  }

  /** Why the container is not ready, once its readiness probe has failed as often as it may. */
  Optional<String> unready() {
    return Optional.ofNullable(failures.get(Kind.READINESS))
        .map(text -> "readiness probe failed: " + text);
  }

  /** The startup probe has passed, or there is none. */
  boolean isStarted() {
    return passes(Kind.STARTUP);
  }

  boolean isReady() {
    return isStarted() && passes(Kind.READINESS);
  }

  /** The probe that says the container must be killed. */
  Optional<Kind> deadly() {
    return List.of(Kind.STARTUP, Kind.LIVENESS).stream()
        .filter(k -> verdicts.containsKey(k) && verdicts.get(k).isFailing())
        .findFirst();
  }

  /**
   * Which probes are to run at all: until the container has started only the startup probe, from
   * then on the others.
   */
  List<Kind> active() {
    List<Kind> wanted =
        isStarted() ? List.of(Kind.LIVENESS, Kind.READINESS) : List.of(Kind.STARTUP);
    return wanted.stream().filter(probes::containsKey).toList();
  }

  /** The wait before a probe's first run, counted from the container's start. */
  Duration firstDelay(Kind kind, Instant now) {
    Duration whole = Duration.ofSeconds(Math.max(0, probes.get(kind).initialDelaySeconds()));
    Duration left = Duration.between(now, startedAt.plus(whole));
    if (left.isNegative()) {
      return Duration.ZERO;
    }
    // By a clock that has been set back it was started in the future.
    return left.compareTo(whole) < 0 ? left : whole;
  }

  /**
   * The wait after a run. A container that was not ready yet is asked more often at first, so that
   * a long period does not delay its first traffic; no threshold depends on it.
   */
  Duration nextDelay(Kind kind, Instant now) {
    Duration period = Duration.ofSeconds(Math.max(1, probes.get(kind).periodSeconds()));
    boolean hurry =
        kind == Kind.READINESS
            && !verdicts.get(kind).isPassing()
            && now.isBefore(startedAt.plus(NodeLimits.FIRST_READINESS_WITHIN));
    return hurry && period.compareTo(NodeLimits.FIRST_READINESS_EVERY) > 0
        ? NodeLimits.FIRST_READINESS_EVERY
        : period;
  }

  private boolean passes(Kind kind) {
    return !verdicts.containsKey(kind) || verdicts.get(kind).isPassing();
  }
}
