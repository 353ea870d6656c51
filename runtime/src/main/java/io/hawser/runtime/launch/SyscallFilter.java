package io.hawser.runtime.launch;

import io.hawser.runtime.kernel.Arch;
import io.hawser.runtime.kernel.Errno;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Assembles classic BPF for seccomp(2). The system call's number is found by binary search over
 * ranges of equal rules: about seven comparisons for a call, and a filter that installs in a
 * fraction of the time that a list of 311 comparisons takes.
 */
final class SyscallFilter {
  private static final int RET_ALLOW = 0x7fff0000;
  private static final int RET_ERRNO = 0x00050000;
  private static final int RET_KILL_PROCESS = 0x80000000;
  private static final int LOAD_WORD = 0x20;
  private static final int JUMP = 0x05;
  private static final int JUMP_EQUAL = 0x15;
  private static final int JUMP_GREATER = 0x25;
  private static final int JUMP_GREATER_OR_EQUAL = 0x35;
  private static final int JUMP_ANY_BIT = 0x45;
  private static final int AND = 0x54;
  private static final int RETURN = 0x06;
  private static final int OFFSET_NUMBER = 0;

  /** Linux uses no number above; a filter that allows by default must not allow x32 by that. */
  private static final int FIRST_X32 = 0x40000000;

  private static final int OFFSET_ARCH = 4;
  private static final int OFFSET_ARGUMENTS = 16;

  private record Instruction(int code, int ifTrue, int ifFalse, int operand) {}

  /** What happens to a call: a short sequence that always returns. */
  record Rule(List<int[]> code) {
    static Rule allow() {
      return new Rule(List.of(new int[] {RETURN, 0, 0, RET_ALLOW}));
    }

    static Rule error(int errno) {
      return new Rule(List.of(new int[] {RETURN, 0, 0, RET_ERRNO | errno}));
    }

    /** Refused when the argument's low word has one of these values. */
    static Rule errorIfArgument(int argument, int errno, int... values) {
      return compare(argument, JUMP_EQUAL, values, RET_ERRNO | errno, RET_ALLOW);
    }

    /** Allowed only when the argument's low word has one of these values. */
    static Rule allowIfArgument(int argument, int errno, int... values) {
      return compare(argument, JUMP_EQUAL, values, RET_ALLOW, RET_ERRNO | errno);
    }

    /** Refused when the argument's low word has any of these bits. */
    static Rule errorIfBits(int argument, int errno, int bits) {
      return compare(argument, JUMP_ANY_BIT, new int[] {bits}, RET_ERRNO | errno, RET_ALLOW);
    }

    private static Rule compare(int argument, int jump, int[] values, int match, int other) {
      List<int[]> code = new ArrayList<>();
      code.add(new int[] {LOAD_WORD, 0, 0, OFFSET_ARGUMENTS + 8 * argument});
      for (int i = 0; i < values.length; i++) {
        code.add(new int[] {jump, values.length - i, 0, values[i]});
      }
      code.add(new int[] {RETURN, 0, 0, other});
      code.add(new int[] {RETURN, 0, 0, match});
      return new Rule(List.copyOf(code));
    }

    boolean sameAs(Rule other) {
      if (code.size() != other.code.size()) {
        return false;
      }
      for (int i = 0; i < code.size(); i++) {
        if (!Arrays.equals(code.get(i), other.code.get(i))) {
          return false;
        }
      }
      return true;
    }
  }

  /** Collects the cases of one call, each {@code if all of these then return that}. */
  static final class RuleCode {
    /** A jump to the end of its case, whose length is not known yet. */
    private static final int FAIL = -1;

    private final List<int[]> code = new ArrayList<>();

    void when(List<SeccompDocument.Condition> conditions, int action) {
      List<int[]> block = new ArrayList<>();
      conditions.forEach(condition -> compare(block, condition));
      block.add(new int[] {RETURN, 0, 0, action});
      for (int i = 0; i < block.size(); i++) {
        int[] instruction = block.get(i);
        int end = block.size() - i - 1;
        instruction[1] = instruction[1] == FAIL ? end : instruction[1];
        instruction[2] = instruction[2] == FAIL ? end : instruction[2];
      }
      code.addAll(block);
    }

    Rule otherwise(int action) {
      code.add(new int[] {RETURN, 0, 0, action});
      return new Rule(List.copyOf(code));
    }

