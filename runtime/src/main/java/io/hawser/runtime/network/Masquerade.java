package io.hawser.runtime.network;

import io.hawser.runtime.SandboxSpec.HostPort;
import io.hawser.runtime.kernel.Kernel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * A node's nftables table: its pods' connections to the world leave with the machine's address, and
 * the world opens none to them but through host ports. Spoken over netlink (nf_tables' own
 * attributes, see include/uapi/linux/netfilter/nf_tables.h); one table per node, so that removing
 * it removes all.
 */
final class Masquerade {
  private static final int NEW_TABLE = 0;
  private static final int DELETE_TABLE = 2;
  private static final int NEW_CHAIN = 3;
  private static final int NEW_RULE = 6;

  private static final int HOOK_PREROUTING = 0;
  private static final int HOOK_FORWARD = 2;
  private static final int HOOK_OUTPUT = 3;
  private static final int HOOK_POSTROUTING = 4;
  private static final int PRIORITY_RAW = -300;
  private static final int PRIORITY_DESTINATION_NAT = -100;
  private static final int PRIORITY_FILTER = 0;
  private static final int PRIORITY_SOURCE_NAT = 100;

  private static final int EQUAL = 0;
  private static final int NOT_EQUAL = 1;
  private static final int META_IIFNAME = 6;
  private static final int META_OIFNAME = 7;
  private static final int META_L4PROTO = 16;
  private static final int FIB_ADDRESS_TYPE = 3;
  private static final int FIB_DESTINATION = 1 << 1;
  private static final byte ROUTE_LOCAL = 2;
  private static final int DESTINATION_NAT = 1;
  private static final int IPV4 = 2;
  private static final int CT_STATE = 0;
  private static final int CT_ESTABLISHED_OR_RELATED = 2 | 4;
  private static final int CT_STATUS = 2;
  private static final byte CT_DESTINATION_CHANGED = 1 << 5;
  private static final int DROP = 0;
  private static final int ACCEPT = 1;
  private static final int JUMP = -3;
  private static final int NETWORK_HEADER = 1;
  private static final int TRANSPORT_HEADER = 2;
  private static final int SOURCE_ADDRESS_OFFSET = 12;
  private static final int DESTINATION_ADDRESS_OFFSET = 16;
  private static final int DESTINATION_PORT_OFFSET = 2;
  private static final byte[] LOOPBACK = {127, 0, 0, 0};
  private static final int REGISTER = 1;
  private static final int SECOND_REGISTER = 2;
  private static final int VERDICT_REGISTER = 0;

  private final Kernel kernel;
  private final String bridge;
  private final Cidr subnet;

  Masquerade(Kernel kernel, String bridge, Cidr subnet) {
    this.kernel = kernel;
    this.bridge = bridge;
    this.subnet = subnet;
  }

  /** Replaces the table in one transaction. Idempotent. */
  void install(List<HostPorts.Published> ports) {
    try (NfTables tables = new NfTables(kernel)) {
      tables.add(NEW_TABLE, NfTables.CREATE, this::tableName);
      tables.add(DELETE_TABLE, 0, this::tableName);
      tables.add(NEW_TABLE, NfTables.CREATE, this::tableName);
      chain(tables, "out", "nat", HOOK_POSTROUTING, PRIORITY_SOURCE_NAT);
      chain(tables, "in", "filter", HOOK_FORWARD, PRIORITY_FILTER);
      rule(tables, "out", this::leavesTheMachine);
      if (!ports.isEmpty()) {
        hostPorts(tables, ports);
      }
      rule(tables, "in", this::comesFromOutside);
      tables.commit("nftables(table " + bridge + ")");
    }
  }

