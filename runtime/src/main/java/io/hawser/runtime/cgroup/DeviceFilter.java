package io.hawser.runtime.cgroup;

import io.hawser.runtime.kernel.Flags;
import io.hawser.runtime.kernel.Kernel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Which devices a node's containers may use: written to the devices controller on cgroup v1, and on
 * v2, which has none, as an eBPF program that the kernel asks at every open and mknod of a device
 * (BPF_PROG_TYPE_CGROUP_DEVICE). It is attached once, to the node's cgroup, and goes with it; a
 * container that may use more has one of its own.
 */
final class DeviceFilter {
  /**
   * @param type 'b' or 'c'
   * @param major -1 for any
   * @param minor -1 for any
   * @param access letters of r, w, m
   */
  record Rule(char type, int major, int minor, String access) {
    /** In the format of {@code devices.allow}. */
    String text() {
      String first = major < 0 ? "*" : "" + major;
      String second = minor < 0 ? "*" : "" + minor;
      return type + " " + first + ":" + second + " " + access;
    }
  }

  /** What runc allows by default, without tun: mknod of anything, use of the harmless ones. */
  static final List<Rule> ALLOWED =
      List.of(
          new Rule('c', -1, -1, "m"),
          new Rule('b', -1, -1, "m"),
          new Rule('c', 1, 3, "rwm"),
          new Rule('c', 1, 5, "rwm"),
          new Rule('c', 1, 7, "rwm"),
          new Rule('c', 1, 8, "rwm"),
          new Rule('c', 1, 9, "rwm"),
          new Rule('c', 5, 0, "rwm"),
          new Rule('c', 5, 2, "rwm"),
          new Rule('c', 136, -1, "rwm"));

  private static final int CONTEXT = 1;
  private static final int SCRATCH = 1; // once all fields are loaded
  private static final int TYPE = 2;
  private static final int ACCESS = 3;
  private static final int MAJOR = 4;
  private static final int MINOR = 5;
  private static final int RESULT = 0;

  private static final int LOAD_WORD = 0x61;
  private static final int AND = 0x54;
  private static final int SHIFT_RIGHT = 0x74;
  private static final int MOVE = 0xbc;
  private static final int SET = 0xb7;
  private static final int JUMP_IF_NOT = 0x55;
  private static final int EXIT = 0x95;

  private static final int BLOCK = 1;
  private static final int CHARACTER = 2;

  private final List<long[]> program = new ArrayList<>();

  private DeviceFilter() {}

  /**
   * Attaches the program for these rules; one from an earlier agent is replaced. A cgroup's own
   * program counts instead of its parent's.
   */
  static void attach(Kernel kernel, Path cgroup, List<Rule> rules) {
    int program = kernel.loadDeviceProgram(instructions(rules));
    try {
      int flags = Flags.O_RDONLY | Flags.directory(kernel.arch());
      int directory = kernel.open(new Kernel.Open(cgroup.toString(), flags, 0));
      try {
        kernel.attachDeviceProgram(directory, program);
      } finally {
        kernel.close(directory);
      }
    } finally {
      kernel.close(program);
    }
  }

  /** eBPF: 1 when one of the rules covers type, number and every kind of access, else 0. */
  static byte[] instructions(List<Rule> rules) {
    DeviceFilter filter = new DeviceFilter();
    // struct bpf_cgroup_dev_ctx { access_type: access << 16 | type; major; minor; }
    filter.add(LOAD_WORD, TYPE, CONTEXT, 0, 0);
    filter.add(LOAD_WORD, MAJOR, CONTEXT, 4, 0);
    filter.add(LOAD_WORD, MINOR, CONTEXT, 8, 0);
    filter.add(MOVE, ACCESS, TYPE, 0, 0);
    filter.add(SHIFT_RIGHT, ACCESS, 0, 0, 16);
    filter.add(AND, TYPE, 0, 0, 0xffff);
    rules.forEach(filter::rule);
    filter.add(SET, RESULT, 0, 0, 0);
    filter.add(EXIT, 0, 0, 0, 0);
    return filter.bytes();
  }

  private void rule(Rule rule) {
    DeviceFilter block = new DeviceFilter();
    int allowed = 0;
    for (char letter : rule.access.toCharArray()) {
      allowed |= letter == 'm' ? 1 : letter == 'r' ? 2 : 4;
    }
    int tests = 2 + (rule.major >= 0 ? 1 : 0) + (rule.minor >= 0 ? 1 : 0);
    int end = tests + 4; // and: a move, a mask, the result, the exit
    block.test(TYPE, rule.type == 'b' ? BLOCK : CHARACTER, end);
    if (rule.major >= 0) {
      block.test(MAJOR, rule.major, end);
    }
    if (rule.minor >= 0) {
      block.test(MINOR, rule.minor, end);
    }
    block.add(MOVE, SCRATCH, ACCESS, 0, 0);
    block.add(AND, SCRATCH, 0, 0, ~allowed);
    block.test(SCRATCH, 0, end);
    block.add(SET, RESULT, 0, 0, 1);
    block.add(EXIT, 0, 0, 0, 0);
    program.addAll(block.program);
  }

  /** Leaves the block of {@code end} instructions unless the register has the value. */
  private void test(int register, int value, int end) {
    add(JUMP_IF_NOT, register, 0, end - program.size() - 1, value);
  }

  private void add(int code, int destination, int source, int offset, int operand) {
    program.add(new long[] {code, source << 4 | destination, offset, operand});
  }

  private byte[] bytes() {
    ByteBuffer bytes = ByteBuffer.allocate(8 * program.size()).order(ByteOrder.LITTLE_ENDIAN);
    for (long[] i : program) {
      bytes.put((byte) i[0]).put((byte) i[1]).putShort((short) i[2]).putInt((int) i[3]);
    }
    return bytes.array();
  }
}
