package io.hawser.node;

import io.hawser.model.Probe;

/**
 * A probe's results folded into a verdict by its thresholds.
 *
 * @param successes in a row; 0 after a failure
 * @param failures in a row; 0 after a success
 */
record ProbeVerdict(
    int successThreshold, int failureThreshold, int successes, int failures, State state) {

  /** What the results so far say. */
  enum State {
    /** Not enough results; a container is not ready, not started, and not dead. */
    UNKNOWN,
    PASSING,
    FAILING
  }

  static ProbeVerdict of(Probe probe) {
    return new ProbeVerdict(
        Math.max(1, probe.successThreshold()),
        Math.max(1, probe.failureThreshold()),
        0,
        0,
        State.UNKNOWN);
  }

  /** Taken over from an earlier process: it passes until the probe says otherwise. */
  static ProbeVerdict adopted(Probe probe) {
    ProbeVerdict fresh = of(probe);
    return new ProbeVerdict(fresh.successThreshold, fresh.failureThreshold, 0, 0, State.PASSING);
  }

  ProbeVerdict observe(boolean success) {
    int inRow = (success ? successes : failures) + 1;
    State next = state;
    if (success && inRow >= successThreshold) {
      next = State.PASSING;
    } else if (!success && inRow >= failureThreshold) {
      next = State.FAILING;
    }
    return new ProbeVerdict(
        successThreshold, failureThreshold, success ? inRow : 0, success ? 0 : inRow, next);
  }

  boolean isPassing() {
    return state == State.PASSING;
  }

  boolean isFailing() {
    return state == State.FAILING;
  }
}