    /** The high word decides unless it is equal; then the low word does. */
    private static void compare(List<int[]> block, SeccompDocument.Condition c) {
      boolean masked = c.operator().equals("SCMP_CMP_MASKED_EQ");
      long wanted = masked ? c.second() : c.value();
      int high = (int) (wanted >>> 32);
      int low = (int) wanted;
      int offset = OFFSET_ARGUMENTS + 8 * c.argument();
      block.add(new int[] {LOAD_WORD, 0, 0, offset + 4});
      if (masked) {
        block.add(new int[] {AND, 0, 0, (int) (c.value() >>> 32)});
      }
      switch (c.operator()) {
        case "SCMP_CMP_NE" -> block.add(new int[] {JUMP_EQUAL, 0, 2, high});
        case "SCMP_CMP_GT", "SCMP_CMP_GE" -> {
          block.add(new int[] {JUMP_GREATER, 3, 0, high});
          block.add(new int[] {JUMP_EQUAL, 0, FAIL, high});
        }
        case "SCMP_CMP_LT", "SCMP_CMP_LE" -> {
          block.add(new int[] {JUMP_GREATER, FAIL, 0, high});
          block.add(new int[] {JUMP_EQUAL, 0, 2, high});
        }
        default -> block.add(new int[] {JUMP_EQUAL, 0, FAIL, high});
      }
      block.add(new int[] {LOAD_WORD, 0, 0, offset});
      if (masked) {
        block.add(new int[] {AND, 0, 0, (int) c.value()});
      }
      block.add(
          switch (c.operator()) {
            case "SCMP_CMP_NE" -> new int[] {JUMP_EQUAL, FAIL, 0, low};
            case "SCMP_CMP_GT" -> new int[] {JUMP_GREATER, 0, FAIL, low};
            case "SCMP_CMP_GE" -> new int[] {JUMP_GREATER_OR_EQUAL, 0, FAIL, low};
            case "SCMP_CMP_LT" -> new int[] {JUMP_GREATER_OR_EQUAL, FAIL, 0, low};
            case "SCMP_CMP_LE" -> new int[] {JUMP_GREATER, FAIL, 0, low};
            default -> new int[] {JUMP_EQUAL, 0, FAIL, low};
          });
    }
  }

  /**
   * The rules of one architecture.
   *
   * @param rules by system call number
   * @param otherwise what the filter returns for numbers in between and above
   */
  record Table(int auditArch, TreeMap<Integer, Rule> rules, int otherwise) {}

  private record Range(int first, Rule rule) {}

  private SyscallFilter() {}

  /**
   * @param rules by system call number; numbers in between and above get {@code otherErrno}
   */
  static byte[] assemble(Arch arch, TreeMap<Integer, Rule> rules, int otherErrno) {
    return assemble(List.of(new Table(arch.auditArch(), rules, RET_ERRNO | otherErrno)));
  }

  /**
   * A process of an architecture that has no table is killed.
   *
   * @throws IllegalArgumentException when it is larger than the kernel takes
   */
  static byte[] assemble(List<Table> tables) {
    List<Instruction> program = new ArrayList<>();
    program.add(new Instruction(LOAD_WORD, 0, 0, OFFSET_ARCH));
    for (Table table : tables) {
      List<Instruction> tree = new ArrayList<>();
      tree.add(new Instruction(LOAD_WORD, 0, 0, OFFSET_NUMBER));
      tree.addAll(tree(ranges(table.rules(), new Rule(List.of(returning(table.otherwise()))))));
      program.add(new Instruction(JUMP_EQUAL, 1, 0, table.auditArch()));
      program.add(new Instruction(JUMP, 0, 0, tree.size()));
      program.addAll(tree);
    }
    program.add(new Instruction(RETURN, 0, 0, RET_KILL_PROCESS));
    if (program.size() > SeccompFilter.MAX_INSTRUCTIONS) {
      throw new IllegalArgumentException(
          "seccomp profile: needs "
              + program.size()
              + " BPF instructions, the kernel takes "
              + SeccompFilter.MAX_INSTRUCTIONS);
    }
    return bytes(program);
  }

  private static int[] returning(int value) {
    return new int[] {RETURN, 0, 0, value};
  }

  private static byte[] bytes(List<Instruction> program) {
    ByteBuffer bytes = ByteBuffer.allocate(8 * program.size()).order(ByteOrder.LITTLE_ENDIAN);
    for (Instruction instruction : program) {
      bytes.putShort((short) instruction.code);
      bytes.put((byte) instruction.ifTrue).put((byte) instruction.ifFalse);
      bytes.putInt(instruction.operand);
    }
    return bytes.array();
  }

  private static List<Range> ranges(TreeMap<Integer, Rule> rules, Rule other) {
    List<Range> ranges = new ArrayList<>();
    int next = 0;
    for (Map.Entry<Integer, Rule> entry : rules.entrySet()) {
      if (entry.getKey() > next) {
        append(ranges, next, other);
      }
      append(ranges, entry.getKey(), entry.getValue());
      next = entry.getKey() + 1;
    }
    append(ranges, next, other);
    append(ranges, FIRST_X32, Rule.error(Errno.ENOSYS.number()));
    return ranges;
  }

  private static void append(List<Range> ranges, int first, Rule rule) {
    if (ranges.isEmpty() || !ranges.get(ranges.size() - 1).rule.sameAs(rule)) {
      ranges.add(new Range(first, rule));
    }
  }

  private static List<Instruction> tree(List<Range> ranges) {
    List<Instruction> code = new ArrayList<>();
    if (ranges.size() == 1) {
      for (int[] i : ranges.get(0).rule.code) {
        code.add(new Instruction(i[0], i[1], i[2], i[3]));
      }
      return code;
    }
    int middle = ranges.size() / 2;
    List<Instruction> below = tree(ranges.subList(0, middle));
    List<Instruction> above = tree(ranges.subList(middle, ranges.size()));
    int pivot = ranges.get(middle).first;
    if (below.size() <= 255) {
      code.add(new Instruction(JUMP_GREATER_OR_EQUAL, below.size(), 0, pivot));
    } else { // a conditional jump's distance is one byte
      code.add(new Instruction(JUMP_GREATER_OR_EQUAL, 0, 1, pivot));
      code.add(new Instruction(JUMP, 0, 0, below.size()));
    }
    code.addAll(below);
    code.addAll(above);
    return code;
  }
}
