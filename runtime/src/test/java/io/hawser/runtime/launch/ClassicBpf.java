package io.hawser.runtime.launch;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** What the kernel would answer to a system call under a seccomp filter. */
final class ClassicBpf {
  private ClassicBpf() {}

  /** Interprets a filter as the kernel does, for the instructions it uses. */
  static int run(byte[] filter, int arch, int number, long... arguments) {
    ByteBuffer data = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    data.putInt(number).putInt(arch).putLong(0);
    for (long argument : arguments) {
      data.putLong(argument);
    }
    ByteBuffer program = ByteBuffer.wrap(filter).order(ByteOrder.LITTLE_ENDIAN);
    int accumulator = 0;
    for (int pc = 0; ; pc++) {
      int code = program.getShort(8 * pc);
      int ifTrue = program.get(8 * pc + 2) & 0xff;
      int ifFalse = program.get(8 * pc + 3) & 0xff;
      int operand = program.getInt(8 * pc + 4);
      switch (code) {
        case 0x20 -> accumulator = data.getInt(operand);
        case 0x15 -> pc += accumulator == operand ? ifTrue : ifFalse;
        case 0x25 -> pc += Integer.compareUnsigned(accumulator, operand) > 0 ? ifTrue : ifFalse;
        case 0x54 -> accumulator &= operand;
        case 0x35 -> pc += Integer.compareUnsigned(accumulator, operand) >= 0 ? ifTrue : ifFalse;
        case 0x45 -> pc += (accumulator & operand) != 0 ? ifTrue : ifFalse;
        case 0x05 -> pc += operand;
        case 0x06 -> {
          return operand;
        }
        default -> throw new AssertionError("unknown instruction " + code);
      }
    }
  }
}