  /**
   * Connections to a port of the machine, from outside, from itself and from pods, are led into the
   * pod. Those whose answers would not come back this way get the machine's address.
   */
  private void hostPorts(NfTables tables, List<HostPorts.Published> ports) {
    tables.add(NEW_CHAIN, NfTables.CREATE, to -> to.text(1, bridge).text(3, "ports"));
    chain(tables, "to-machine", "nat", HOOK_PREROUTING, PRIORITY_DESTINATION_NAT);
    chain(tables, "from-machine", "nat", HOOK_OUTPUT, PRIORITY_DESTINATION_NAT);
    chain(tables, "loopback", "filter", HOOK_PREROUTING, PRIORITY_RAW);
    rule(tables, "loopback", this::fromPodToLoopback);
    ports.forEach(port -> rule(tables, "ports", to -> leadsIntoPod(to, port)));
    rule(tables, "to-machine", this::forTheMachine);
    rule(tables, "from-machine", this::forTheMachine);
    rule(tables, "out", to -> ledBack(to, new byte[] {(byte) 255, 0, 0, 0}, LOOPBACK));
    rule(tables, "out", to -> ledBack(to, subnet.maskBytes(), subnet.baseBytes()));
    rule(tables, "in", this::ledIn);
  }

  /** Removes a node's table, by its bridge's name. Idempotent. */
  static void remove(Kernel kernel, String table) {
    try (NfTables tables = new NfTables(kernel)) {
      tables.add(NEW_TABLE, NfTables.CREATE, to -> to.text(1, table));
      tables.add(DELETE_TABLE, 0, to -> to.text(1, table));
      tables.commit("nftables(delete table " + table + ")");
    }
  }

  private void tableName(NfTables.Attributes to) {
    to.text(1, bridge);
  }

  private void chain(NfTables tables, String name, String type, int hook, int priority) {
    tables.add(
        NEW_CHAIN,
        NfTables.CREATE,
        to ->
            to.text(1, bridge)
                .text(3, name)
                .nested(4, h -> h.bigEndian(1, hook).bigEndian(2, priority))
                .text(7, type));
  }

  private void rule(NfTables tables, String chain, NfTables.Content expressions) {
    tables.add(
        NEW_RULE,
        NfTables.CREATE | NfTables.APPEND,
        to -> to.text(1, bridge).text(2, chain).nested(4, expressions));
  }

  /** From a pod, to an interface that is no pod bridge of this machine: masquerade. */
  private void leavesTheMachine(NfTables.Attributes to) {
    from(to, subnet.maskBytes(), subnet.baseBytes());
    meta(to, META_OIFNAME);
    compare(to, NOT_EQUAL, "hws-".getBytes(StandardCharsets.US_ASCII));
    expression(to, "masq", d -> {});
  }

  private static void from(NfTables.Attributes to, byte[] mask, byte[] base) {
    payload(to, NETWORK_HEADER, SOURCE_ADDRESS_OFFSET, 4);
    mask(to, mask);
    compare(to, EQUAL, base);
  }

  private static void payload(NfTables.Attributes to, int header, int offset, int length) {
    expression(
        to,
        "payload",
        d ->
            d.bigEndian(1, REGISTER)
                .bigEndian(2, header)
                .bigEndian(3, offset)
                .bigEndian(4, length));
  }

  /** To one of the machine's own addresses: look in the chain of ports. */
  private void forTheMachine(NfTables.Attributes to) {
    expression(
        to,
        "fib",
        d -> d.bigEndian(1, REGISTER).bigEndian(2, FIB_ADDRESS_TYPE).bigEndian(3, FIB_DESTINATION));
    compare(to, EQUAL, new byte[] {ROUTE_LOCAL, 0, 0, 0}); // this register is native-endian
    verdict(to, v -> v.bigEndian(1, JUMP).text(2, "ports"));
  }

  private static void leadsIntoPod(NfTables.Attributes to, HostPorts.Published published) {
    HostPort port = published.port();
    meta(to, META_L4PROTO);
    compare(to, EQUAL, new byte[] {protocol(port.protocol())});
    payload(to, TRANSPORT_HEADER, DESTINATION_PORT_OFFSET, 2);
    compare(to, EQUAL, bigEndian(port.hostPort()));
    immediate(to, REGISTER, PodNetwork.bytes(published.ip()));
    immediate(to, SECOND_REGISTER, bigEndian(port.podPort()));
    expression(
        to,
        "nat",
        d ->
            d.bigEndian(1, DESTINATION_NAT)
                .bigEndian(2, IPV4)
                .bigEndian(3, REGISTER)
                .bigEndian(5, SECOND_REGISTER));
  }

