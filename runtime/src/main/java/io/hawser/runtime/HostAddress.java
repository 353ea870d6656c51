package io.hawser.runtime;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Collections;

/** The machine's own address, for pods that use its network. */
final class HostAddress {
  private HostAddress() {}

  /** The first IPv4 address of an interface that is up and not one of Hawser's bridges. */
  static String find() {
    try {
      for (NetworkInterface i : Collections.list(NetworkInterface.getNetworkInterfaces())) {
        if (!i.isUp() || i.isLoopback() || i.getName().startsWith("hws-")) {
          continue;
        }
        for (InetAddress address : Collections.list(i.getInetAddresses())) {
          if (address instanceof Inet4Address) {
            return address.getHostAddress();
          }
        }
      }
    } catch (SocketException e) {
      return "127.0.0.1";
    }
    return "127.0.0.1";
  }
}
