package io.hawser.runtime;

import io.hawser.runtime.Checkpoints.ContainerState;
import io.hawser.runtime.kernel.Flags;
import io.hawser.runtime.kernel.Kernel;
import io.hawser.runtime.kernel.KernelFault;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps containers' exit codes over a time when no agent runs. As long as a pidfd is pinned, the
 * kernel (from 6.15 on) remembers how its process ended, whoever reaped it.
 */
final class ExitPins {
  private static final Logger LOG = LoggerFactory.getLogger(ExitPins.class);

  /** PIDFD_INFO_EXIT came with Linux 6.15. */
  static final boolean KEPT_BY_KERNEL = isAtLeast(6, 15);

  private final Kernel kernel;
  private final NodeDirectory directory;
  private final PinnedFiles files;

  ExitPins(Kernel kernel, NodeDirectory directory, PinnedFiles files) {
    this.kernel = kernel;
    this.directory = directory;
    this.files = files;
  }

  /**
   * A kernel that can't leaves the code of a container that ends unseen unknown.
   *
   * @return whether it will be known
   */
  boolean pin(ContainerState state, int pidfd) {
    try {
      files.attach(pidfd, file(state));
      return KEPT_BY_KERNEL;
    } catch (KernelFault e) {
      LOG.debug("exit of {} can't be pinned: {}", state.id(), e.getMessage());
      return false;
    }
  }

  private static boolean isAtLeast(int major, int minor) {
    String[] numbers = System.getProperty("os.version", "").split("[^0-9]+");
    if (numbers.length < 2 || numbers[0].isEmpty()) {
      return false;
    }
    int first = Integer.parseInt(numbers[0]);
    return first > major || first == major && Integer.parseInt(numbers[1]) >= minor;
  }

  /** How it ended. Empty: it runs, or nobody knows. */
  Optional<Kernel.ProcessEnd> read(ContainerState state) {
    if (!files.isMounted(file(state))) {
      return Optional.empty();
    }
    int pidfd = kernel.open(new Kernel.Open(file(state).toString(), Flags.O_RDONLY, 0));
    try {
      return kernel.exitInfo(pidfd);
    } finally {
      kernel.close(pidfd);
    }
  }

  void remove(ContainerState state) {
    files.remove(file(state));
  }

  private Path file(ContainerState state) {
    String name = state.podUid() + "." + state.name() + "." + state.attempt() + ".exit";
    return directory.namespaces().resolve(name);
  }
}
