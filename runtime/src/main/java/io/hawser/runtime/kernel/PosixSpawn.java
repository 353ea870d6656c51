package io.hawser.runtime.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** posix_spawn(3) of glibc, with its file actions and attributes. */
final class PosixSpawn {
  private static final short POSIX_SPAWN_SETSIGDEF = 0x04;
  private static final short POSIX_SPAWN_SETSIGMASK = 0x08;

  private final Libc libc;
  private final Kernel kernel;

  PosixSpawn(Libc libc, Kernel kernel) {
    this.libc = libc;
    this.kernel = kernel;
  }

  /**
   * @return the process id
   */
  int spawn(Kernel.Spawn call) {
    try (NativeMemory memory = new NativeMemory(4096 + call.executable().length() * 4)) {
      long actions = memory.allocate(256);
      long attributes = memory.allocate(512);
      List<Integer> lifted = new ArrayList<>();
      libc.posix_spawn_file_actions_init(actions);
      libc.posix_spawnattr_init(attributes);
      try {
        for (Map.Entry<Integer, Integer> entry : call.descriptors().entrySet()) {
          int source = entry.getValue();
          if (source < LinuxKernel.FIRST_SAFE_DESCRIPTOR) {
            source = kernel.duplicate(source);
            lifted.add(source);
          }
          libc.posix_spawn_file_actions_adddup2(actions, source, entry.getKey());
        }
        libc.posix_spawn_file_actions_addclosefrom_np(actions, call.closeFrom());
        resetSignals(memory, attributes);
        long pid = memory.allocate(8);
        long path = memory.text(call.executable());
        long argv = memory.texts(call.arguments());
        long env = memory.texts(List.of());
        int errno = libc.posix_spawn(pid, path, actions, attributes, argv, env, 0);
        if (errno != 0) {
          throw new KernelFault("posix_spawn(" + call.executable() + ")", errno);
        }
        return memory.getInt(pid);
      } finally {
        lifted.forEach(kernel::close);
        libc.posix_spawn_file_actions_destroy(actions);
        libc.posix_spawnattr_destroy(attributes);
      }
    }
  }

  /** A JVM's threads block SIGQUIT and ignore some others, which children would inherit. */
  private void resetSignals(NativeMemory memory, long attributes) {
    long none = memory.allocate(128);
    long all = memory.allocate(128);
    for (int i = 0; i < 16; i++) {
      memory.putLong(all + 8L * i, -1L);
    }
    libc.posix_spawnattr_setsigmask(attributes, none);
    libc.posix_spawnattr_setsigdefault(attributes, all);
    libc.posix_spawnattr_setflags(
        attributes, (short) (POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK));
  }
}
