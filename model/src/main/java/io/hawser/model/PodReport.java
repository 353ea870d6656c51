package io.hawser.model;

/**
 * A node's word on one pod.
 *
 * @param gone true: nothing of it is left on the node
 */
public record PodReport(ObjectName name, String uid, PodStatus status, boolean gone) {}
