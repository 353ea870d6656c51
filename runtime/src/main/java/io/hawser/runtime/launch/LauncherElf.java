package io.hawser.runtime.launch;

import io.hawser.runtime.kernel.Arch;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The launcher as a static ELF executable of a few hundred bytes: a header, one loadable segment
 * and the machine code from {@code src/main/asm} (kept assembled as a resource, so that no compiler
 * is needed where Hawser runs).
 */
final class LauncherElf {
  private static final long LOAD_ADDRESS = 0x400000;
  private static final int HEADER_BYTES = 64;
  private static final int SEGMENT_BYTES = 56;
  private static final int PT_LOAD = 1;
  private static final int PT_GNU_STACK = 0x6474e551;
  private static final int READ_EXECUTE = 5;
  private static final int READ_WRITE = 6;

  private LauncherElf() {}

  static byte[] executable(Arch arch) {
    byte[] code = code(arch);
    int codeOffset = HEADER_BYTES + 2 * SEGMENT_BYTES;
    int size = codeOffset + code.length;
    ByteBuffer elf = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    elf.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    elf.putShort((short) 2).putShort((short) arch.elfMachine()).putInt(1);
    elf.putLong(LOAD_ADDRESS + codeOffset).putLong(HEADER_BYTES).putLong(0).putInt(0);
    elf.putShort((short) HEADER_BYTES).putShort((short) SEGMENT_BYTES).putShort((short) 2);
    elf.putShort((short) 64).putShort((short) 0).putShort((short) 0);
    elf.putInt(PT_LOAD).putInt(READ_EXECUTE).putLong(0).putLong(LOAD_ADDRESS);
    elf.putLong(LOAD_ADDRESS).putLong(size).putLong(size).putLong(0x10000);
    elf.putInt(PT_GNU_STACK).putInt(READ_WRITE).putLong(0).putLong(0);
    elf.putLong(0).putLong(0).putLong(0).putLong(16);
    return elf.put(code).array();
  }

  static byte[] code(Arch arch) {
    String resource = "launcher-" + arch.label() + ".bin";
    try (InputStream in = LauncherElf.class.getResourceAsStream(resource)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new IllegalStateException(resource + " is not readable", e);
    }
  }
}
