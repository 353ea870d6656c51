package io.hawser.runtime.network;

import io.hawser.runtime.kernel.Errno;
import io.hawser.runtime.kernel.Flags;
import io.hawser.runtime.kernel.Kernel;
import io.hawser.runtime.kernel.KernelFault;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A conversation with rtnetlink(7) in the network namespace of the thread that opened it. Every
 * request waits for its acknowledgement. Not for several threads at once.
 */
final class Netlink implements AutoCloseable {
  private static final int RTM_NEWLINK = 16;
  private static final int RTM_DELLINK = 17;
  private static final int RTM_GETLINK = 18;
  private static final int RTM_NEWADDR = 20;
  private static final int RTM_NEWROUTE = 24;
  private static final int CREATE_EXCLUSIVE = 0x600;
  private static final int NLMSG_ERROR = 2;
  private static final int IFF_UP = 1;
  private static final int IFLA_ADDRESS = 1;
  private static final int IFLA_IFNAME = 3;
  private static final int IFLA_MTU = 4;
  private static final int IFLA_MASTER = 10;
  private static final int IFLA_LINKINFO = 18;
  private static final int IFLA_NET_NS_FD = 28;
  private static final int IFLA_INFO_KIND = 1;
  private static final int IFLA_INFO_DATA = 2;
  private static final int VETH_INFO_PEER = 1;
  private static final int IFA_ADDRESS = 1;
  private static final int IFA_LOCAL = 2;
  private static final int RTA_GATEWAY = 5;

  /** The kernel answers at once; a lost answer must not hang the caller. */
  private static final int ANSWER_TIMEOUT_MILLIS = 10_000;

  private final Kernel kernel;
  private final int socket;
  private final ByteBuffer answer =
      ByteBuffer.allocateDirect(32 * 1024).order(ByteOrder.nativeOrder());
  private int sequence;

  Netlink(Kernel kernel) {
    this.kernel = kernel;
    this.socket = kernel.netlinkSocket();
  }

  @Override
  public void close() {
    kernel.close(socket);
  }

  /**
   * @return the interface's index, 0 when there is none of this name
   */
  int indexOf(String name) {
    NetlinkMessage get = message("getlink " + name, RTM_GETLINK, 0);
    try {
      return request(get.link(0, 0, 0).text(IFLA_IFNAME, name));
    } catch (KernelFault e) {
      if (e.is(Errno.ENODEV)) {
        return 0;
      }
      throw e;
    }
  }

  void addBridge(String name, byte[] mac, int mtu) {
    request(
        message("newlink bridge " + name, RTM_NEWLINK, CREATE_EXCLUSIVE)
            .link(0, IFF_UP, IFF_UP)
            .text(IFLA_IFNAME, name)
            .bytes(IFLA_ADDRESS, mac)
            .number(IFLA_MTU, mtu)
            .nested(IFLA_LINKINFO, info -> info.text(IFLA_INFO_KIND, "bridge")));
  }

  /**
   * A pair of connected interfaces: one up on the bridge, the other named eth0 in another namespace
   * and down (a peer can't be created up: ENOTCONN).
   */
  void addVeth(String name, int bridge, int namespaceFd, byte[] peerMac, int mtu) {
    request(
        message("newlink veth " + name, RTM_NEWLINK, CREATE_EXCLUSIVE)
            .link(0, IFF_UP, IFF_UP)
            .text(IFLA_IFNAME, name)
            .number(IFLA_MASTER, bridge)
            .number(IFLA_MTU, mtu)
            .nested(
                IFLA_LINKINFO,
                info ->
                    info.text(IFLA_INFO_KIND, "veth")
                        .nested(
                            IFLA_INFO_DATA,
                            data ->
                                data.nested(
                                    VETH_INFO_PEER,
                                    peer ->
                                        peer.link(0, 0, 0)
                                            .text(IFLA_IFNAME, "eth0")
                                            .bytes(IFLA_ADDRESS, peerMac)
                                            .number(IFLA_MTU, mtu)
                                            .number(IFLA_NET_NS_FD, namespaceFd)))));
  }

  void addAddress(int index, byte[] ip, int prefix) {
    request(
        message("newaddr", RTM_NEWADDR, CREATE_EXCLUSIVE)
            .address(prefix, index)
            .bytes(IFA_LOCAL, ip)
            .bytes(IFA_ADDRESS, ip));
  }

  void setUp(int index) {
    request(message("setlink up", RTM_NEWLINK, 0).link(index, IFF_UP, IFF_UP));
  }

  void addDefaultRoute(byte[] gateway) {
    request(
        message("newroute default", RTM_NEWROUTE, CREATE_EXCLUSIVE)
            .defaultRoute()
            .bytes(RTA_GATEWAY, gateway));
  }

  /** Removes an interface; one that is gone already is fine. */
  void delete(String name) {
    int index = indexOf(name);
    if (index == 0) {
      return;
    }
    try {
      request(message("dellink " + name, RTM_DELLINK, 0).link(index, 0, 0));
    } catch (KernelFault e) {
      if (!e.is(Errno.ENODEV)) {
        throw e;
      }
    }
  }

  private NetlinkMessage message(String label, int type, int flags) {
    return new NetlinkMessage("rtnetlink(" + label + ")", type, flags, ++sequence);
  }

  /**
   * @return the interface index of the answer, 0 for a mere acknowledgement
   */
  private int request(NetlinkMessage message) {
    kernel.write(socket, message.finish());
    int index = 0;
    while (true) {
      if (kernel.poll(socket, Flags.POLLIN, ANSWER_TIMEOUT_MILLIS) == 0) {
        throw new KernelFault(message.label(), Errno.ETIMEDOUT.number());
      }
      kernel.read(socket, answer.clear());
      int end = answer.position();
      for (int at = 0; at + NetlinkMessage.HEADER_BYTES <= end; ) {
        int length = answer.getInt(at);
        if (answer.getShort(at + 4) == NLMSG_ERROR) {
          int errno = -answer.getInt(at + NetlinkMessage.HEADER_BYTES);
          if (errno != 0) {
            throw new KernelFault(message.label(), errno);
          }
          return index;
        }
        index = answer.getInt(at + NetlinkMessage.HEADER_BYTES + 4);
        at += (length + 3) & ~3;
      }
    }
  }
}
