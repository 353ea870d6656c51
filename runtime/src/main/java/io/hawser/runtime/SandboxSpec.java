package io.hawser.runtime;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A pod's shared namespaces.
 *
 * @param podUid unique for all time; names directories and cgroups
 * @param hostname what the pod's processes see as their host's name
 * @param hostNetwork true: the machine's network namespace, no interface of its own
 * @param sharing what is out of the ordinary
 * @param ports of the machine that lead into the pod; none with the machine's network
 * @param handler another OCI runtime of the machine that is to run the containers
 */
public record SandboxSpec(
    String podUid,
    String hostname,
    boolean hostNetwork,
    Sharing sharing,
    List<HostPort> ports,
    Optional<String> handler) {

  public SandboxSpec {
    ports = List.copyOf(ports);
  }

  public SandboxSpec(String podUid, String hostname, boolean hostNetwork) {
    this(podUid, hostname, hostNetwork, Sharing.DEFAULT);
  }

  public SandboxSpec(String podUid, String hostname, boolean hostNetwork, Sharing sharing) {
    this(podUid, hostname, hostNetwork, sharing, List.of(), Optional.empty());
  }

  /** The same with ports of the machine. */
  public SandboxSpec with(List<HostPort> other) {
    return new SandboxSpec(podUid, hostname, hostNetwork, sharing, other, handler);
  }

  /** The same with another runtime. */
  public SandboxSpec by(Optional<String> otherHandler) {
    return new SandboxSpec(podUid, hostname, hostNetwork, sharing, ports, otherHandler);
  }

  /**
   * A port of the machine that leads to one of the pod, on every address of the machine.
   *
   * @param protocol TCP, UDP or SCTP
   */
  public record HostPort(int hostPort, int podPort, String protocol) {
    @Override
    public String toString() {
      return hostPort + "/" + protocol;
    }
  }

  /**
   * What the pod shares with the machine, and its containers with each other.
   *
   * @param ownUsers true: a user namespace of its own, in which root is nobody outside. Not
   *     together with the machine's network, ipc or processes
   * @param hostIpc true: the machine's ipc namespace
   * @param pids whose processes a container sees
   * @param sysctls of the pod's network, ipc and uts namespaces
   */
  public record Sharing(boolean ownUsers, boolean hostIpc, Pids pids, Map<String, String> sysctls) {
    public static final Sharing DEFAULT = new Sharing(false, false, Pids.CONTAINER, Map.of());

    public Sharing {
      sysctls = Map.copyOf(sysctls);
    }
  }

  /** Whose processes a container sees: its own, the pod's, or the machine's. */
  public enum Pids {
    CONTAINER,
    POD,
    MACHINE
  }
}
