package io.hawser.persistence;

import java.util.Set;

/**
 * An event read from the journal.
 *
 * @param sequenceNr from 1, without gaps
 * @param timestampMillis when it was written, milliseconds since the epoch
 * @param event the event as its serializer read it
 * @param tags what it was tagged with
 * @param writer names one run of the actor that wrote it
 */
public record JournaledEvent(
    String persistenceId,
    long sequenceNr,
    long timestampMillis,
    Object event,
    Set<String> tags,
    String writer) {}
