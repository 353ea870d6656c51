package io.hawser.runtime;

import io.hawser.runtime.kernel.Flags;
import io.hawser.runtime.kernel.Kernel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The master side of a terminal in a container's own devpts (pty(7)).
 *
 * @param master a descriptor of this process
 * @param number N of {@code /dev/pts/N} in the container
 */
public record Terminal(int master, int number) {

  /**
   * @param pid a process of the container
   */
  public static Terminal open(Kernel kernel, int pid) {
    String path = "/proc/" + pid + "/root/dev/pts/ptmx";
    int flags = Flags.O_RDWR | Flags.O_NOCTTY | Flags.noFollow(kernel.arch());
    int master = kernel.open(new Kernel.Open(path, flags, 0));
    try {
      byte[] number = new byte[4];
      // Answered by terminals only: what a container put in ptmx' place is refused here.
      kernel.ioctl(master, "TIOCGPTN", Flags.TIOCGPTN, number);
      kernel.ioctl(master, "TIOCSPTLCK", Flags.TIOCSPTLCK, new byte[4]);
      int n = ByteBuffer.wrap(number).order(ByteOrder.LITTLE_ENDIAN).getInt();
      return new Terminal(master, n);
    } catch (RuntimeException e) {
      kernel.close(master);
      throw e;
    }
  }

  /** {@code struct winsize}. */
  public static void resize(Kernel kernel, int master, int columns, int rows) {
    byte[] size =
        ByteBuffer.allocate(8)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putShort((short) rows)
            .putShort((short) columns)
            .array();
    kernel.ioctl(master, "TIOCSWINSZ", Flags.TIOCSWINSZ, size);
  }
}