  private static byte protocol(String name) {
    return (byte) (name.equals("TCP") ? 6 : name.equals("UDP") ? 17 : 132);
  }

  private static byte[] bigEndian(int port) {
    return new byte[] {(byte) (port >> 8), (byte) port};
  }

  /** Led in from an address that means something else inside: masquerade. */
  private void ledBack(NfTables.Attributes to, byte[] mask, byte[] base) {
    from(to, mask, base);
    toPod(to);
    wasLed(to);
    expression(to, "masq", d -> {});
  }

  private void ledIn(NfTables.Attributes to) {
    toPod(to);
    wasLed(to);
    verdict(to, v -> v.bigEndian(1, ACCEPT));
  }

  /** With NET_RAW a pod could else speak to what listens on the machine's loopback only. */
  private void fromPodToLoopback(NfTables.Attributes to) {
    meta(to, META_IIFNAME);
    compare(to, EQUAL, Arrays.copyOf(bridge.getBytes(StandardCharsets.US_ASCII), 16));
    payload(to, NETWORK_HEADER, DESTINATION_ADDRESS_OFFSET, 4);
    mask(to, new byte[] {(byte) 255, 0, 0, 0});
    compare(to, EQUAL, LOOPBACK);
    verdict(to, v -> v.bigEndian(1, DROP));
  }

  private void toPod(NfTables.Attributes to) {
    meta(to, META_OIFNAME);
    compare(to, EQUAL, Arrays.copyOf(bridge.getBytes(StandardCharsets.US_ASCII), 16));
  }

  private static void wasLed(NfTables.Attributes to) {
    expression(to, "ct", d -> d.bigEndian(1, REGISTER).bigEndian(2, CT_STATUS));
    mask(to, new byte[] {CT_DESTINATION_CHANGED, 0, 0, 0}); // native-endian
    compare(to, NOT_EQUAL, new byte[4]);
  }

  /** To a pod, from neither a pod nor as an answer: drop. The machine itself is not forwarded. */
  private void comesFromOutside(NfTables.Attributes to) {
    toPod(to);
    meta(to, META_IIFNAME);
    compare(to, NOT_EQUAL, "hws-".getBytes(StandardCharsets.US_ASCII));
    expression(to, "ct", d -> d.bigEndian(1, REGISTER).bigEndian(2, CT_STATE));
    mask(to, new byte[] {CT_ESTABLISHED_OR_RELATED, 0, 0, 0}); // this register is native-endian
    compare(to, EQUAL, new byte[4]);
    verdict(to, v -> v.bigEndian(1, DROP));
  }

  private static void verdict(NfTables.Attributes to, NfTables.Content verdict) {
    expression(
        to,
        "immediate",
        d -> d.bigEndian(1, VERDICT_REGISTER).nested(2, data -> data.nested(2, verdict)));
  }

  private static void immediate(NfTables.Attributes to, int register, byte[] value) {
    expression(
        to, "immediate", d -> d.bigEndian(1, register).nested(2, data -> data.bytes(1, value)));
  }

  private static void meta(NfTables.Attributes to, int key) {
    expression(to, "meta", d -> d.bigEndian(2, key).bigEndian(1, REGISTER));
  }

  private static void mask(NfTables.Attributes to, byte[] mask) {
    expression(
        to,
        "bitwise",
        d ->
            d.bigEndian(1, REGISTER)
                .bigEndian(2, REGISTER)
                .bigEndian(3, mask.length)
                .nested(4, m -> m.bytes(1, mask))
                .nested(5, x -> x.bytes(1, new byte[mask.length])));
  }

  private static void compare(NfTables.Attributes to, int operator, byte[] value) {
    expression(
        to,
        "cmp",
        d -> d.bigEndian(1, REGISTER).bigEndian(2, operator).nested(3, v -> v.bytes(1, value)));
  }

  private static void expression(NfTables.Attributes to, String name, NfTables.Content data) {
    to.nested(1, element -> element.text(1, name).nested(2, data));
  }
}
