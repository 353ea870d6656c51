package io.hawser.runtime;

/**
 * A pod's shared namespaces.
 *
 * @param podUid unique for all time; names directories and cgroups
 * @param hostname what the pod's processes see as their host's name
 * @param hostNetwork true: the machine's network namespace, no interface of its own
 */
public record SandboxSpec(String podUid, String hostname, boolean hostNetwork) {}
