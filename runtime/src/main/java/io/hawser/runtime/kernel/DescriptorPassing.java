package io.hawser.runtime.kernel;

import java.nio.charset.StandardCharsets;

/** Hands a file descriptor to another process over a Unix socket ({@code SCM_RIGHTS}, unix(7)). */
public final class DescriptorPassing {
  private static final int AF_UNIX = 1;
  private static final int SOCK_STREAM = 1;
  private static final int SOL_SOCKET = 1;
  private static final int SCM_RIGHTS = 1;
  private static final int ADDRESS_BYTES = 110;

  private DescriptorPassing() {}

  /**
   * @param socketPath of a listening socket; at most 107 bytes
   * @param name sent along, as console sockets expect it
   * @throws KernelFault naming the step
   */
  public static void send(String socketPath, int fd, String name) {
    byte[] path = socketPath.getBytes(StandardCharsets.UTF_8);
    if (path.length > ADDRESS_BYTES - 3) {
      throw new KernelFault("connect(" + socketPath + ")", Errno.ENAMETOOLONG.number());
    }
    Arch arch = Arch.current();
    int socket =
        (int) checked("socket(AF_UNIX)", arch, "socket", AF_UNIX, SOCK_STREAM | Flags.O_CLOEXEC, 0);
    try (NativeMemory memory = new NativeMemory(1024)) {
      long address = memory.allocate(ADDRESS_BYTES);
      memory.putShort(address, AF_UNIX);
      memory.put(address + 2, path);
      String connect = "connect(" + socketPath + ")";
      checked(connect, arch, "connect", socket, address, ADDRESS_BYTES);
      long message = message(memory, fd, name);
      checked("sendmsg(" + socketPath + ")", arch, "sendmsg", socket, message, 0);
    } finally {
      Libc.INSTANCE.syscall(arch.number("close"), socket, 0, 0, 0, 0, 0);
    }
  }

  /** {@code struct msghdr} with one {@code iovec} and one control message of one descriptor. */
  private static long message(NativeMemory memory, int fd, String name) {
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    long vector = memory.allocate(16);
    memory.putLong(vector, memory.bytes(text));
    memory.putLong(vector + 8, text.length);
    long control = memory.allocate(24);
    memory.putLong(control, 20);
    memory.putInt(control + 8, SOL_SOCKET);
    memory.putInt(control + 12, SCM_RIGHTS);
    memory.putInt(control + 16, fd);
    long message = memory.allocate(56);
    memory.putLong(message + 16, vector);
    memory.putLong(message + 24, 1);
    memory.putLong(message + 32, control);
    memory.putLong(message + 40, 24);
    return message;
  }

  private static long checked(String call, Arch arch, String name, long a, long b, long c) {
    long result = Libc.INSTANCE.syscall(arch.number(name), a, b, c, 0, 0, 0);
    if (result == -1) {
      throw new KernelFault(call, NativeMemory.lastError());
    }
    return result;
  }
}
