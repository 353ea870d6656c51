package io.hawser.model;

import java.time.Instant;

/**
 * Something worth telling a user about an object; Kubernetes' {@code core/v1 Event}.
 *
 * @param revision the journal's sequence number of the event it was derived from
 * @param type {@code Normal} or {@code Warning}
 * @param reason one CamelCase word
 * @param source which part of Hawser says so: {@code scheduler}, or the node's name
 */
public record EventRecord(
    long revision,
    Instant at,
    String kind,
    String namespace,
    String name,
    String uid,
    String type,
    String reason,
    String message,
    String source) {}
