package io.hawser.model;

import java.util.Optional;

/**
 * Lets a pod onto nodes with matching taints.
 *
 * @param key empty with {@code exists}: every taint
 * @param exists true: any value of the key; false: {@code value} must equal the taint's
 * @param effect empty: every effect
 */
public record Toleration(
    String key,
    boolean exists,
    String value,
    Optional<Taint.Effect> effect,
    Optional<Long> tolerationSeconds) {

  public boolean tolerates(Taint taint) {
    return (effect.isEmpty() || effect.get() == taint.effect())
        && (key.isEmpty() ? exists : key.equals(taint.key()))
        && (exists || value.equals(taint.value()));
  }
}
