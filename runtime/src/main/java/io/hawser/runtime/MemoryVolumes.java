package io.hawser.runtime;

import io.hawser.runtime.kernel.Flags;
import io.hawser.runtime.kernel.Kernel;
import io.hawser.runtime.kernel.KernelFault;
import io.hawser.runtime.kernel.LinuxKernel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * File systems in memory on the machine, for volumes that a pod's containers share: they outlive
 * each container and each agent, and end with the machine at the latest.
 */
public final class MemoryVolumes {
  private MemoryVolumes() {}

  /**
   * Mounts one on an existing directory, unless it is there.
   *
   * @param sizeBytes 0: half of the machine's memory
   * @param mode permissions of its root directory
   * @throws RuntimeFault naming the step
   */
  public static void mount(Path directory, long sizeBytes, int mode) {
    String path = directory.toAbsolutePath().normalize().toString();
    if (Mounts.under(directory).contains(path)) {
      return;
    }
    String size = sizeBytes > 0 ? ",size=" + sizeBytes : "";
    String options = "mode=" + Integer.toOctalString(mode) + size;
    try {
      Kernel kernel = new LinuxKernel();
      long flags = Flags.MS_NOSUID | Flags.MS_NODEV;
      kernel.mount(new Kernel.Mount("tmpfs", path, "tmpfs", flags, options));
    } catch (KernelFault e) {
      throw new RuntimeFault("FailedMount", FaultText.of(e), e);
    }
  }

  /** Takes away what is mounted at or below a directory. Idempotent. */
  public static void unmountBelow(Path directory) {
    List<String> mounts = new ArrayList<>(Mounts.under(directory.toAbsolutePath().normalize()));
    Collections.reverse(mounts);
    for (String mount : mounts) {
      try {
        new LinuxKernel().unmount(new Kernel.Unmount(mount, Flags.MNT_DETACH));
      } catch (KernelFault e) {
        throw new RuntimeFault("FailedUnmount", FaultText.of(e), e);
      }
    }
  }
}
