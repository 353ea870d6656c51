package io.hawser.runtime.network;

import io.hawser.runtime.SandboxSpec.HostPort;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.Channel;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which ports of the machine lead to which pod. A socket that nobody reads is bound to each, so
 * that no other program takes a port whose connections it would never see, and so that a port in
 * use is found before it is taken from its user.
 */
final class HostPorts {
  private static final Logger LOG = LoggerFactory.getLogger(HostPorts.class);

  /** Rules of one node's ports; the kernel takes them in one message. */
  private static final int MAX_PORTS = 256;

  /** A port that leads to a pod. */
  record Published(String podUid, String ip, HostPort port) {}

  private record Reserved(Published published, Channel socket) {}

  private final Map<String, Reserved> byPort = new TreeMap<>();

  /**
   * Takes a pod's ports, all or none.
   *
   * @throws IllegalStateException naming the port that is taken, and by whom
   */
  void reserve(String podUid, String ip, List<HostPort> ports) {
    List<String> taken = new ArrayList<>();
    try {
      for (HostPort port : ports) {
        reserve(new Published(podUid, ip, port));
        taken.add(port.toString());
      }
    } catch (IllegalStateException e) {
      taken.forEach(port -> close(byPort.remove(port)));
      throw e;
    }
  }

  private void reserve(Published published) {
    String name = published.port().toString();
    Reserved present = byPort.get(name);
    if (present != null) {
      throw new IllegalStateException(
          "host port " + name + " is taken by pod " + present.published().podUid());
    }
    if (byPort.size() >= MAX_PORTS) {
      throw new IllegalStateException("a node has at most " + MAX_PORTS + " host ports");
    }
    byPort.put(name, new Reserved(published, bind(published.port())));
  }

  /** Of a pod that was taken over: its ports led to it all the time. */
  void adopt(String podUid, String ip, List<HostPort> ports) {
    for (HostPort port : ports) {
      Published published = new Published(podUid, ip, port);
      Channel socket = null;
      try {
        socket = bind(port);
      } catch (IllegalStateException e) {
        LOG.warn("{}: it still leads to pod {}", e.getMessage(), podUid);
      }
      byPort.put(port.toString(), new Reserved(published, socket));
    }
  }

  /**
   * @return true when it had any
   */
  boolean release(String podUid) {
    List<String> names =
        byPort.entrySet().stream()
            .filter(e -> e.getValue().published().podUid().equals(podUid))
            .map(Map.Entry::getKey)
            .toList();
    names.forEach(name -> close(byPort.remove(name)));
    return !names.isEmpty();
  }

  /** Lets go of the sockets; the ports go on leading to their pods. */
  void close() {
    byPort.values().forEach(HostPorts::close);
    byPort.clear();
  }

  List<Published> all() {
    return byPort.values().stream().map(Reserved::published).toList();
  }

  private static Channel bind(HostPort port) {
    InetSocketAddress address = new InetSocketAddress("0.0.0.0", port.hostPort());
    try {
      return switch (port.protocol()) {
        case "TCP" -> ServerSocketChannel.open().bind(address);
        case "UDP" -> DatagramChannel.open().bind(address);
        default -> null; // Java has no SCTP everywhere: only pods' own conflicts are found
      };
    } catch (IOException e) {
      throw new IllegalStateException(
          "host port " + port + " is in use on this machine: " + e.getMessage(), e);
    }
  }

  private static void close(Reserved reserved) {
    try {
      if (reserved.socket() != null) {
        reserved.socket().close();
      }
    } catch (IOException e) {
      LOG.warn("the socket of {} can't be closed: {}", reserved.published(), e.toString());
    }
  }
}
