package io.hawser.model;

import java.time.Instant;

/**
 * One aspect of an object's state, as Kubernetes writes conditions.
 *
 * @param status {@code True}, {@code False} or {@code Unknown}
 * @param reason one CamelCase word
 */
public record Condition(
    String type,
    String status,
    String reason,
    String message,
    Instant lastTransitionAt,
    Instant lastUpdateAt) {}
