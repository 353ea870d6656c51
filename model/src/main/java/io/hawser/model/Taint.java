package io.hawser.model;

import java.time.Instant;
import java.util.Optional;

/**
 * Keeps pods off a node that do not tolerate it.
 *
 * @param since when the node got it; only of the effect that also drives pods away, which some
 *     tolerate for a time
 */
public record Taint(String key, String value, Effect effect, Optional<Instant> since) {
  /** Kubernetes' effects. */
  public enum Effect {
    NO_SCHEDULE,
    PREFER_NO_SCHEDULE,
    NO_EXECUTE
  }

  /** In an old journal no taint says since when. */
  public Taint {
    since = since == null ? Optional.empty() : since;
  }

  /** As a user writes it. */
  public Taint(String key, String value, Effect effect) {
    this(key, value, effect, Optional.empty());
  }

  public boolean drivesAway() {
    return effect == Effect.NO_EXECUTE;
  }

  /** Without its time. */
  public Taint plain() {
    return since.isEmpty() ? this : new Taint(key, value, effect);
  }

  /** With the time from which the patience of pods counts. */
  public Taint from(Instant at) {
    return drivesAway() ? new Taint(key, value, effect, Optional.of(at)) : this;
  }
}
