package io.hawser.runtime.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hawser.runtime.kernel.LinuxKernel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class DeviceFilterTest {
  private static final int MKNOD = 1;
  private static final int READ = 2;
  private static final int WRITE = 4;
  private static final int BLOCK = 1;
  private static final int CHARACTER = 2;

  /** Interprets the few eBPF instructions that the filter uses. */
  private static boolean isAllowed(int type, int major, int minor, int access) {
    byte[] filter = DeviceFilter.instructions(DeviceFilter.ALLOWED);
    ByteBuffer program = ByteBuffer.wrap(filter).order(ByteOrder.LITTLE_ENDIAN);
    int[] context = {access << 16 | type, major, minor};
    int[] registers = new int[10];
    for (int pc = 0; ; pc++) {
      int code = program.get(8 * pc) & 0xff;
      int destination = program.get(8 * pc + 1) & 0xf;
      int source = program.get(8 * pc + 1) >> 4 & 0xf;
      int offset = program.getShort(8 * pc + 2);
      int operand = program.getInt(8 * pc + 4);
      switch (code) {
        case 0x61 -> registers[destination] = context[offset / 4];
        case 0x54 -> registers[destination] &= operand;
        case 0x74 -> registers[destination] >>>= operand;
        case 0xbc -> registers[destination] = registers[source];
        case 0xb7 -> registers[destination] = operand;
        case 0x55 -> pc += registers[destination] != operand ? offset : 0;
        case 0x95 -> {
          return registers[0] == 1;
        }
        default -> throw new AssertionError("unknown instruction " + code);
      }
    }
  }

  @Test
  void harmlessDevicesAreAllowed() {
    assertThat(isAllowed(CHARACTER, 1, 3, READ | WRITE)).isTrue(); // null
    assertThat(isAllowed(CHARACTER, 5, 2, READ | WRITE)).isTrue(); // ptmx
    assertThat(isAllowed(CHARACTER, 136, 77, READ | WRITE)).isTrue(); // a terminal
  }

  @Test
  void disksAndMemoryAreRefused() {
    assertThat(isAllowed(BLOCK, 254, 0, READ)).isFalse();
    assertThat(isAllowed(CHARACTER, 1, 1, READ)).isFalse(); // mem
    assertThat(isAllowed(CHARACTER, 10, 229, READ | WRITE)).isFalse(); // fuse
    assertThat(isAllowed(BLOCK, 1, 3, READ)).isFalse(); // the number of null, but a disk
  }

  @Test
  void nodesMayBeMadeButNotUsed() {
    assertThat(isAllowed(BLOCK, 254, 0, MKNOD)).isTrue();
    assertThat(isAllowed(BLOCK, 254, 0, MKNOD | READ)).isFalse();
  }

  @Test
  void rulesReadAsTheControllerWantsThem() {
    assertThat(DeviceFilter.ALLOWED)
        .extracting(DeviceFilter.Rule::text)
        .contains("c *:* m", "c 1:3 rwm", "c 136:* rwm");
  }

  /** On a hybrid machine the unified hierarchy takes such programs as well. */
  @Tag("kernel")
  @Test
  void kernelAsksTheAttachedProgram() throws Exception {
    Optional<CgroupLayout.Hierarchy> unified = CgroupLayout.read().unified();
    assumeTrue(unified.isPresent(), "no cgroup2 file system is mounted");
    Path cgroup = unified.get().own().resolve("hawser-test-" + ProcessHandle.current().pid());
    Files.createDirectory(cgroup);
    try {
      DeviceFilter.attach(new LinuxKernel(), cgroup, DeviceFilter.ALLOWED);
      DeviceFilter.attach(
          new LinuxKernel(), cgroup, DeviceFilter.ALLOWED); // as a restarted agent does
      String script =
          "echo $$ > " + cgroup + "/cgroup.procs; head -c 1 /dev/zero | wc -c; : < /dev/kmsg";
      Process shell =
          new ProcessBuilder(List.of("/bin/sh", "-c", script)).redirectErrorStream(true).start();
      String output = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      shell.waitFor();
      assertThat(output).startsWith("1\n").contains("/dev/kmsg: Operation not permitted");
    } finally {
      CgroupFiles.remove(cgroup);
    }
  }
}
