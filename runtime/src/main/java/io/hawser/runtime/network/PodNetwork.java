package io.hawser.runtime.network;

import io.hawser.runtime.SandboxSpec;
import io.hawser.runtime.kernel.Kernel;
import io.hawser.runtime.kernel.KernelFault;
import io.hawser.runtime.kernel.LinuxKernel;
import io.hawser.runtime.machine.OwnNamespace;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.CRC32;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One node's bridge and its pods' interfaces on it. */
public final class PodNetwork {
  private static final Logger LOG = LoggerFactory.getLogger(PodNetwork.class);
  private static final int DEFAULT_MTU = 1500;

  private static final long PORTS_TIMEOUT_NANOS = 5_000_000_000L;
  private static final long PORTS_POLL_NANOS = 5_000_000;

  /** The machine's network is not such a node's to change: pods have a loopback of their own. */
  private static final boolean ROOTLESS = OwnNamespace.isRootless();

  private static final int LONE_ADDRESS = 32;

  private final Kernel kernel;
  private final Cidr subnet;
  private final String nodeName;
  private final String bridge;
  private final int mtu;
  private final HostPorts hostPorts = new HostPorts();
  private boolean purged;

  public PodNetwork(Kernel kernel, String nodeName, Cidr subnet) {
    this.kernel = kernel;
    this.nodeName = nodeName;
    this.subnet = subnet;
    this.bridge = bridgeName(nodeName);
    this.mtu = smallestMtu();
  }

  /** An interface's name has at most 15 characters, a node's may have more: hence the hash. */
  public static String bridgeName(String nodeName) {
    return "hws-" + hash(nodeName);
  }

  /** {@code hwp} and the pod's hash: unlike the bridge's, so that one can't be the other. */
  String vethName(String podUid) {
    return "hwp" + hash(nodeName + "/" + podUid) + hash(podUid).substring(0, 4);
  }

  private static String hash(String text) {
    CRC32 crc = new CRC32();
    crc.update(text.getBytes(StandardCharsets.UTF_8));
    return String.format("%08x", crc.getValue());
  }

  /** A packet from a pod should not be larger than what leaves the machine. */
  private static int smallestMtu() {
    int smallest = DEFAULT_MTU;
    try {
      for (NetworkInterface i : Collections.list(NetworkInterface.getNetworkInterfaces())) {
        boolean own = i.getName().startsWith("hws-") || i.getName().startsWith("hwp");
        if (i.isUp() && !i.isLoopback() && !own && i.getMTU() >= 576) {
          smallest = Math.min(smallest, i.getMTU());
        }
      }
    } catch (SocketException e) {
      return DEFAULT_MTU;
    }
    return smallest;
  }

  /**
   * Asks the kernel for a table and its removal in one transaction, which changes nothing.
   *
   * @return empty: nftables answers; else why not
   */
  public static Optional<String> firewallObstacle() {
    try {
      Masquerade.remove(new LinuxKernel(), "hws-doctor");
      return Optional.empty();
    } catch (KernelFault e) {
      return Optional.of(e.getMessage());
    }
  }

  /**
   * The nftables tables of nodes in this network namespace; a table has its node's bridge's name.
   *
   * @return empty where there is no nftables
   */
  public static List<String> tables() {
    try {
      return new StrayTables(new LinuxKernel(), name -> true).names();
    } catch (KernelFault e) {
      return List.of();
    }
  }

  /** Makes the bridge with the gateway's address and the way out of the machine. Idempotent. */
  public synchronized void prepare() {
    if (ROOTLESS) {
      return;
    }
    makeBridge();
    openWayOut();
    removeStrayTables();
  }

  private void removeStrayTables() {
    try (Netlink netlink = new Netlink(kernel)) {
      new StrayTables(kernel, name -> netlink.indexOf(name) != 0).remove();
    } catch (KernelFault e) { // openWayOut has told it
      LOG.debug("no tables to look through: {}", e.getMessage());
    }
  }

  /** Without nftables pods still reach each other and the machine. */
  private void openWayOut() {
    if (purged) {
      return;
    }
    try {
      new Masquerade(kernel, bridge, subnet).install(hostPorts.all());
      Forwarding.ofMachine().enable();
    } catch (KernelFault e) {
      LOG.warn("pods have no way out of the machine: {}", e.getMessage());
    }
  }

  private void makeBridge() {
    try (Netlink netlink = new Netlink(kernel)) {
      if (netlink.indexOf(bridge) != 0) {
        return;
      }
      byte[] gateway = bytes(subnet.gateway());
      netlink.addBridge(bridge, mac(gateway), mtu);
      int index = netlink.indexOf(bridge);
      netlink.addAddress(index, gateway, subnet.prefix());
    }
    forwardFromBridge();
  }

  /**
   * Lets packets that arrive from the bridge be routed on, to the pods of another node of this
   * machine for instance. Only this interface's switch is set: it goes with the bridge, where the
   * machine-wide one would stay behind.
   */
  private void forwardFromBridge() {
    Path file = Path.of("/proc/sys/net/ipv4/conf", bridge, "forwarding");
    try {
      Files.writeString(file, "1");
    } catch (IOException e) {
      throw new IllegalStateException("write(" + file + ", 1) failed: " + e.getMessage(), e);
    }
  }

