package io.hawser.runtime.network;

import io.hawser.runtime.kernel.Kernel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A node's nftables table: its pods' connections to the world leave with the machine's address, and
 * the world opens none to them. Spoken over netlink (nf_tables' own attributes, see
 * include/uapi/linux/netfilter/nf_tables.h); one table per node, so that removing it removes all.
 */
final class Masquerade {
  private static final int NEW_TABLE = 0;
  private static final int DELETE_TABLE = 2;
  private static final int NEW_CHAIN = 3;
  private static final int NEW_RULE = 6;

  private static final int HOOK_FORWARD = 2;
  private static final int HOOK_POSTROUTING = 4;
  private static final int PRIORITY_FILTER = 0;
  private static final int PRIORITY_SOURCE_NAT = 100;

  private static final int EQUAL = 0;
  private static final int NOT_EQUAL = 1;
  private static final int META_IIFNAME = 6;
  private static final int META_OIFNAME = 7;
  private static final int CT_STATE = 0;
  private static final int CT_ESTABLISHED_OR_RELATED = 2 | 4;
  private static final int DROP = 0;
  private static final int NETWORK_HEADER = 1;
  private static final int SOURCE_ADDRESS_OFFSET = 12;
  private static final int REGISTER = 1;
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
  void install() {
    try (NfTables tables = new NfTables(kernel)) {
      tables.add(NEW_TABLE, NfTables.CREATE, this::tableName);
      tables.add(DELETE_TABLE, 0, this::tableName);
      tables.add(NEW_TABLE, NfTables.CREATE, this::tableName);
      tables.add(
          NEW_CHAIN, NfTables.CREATE, chain("out", "nat", HOOK_POSTROUTING, PRIORITY_SOURCE_NAT));
      tables.add(NEW_CHAIN, NfTables.CREATE, chain("in", "filter", HOOK_FORWARD, PRIORITY_FILTER));
      tables.add(NEW_RULE, NfTables.CREATE | NfTables.APPEND, rule("out", this::leavesTheMachine));
      tables.add(NEW_RULE, NfTables.CREATE | NfTables.APPEND, rule("in", this::comesFromOutside));
      tables.commit("nftables(table " + bridge + ")");
    }
  }

  /** Idempotent. */
  void remove() {
    try (NfTables tables = new NfTables(kernel)) {
      tables.add(NEW_TABLE, NfTables.CREATE, this::tableName);
      tables.add(DELETE_TABLE, 0, this::tableName);
      tables.commit("nftables(delete table " + bridge + ")");
    }
  }

  private void tableName(NfTables.Attributes to) {
    to.text(1, bridge);
  }

  private NfTables.Content chain(String name, String type, int hook, int priority) {
    return to ->
        to.text(1, bridge)
            .text(3, name)
            .nested(4, h -> h.bigEndian(1, hook).bigEndian(2, priority))
            .text(7, type);
  }

  private NfTables.Content rule(String chain, NfTables.Content expressions) {
    return to -> to.text(1, bridge).text(2, chain).nested(4, expressions);
  }

  /** From a pod, to an interface that is no pod bridge of this machine: masquerade. */
  private void leavesTheMachine(NfTables.Attributes to) {
    expression(
        to,
        "payload",
        d ->
            d.bigEndian(1, REGISTER)
                .bigEndian(2, NETWORK_HEADER)
                .bigEndian(3, SOURCE_ADDRESS_OFFSET)
                .bigEndian(4, 4));
    mask(to, subnet.maskBytes());
    compare(to, EQUAL, subnet.baseBytes());
    meta(to, META_OIFNAME);
    compare(to, NOT_EQUAL, "hws-".getBytes(StandardCharsets.US_ASCII));
    expression(to, "masq", d -> {});
  }

  /** To a pod, from neither a pod nor as an answer: drop. The machine itself is not forwarded. */
  private void comesFromOutside(NfTables.Attributes to) {
    meta(to, META_OIFNAME);
    compare(to, EQUAL, Arrays.copyOf(bridge.getBytes(StandardCharsets.US_ASCII), 16));
    meta(to, META_IIFNAME);
    compare(to, NOT_EQUAL, "hws-".getBytes(StandardCharsets.US_ASCII));
    expression(to, "ct", d -> d.bigEndian(1, REGISTER).bigEndian(2, CT_STATE));
    mask(to, new byte[] {CT_ESTABLISHED_OR_RELATED, 0, 0, 0}); // this register is native-endian
    compare(to, EQUAL, new byte[4]);
    expression(
        to,
        "immediate",
        d ->
            d.bigEndian(1, VERDICT_REGISTER)
                .nested(2, data -> data.nested(2, verdict -> verdict.bigEndian(1, DROP))));
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
