package io.hawser.runtime.kernel;

import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The one door to Linux: carries out calls exactly as given and decides nothing. Every method
 * throws {@link KernelFault} naming the call, its telling arguments and the errno. File descriptors
 * it returns are close-on-exec. {@code EINTR} is retried inside.
 */
public interface Kernel {

  /** {@code openat(AT_FDCWD, path, flags | O_CLOEXEC, mode)}. */
  record Open(String path, int flags, int mode) {}

  /**
   * {@code openat2(root, path, {flags, resolve: RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS})}:
   * symbolic links, absolute ones too, stay inside the root.
   */
  record OpenInRoot(String root, String path, int flags) {}

  record Pipe(int readEnd, int writeEnd) {}

  /** {@code mkfifo(path, mode)} and {@code chown(path, uid, gid)}. */
  record MakeFifo(String path, int mode, long uid, long gid) {}

  /** {@code mount(2)}; null source, type or data are passed as null. */
  record Mount(String source, String target, String type, long flags, String data) {}

  record Unmount(String target, int flags) {}

  /** Applies to the calling thread only: call it from a thread that ends soon after. */
  record Unshare(long flags) {}

  /** Applies to the calling thread only: call it from a thread that ends soon after. */
  record SetNamespace(int fd, long flags) {}

  /**
   * {@code posix_spawn(3)} with all signals at their defaults and none blocked.
   *
   * @param descriptors what the child finds at each number, by this process' numbers; everything
   *     from {@code closeFrom} on is closed
   */
  record Spawn(
      String executable,
      List<String> arguments,
      Map<Integer, Integer> descriptors,
      int closeFrom) {}

  /**
   * How a process ended, from {@code waitid(2)} or {@code PIDFD_GET_INFO}.
   *
   * @param code exit code when {@code signal} is 0
   */
  record ProcessEnd(int code, int signal) {}

  /**
   * @param events {@code EPOLLIN} and so on, the numbers of poll(2)
   */
  record Ready(int fd, int events) {}

  Arch arch();

  int open(Open call);

  int openInRoot(OpenInRoot call);

  void close(int fd);

  /**
   * Fills a direct buffer from its position.
   *
   * @return bytes read, 0 at the end of the file, -1 when it would block
   */
  int read(int fd, ByteBuffer direct);

  /**
   * Writes a direct buffer from its position and moves it.
   *
   * @return bytes written, -1 when it would block
   */
  int write(int fd, ByteBuffer direct);

  void setNonBlocking(int fd);

  /** Another descriptor of the same open file. */
  int duplicate(int fd);

  Pipe pipe();

  /** A file in memory with this content; sealed against every change when asked for. */
  int memfd(String name, byte[] content, boolean sealed);

  void makeFifo(MakeFifo call);

  void mount(Mount call);

  void unmount(Unmount call);

  /**
   * Attaches what a descriptor refers to onto a file ({@code open_tree(fd, AT_EMPTY_PATH)}, {@code
   * move_mount}): a pidfd stays alive by that without a process.
   */
  void attach(int fd, String target);

  void unshare(Unshare call);

  void setNamespace(SetNamespace call);

  /** {@code sethostname(2)} in the calling thread's uts namespace. */
  void setHostname(String name);

  /**
   * @return the process id
   */
  int spawn(Spawn call);

  /**
   * {@code setpriority(PRIO_PROCESS, thread, nice)}; on Linux a nice value is a thread's own.
   *
   * @param thread a thread's id; 0: the calling one
   */
  void setPriority(int thread, int nice);

  /** {@code getcpu(2)}: the processor that the calling thread is on. */
  int processor();

  /**
   * {@code sched_getaffinity(2)}: the processors that a thread may run on.
   *
   * @param thread a thread's id; 0: the calling one
   */
  BitSet affinity(int thread);

  /**
   * {@code sched_setaffinity(2)}; processors that the machine or the thread's cpuset does not have
   * are left out.
   *
   * @param thread a thread's id; 0: the calling one
   */
  void setAffinity(int thread, BitSet processors);

  int pidfdOpen(int pid);

  /**
   * {@code prctl(PR_SET_CHILD_SUBREAPER)}: whether descendants whose parents end become children of
   * this process.
   */
  void setChildSubreaper(boolean on);

  /** No effect on a process that has ended. */
  void pidfdSignal(int pidfd, int signal);

  /** Reaps a child that has ended ({@code waitid(P_PIDFD, WEXITED|WNOHANG)}); empty: it runs. */
  Optional<ProcessEnd> reap(int pidfd);

  /**
   * How a process that is nobody's child here ended ({@code PIDFD_GET_INFO}, Linux 6.15). Empty:
   * not reaped yet by its parent, or the kernel can't say.
   */
  Optional<ProcessEnd> exitInfo(int pidfd);

  /**
   * {@code ioctl(fd, request, data)}; the data is changed in place when the call answers.
   *
   * @param name for the error message, such as {@code TIOCSWINSZ}
   */
  void ioctl(int fd, String name, long request, byte[] data);

  int epoll();

  void epollAdd(int epoll, int fd, int events);

  void epollRemove(int epoll, int fd);

  /**
   * @param timeoutMillis -1: without end
   * @return at most {@code max}; empty after the timeout
   */
  List<Ready> epollWait(int epoll, int max, int timeoutMillis);

  /** {@code poll(2)} on one descriptor: the ready events, 0 after the timeout. */
  int poll(int fd, int events, int timeoutMillis);

  /** A counter to wake an epoll with: write 8 bytes. */
  int eventfd();

  /** A {@code NETLINK_ROUTE} socket in the calling thread's network namespace. */
  int netlinkSocket();

  /** A {@code NETLINK_NETFILTER} socket in the calling thread's network namespace. */
  int netfilterSocket();

  /**
   * {@code bpf(BPF_PROG_LOAD)} of type BPF_PROG_TYPE_CGROUP_DEVICE.
   *
   * @param instructions eBPF, 8 bytes each
   */
  int loadDeviceProgram(byte[] instructions);

  /** {@code bpf(BPF_PROG_ATTACH)} of such a program to a cgroup v2 directory, replacing another. */
  void attachDeviceProgram(int cgroup, int program);
}
