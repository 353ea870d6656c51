package io.hawser.runtime;

/**
 * A pod's sandbox that exists.
 *
 * @param ip the pod's IPv4 address; with the host's network, the machine's
 */
public record Sandbox(String podUid, String ip) {}