  /**
   * Connects a new network namespace. Called by the thread that is inside it, with a netlink
   * conversation that was opened outside.
   *
   * @param outside speaks in the machine's namespace
   * @param namespaceFd the namespace of the calling thread
   */
  public void connect(Outside outside, String podUid, int namespaceFd, String ip) {
    byte[] address = bytes(ip);
    if (ROOTLESS) {
      try (Netlink inside = new Netlink(kernel)) {
        inside.setUp(inside.indexOf("lo"));
        inside.addAddress(inside.indexOf("lo"), address, LONE_ADDRESS);
      }
      return;
    }
    int bridgeIndex = outside.netlink.indexOf(bridge);
    outside.netlink.addVeth(vethName(podUid), bridgeIndex, namespaceFd, mac(address), mtu);
    try (Netlink inside = new Netlink(kernel)) {
      inside.setUp(inside.indexOf("lo"));
      int eth0 = inside.indexOf("eth0");
      inside.addAddress(eth0, address, subnet.prefix());
      inside.setUp(eth0);
      inside.addDefaultRoute(bytes(subnet.gateway()));
    }
  }

  /** A conversation with the network namespace of the thread that makes it: the machine's. */
  public Outside outside() {
    return new Outside(new Netlink(kernel));
  }

  /** Opaque: see {@link #outside}. */
  public static final class Outside implements AutoCloseable {
    private final Netlink netlink;

    private Outside(Netlink netlink) {
      this.netlink = netlink;
    }

    @Override
    public void close() {
      netlink.close();
    }
  }

  /**
   * Lets ports of the machine lead to a pod.
   *
   * @throws IllegalStateException naming the port that is taken
   * @throws KernelFault when the machine has no nftables
   */
  public synchronized void publish(String podUid, String ip, List<SandboxSpec.HostPort> ports) {
    if (!ports.isEmpty() && ROOTLESS) {
      throw new IllegalArgumentException(
          "a rootless node has no ports of the machine for pods: use hostNetwork");
    }
    if (!ports.isEmpty()) {
      hostPorts.reserve(podUid, ip, ports);
      try {
        reachFromLoopback();
        reachItself(podUid);
        new Masquerade(kernel, bridge, subnet).install(hostPorts.all());
      } catch (KernelFault e) {
        hostPorts.release(podUid);
        throw e;
      }
    }
  }

  /** The same for a pod that was taken over. */
  public synchronized void adopt(String podUid, String ip, List<SandboxSpec.HostPort> ports) {
    if (!ports.isEmpty()) {
      hostPorts.adopt(podUid, ip, ports);
      openWayOut();
    }
  }

  /** A pod's ports lead nowhere any more. Idempotent. */
  public synchronized void withdraw(String podUid) {
    if (hostPorts.release(podUid)) {
      openWayOut();
    }
  }

  /**
   * Where the machine filters bridged packets too (br_netfilter), a pod's packet to its own host
   * port is led back on the bridge, through the interface that it came from.
   */
  private void reachItself(String podUid) {
    Path file = Path.of("/sys/class/net", vethName(podUid), "brport", "hairpin_mode");
    try {
      Files.writeString(file, "1");
    } catch (IOException e) {
      LOG.warn("{} can't be set: a pod can't reach its own host port: {}", file, e.toString());
    }
  }

  /**
   * Packets from 127.0.0.1 may leave through this bridge: the machine reaches its pods' ports by
   * that address too. That pods reach nothing there is a rule of the table.
   */
  private void reachFromLoopback() {
    Path file = Path.of("/proc/sys/net/ipv4/conf", bridge, "route_localnet");
    try {
      Files.writeString(file, "1");
    } catch (IOException e) {
      LOG.warn("{} can't be set: host ports don't answer at 127.0.0.1: {}", file, e.toString());
    }
  }

  /** Removes a pod's interface. Idempotent. */
  public void disconnect(String podUid) {
    if (ROOTLESS) {
      return;
    }
    deleteAll(List.of(vethName(podUid)));
  }

  /** Lets go of what this process holds; pods keep their network. */
  public synchronized void close() {
    hostPorts.close();
  }

  /** Removes the bridge, every interface on it and the table. For good: idempotent. */
  public synchronized void purge() {
    purged = true; // a pod that is removed later must not bring the table back
    if (ROOTLESS) {
      return;
    }
    long deadline = System.nanoTime() + PORTS_TIMEOUT_NANOS;
    while (!ports().isEmpty() && System.nanoTime() < deadline) {
      LockSupport.parkNanos(PORTS_POLL_NANOS); // those of ended namespaces go by themselves
    }
    List<String> names = new ArrayList<>(ports());
    names.add(bridge);
    deleteAll(names);
    Forwarding.ofMachine().disableIfLast();
    try {
      Masquerade.remove(kernel, bridge);
    } catch (KernelFault e) { // as in openWayOut: there was none
      LOG.info("no table to remove: {}", e.getMessage());
    }
  }

  private List<String> ports() {
    String[] ports = Path.of("/sys/class/net", bridge, "brif").toFile().list();
    return ports == null ? List.of() : List.of(ports);
  }

  private void deleteAll(List<String> names) {
    try (Netlink netlink = new Netlink(kernel)) {
      names.forEach(netlink::delete);
    }
  }

  /** Made from the address, so that a neighbour's stale entry for a reused one is right again. */
  private static byte[] mac(byte[] ip) {
    return new byte[] {0x0a, 0x58, ip[0], ip[1], ip[2], ip[3]};
  }

  static byte[] bytes(String ip) {
    try {
      return InetAddress.getByName(ip).getAddress();
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("not an address: " + ip, e);
    }
  }
}
