package io.hawser.runtime.kernel;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The real kernel, through raw system calls by jnr-ffi. Stateless and safe for all threads. */
public final class LinuxKernel implements Kernel {
  /** Descriptors below could be overwritten by a child's dup2 before they are used. */
  static final int FIRST_SAFE_DESCRIPTOR = 32;

  /** The most processors that Linux can be built for; sched_setaffinity(2) takes what it has. */
  private static final int AFFINITY_BYTES = 8192 / 8;

  private static final int F_DUPFD_CLOEXEC = 1030;
  private static final int BPF_PROG_LOAD = 5;
  private static final int BPF_PROG_ATTACH = 8;
  private static final int BPF_PROG_TYPE_CGROUP_DEVICE = 15;
  private static final int BPF_CGROUP_DEVICE = 6;
  private static final int BPF_F_ALLOW_OVERRIDE = 1;
  private static final int BPF_ATTRIBUTE_BYTES = 72;
  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW = 3;
  private static final int NETLINK_ROUTE = 0;
  private static final int NETLINK_NETFILTER = 12;
  private static final int F_GETFL = 3;
  private static final int F_SETFL = 4;
  private static final int F_ADD_SEALS = 1033;
  private static final int ALL_SEALS = 0x1 | 0x2 | 0x4 | 0x8;
  private static final int MFD_CLOEXEC = 1;
  private static final int MFD_ALLOW_SEALING = 2;
  private static final int S_IFIFO = 0010000;
  private static final int PR_SET_CHILD_SUBREAPER = 36;
  private static final int P_PIDFD = 3;
  private static final int WNOHANG = 1;
  private static final int WEXITED = 4;
  private static final int CLD_EXITED = 1;
  private static final int PIDFD_INFO_EXIT = 1 << 3;
  // struct pidfd_info of Linux 6.15: 64 bytes up to exit_code; PIDFD_GET_INFO = _IOWR(0xFF, 11, 64)
  private static final int PIDFD_INFO_BYTES = 64;
  private static final long PIDFD_GET_INFO = 0xC000FF0BL | ((long) PIDFD_INFO_BYTES << 16);

  private final Libc libc = Libc.INSTANCE;
  private final Arch arch = Arch.current();
  private final Map<String, Integer> numbers = new ConcurrentHashMap<>();

  @Override
  public Arch arch() {
    return arch;
  }

  @Override
  public int open(Open call) {
    try (NativeMemory memory = new NativeMemory(call.path().length() * 4 + 64)) {
      long path = memory.text(call.path());
      long flags = call.flags() | Flags.O_CLOEXEC;
      return (int)
          checked(
              "open(" + call.path() + ")",
              raw("openat", Flags.AT_FDCWD, path, flags, call.mode(), 0, 0));
    }
  }

  @Override
  public int openInRoot(OpenInRoot call) {
    int root = open(new Open(call.root(), Flags.O_PATH | Flags.directory(arch), 0));
    try {
      try (NativeMemory memory = new NativeMemory(call.path().length() * 4 + 128)) {
        long path = memory.text(call.path());
        long how = memory.allocate(24);
        memory.putLong(how, call.flags() | Flags.O_CLOEXEC);
        memory.putLong(how + 16, Flags.RESOLVE_IN_ROOT | Flags.RESOLVE_NO_MAGICLINKS);
        return (int)
            checked(
                "openat2(" + call.root() + ", " + call.path() + ")",
                raw("openat2", root, path, how, 24, 0, 0));
      }
    } finally {
      close(root);
    }
  }

  @Override
  public void close(int fd) {
    // close(2) releases the descriptor even when it reports an error: never retried.
    rawOnce("close", fd, 0, 0, 0, 0, 0);
  }

  @Override
  public int read(int fd, ByteBuffer direct) {
    long address = NativeMemory.addressOf(direct) + direct.position();
    long result = raw("read", fd, address, direct.remaining(), 0, 0, 0);
    if (result == -Errno.EAGAIN.number()) {
      return -1;
    }
    int count = (int) checked("read(" + fd + ")", result);
    direct.position(direct.position() + count);
    return count;
  }

  @Override
  public int write(int fd, ByteBuffer direct) {
    long address = NativeMemory.addressOf(direct) + direct.position();
    long result = raw("write", fd, address, direct.remaining(), 0, 0, 0);
    if (result == -Errno.EAGAIN.number()) {
      return -1;
    }
    int count = (int) checked("write(" + fd + ")", result);
    direct.position(direct.position() + count);
    return count;
  }

  @Override
  public void setNonBlocking(int fd) {
    long flags = checked("fcntl(F_GETFL)", raw("fcntl", fd, F_GETFL, 0, 0, 0, 0));
    checked("fcntl(F_SETFL)", raw("fcntl", fd, F_SETFL, flags | Flags.O_NONBLOCK, 0, 0, 0));
  }

  @Override
  public Pipe pipe() {
    try (NativeMemory memory = new NativeMemory(32)) {
      long ends = memory.allocate(8);
      checked("pipe2()", raw("pipe2", ends, Flags.O_CLOEXEC, 0, 0, 0, 0));
      return new Pipe(memory.getInt(ends), memory.getInt(ends + 4));
    }
  }

  @Override
  public int memfd(String name, byte[] content, boolean sealed) {
    try (NativeMemory memory = new NativeMemory(name.length() * 4 + 64)) {
      long flags = MFD_CLOEXEC | (sealed ? MFD_ALLOW_SEALING : 0);
      String label = "memfd_create(" + name + ")";
      int fd = (int) checked(label, raw("memfd_create", memory.text(name), flags, 0, 0, 0, 0));
      try {
        ByteBuffer buffer = ByteBuffer.allocateDirect(content.length).put(content).flip();
        while (buffer.hasRemaining()) {
          write(fd, buffer);
        }
        if (sealed) {
          checked("fcntl(F_ADD_SEALS)", raw("fcntl", fd, F_ADD_SEALS, ALL_SEALS, 0, 0, 0));
        }
        return fd;
      } catch (RuntimeException e) {
        close(fd);
        throw e;
      }
    }
  }

  @Override
  public void makeFifo(MakeFifo call) {
    try (NativeMemory memory = new NativeMemory(call.path().length() * 4 + 64)) {
      long path = memory.text(call.path());
      checked(
          "mknod(" + call.path() + ")",
          raw("mknodat", Flags.AT_FDCWD, path, S_IFIFO | call.mode(), 0, 0, 0));
      checked(
          "chown(" + call.path() + ")",
          raw("fchownat", Flags.AT_FDCWD, path, call.uid(), call.gid(), 0, 0));
    }
  }

  @Override
  public void mount(Mount call) {
    int size = 256;
    for (String text : new String[] {call.source(), call.target(), call.type(), call.data()}) {
      size += text == null ? 0 : text.length() * 4 + 32;
    }
    try (NativeMemory memory = new NativeMemory(size)) {
      String what = call.source() == null ? "none" : call.source();
      checked(
          "mount(" + what + ", " + call.target() + ")",
          raw(
              "mount",
              memory.text(call.source()),
              memory.text(call.target()),
              memory.text(call.type()),
              call.flags(),
              memory.text(call.data()),
              0));
    }
  }

  @Override
  public void unmount(Unmount call) {
    try (NativeMemory memory = new NativeMemory(call.target().length() * 4 + 64)) {
      checked(
          "umount2(" + call.target() + ")",
          raw("umount2", memory.text(call.target()), call.flags(), 0, 0, 0, 0));
    }
  }

  @Override
  public void attach(int fd, String target) {
    try (NativeMemory memory = new NativeMemory(target.length() * 4 + 128)) {
      long empty = memory.text("");
      long clone = Flags.OPEN_TREE_CLONE | Flags.OPEN_TREE_CLOEXEC | Flags.AT_EMPTY_PATH;
      int tree =
          (int) checked("open_tree(" + fd + ")", raw("open_tree", fd, empty, clone, 0, 0, 0));
      try {
        long flags = Flags.MOVE_MOUNT_F_EMPTY_PATH;
        checked(
            "move_mount(" + target + ")",
            raw("move_mount", tree, empty, Flags.AT_FDCWD, memory.text(target), flags, 0));
      } finally {
        close(tree);
      }
    }
  }

  @Override
  public void unshare(Unshare call) {
    checked(
        String.format("unshare(0x%x)", call.flags()), raw("unshare", call.flags(), 0, 0, 0, 0, 0));
  }

  @Override
  public void setNamespace(SetNamespace call) {
    checked(
        String.format("setns(%d, 0x%x)", call.fd(), call.flags()),
        raw("setns", call.fd(), call.flags(), 0, 0, 0, 0));
  }

  @Override
  public void setHostname(String name) {
    try (NativeMemory memory = new NativeMemory(name.length() * 4 + 64)) {
      int length = name.getBytes(StandardCharsets.UTF_8).length;
      checked(
          "sethostname(" + name + ")", raw("sethostname", memory.text(name), length, 0, 0, 0, 0));
    }
  }

  @Override
  public int spawn(Spawn call) {
    return new PosixSpawn(libc, this).spawn(call);
  }

  @Override
  public int duplicate(int fd) {
    return (int)
        checked(
            "fcntl(" + fd + ", F_DUPFD_CLOEXEC)",
            raw("fcntl", fd, F_DUPFD_CLOEXEC, FIRST_SAFE_DESCRIPTOR, 0, 0, 0));
  }

  @Override
  public void setPriority(int thread, int nice) {
    checked("setpriority(" + nice + ")", raw("setpriority", 0, thread, nice, 0, 0, 0));
  }

  @Override
  public int processor() {
    try (NativeMemory memory = new NativeMemory(16)) {
      long number = memory.allocate(4);
      checked("getcpu()", raw("getcpu", number, 0, 0, 0, 0, 0));
      return memory.getInt(number);
    }
  }

  @Override
  public BitSet affinity(int thread) {
    ByteBuffer mask = ByteBuffer.allocateDirect(AFFINITY_BYTES);
    long address = NativeMemory.addressOf(mask);
    String name = "sched_getaffinity(" + thread + ")";
    checked(name, raw("sched_getaffinity", thread, AFFINITY_BYTES, address, 0, 0, 0));
    BitSet processors = BitSet.valueOf(mask);
    Reference.reachabilityFence(mask);
    return processors;
  }

  @Override
  public void setAffinity(int thread, BitSet processors) {
    try (NativeMemory memory = new NativeMemory(AFFINITY_BYTES)) {
      byte[] bits = processors.toByteArray();
      long mask = memory.bytes(bits);
      String name = "sched_setaffinity(" + thread + ", " + bits.length + " bytes)";
      checked(name, raw("sched_setaffinity", thread, bits.length, mask, 0, 0, 0));
    }
  }

  @Override
  public void setChildSubreaper(boolean on) {
    checked(
        "prctl(PR_SET_CHILD_SUBREAPER)",
        raw("prctl", PR_SET_CHILD_SUBREAPER, on ? 1 : 0, 0, 0, 0, 0));
  }

  @Override
  public int pidfdOpen(int pid) {
    return (int) checked("pidfd_open(" + pid + ")", raw("pidfd_open", pid, 0, 0, 0, 0, 0));
  }

  @Override
  public void pidfdSignal(int pidfd, int signal) {
    long result = raw("pidfd_send_signal", pidfd, signal, 0, 0, 0, 0);
    if (result != -Errno.ESRCH.number()) {
      checked("pidfd_send_signal(" + signal + ")", result);
    }
  }

  @Override
  public Optional<ProcessEnd> reap(int pidfd) {
    try (NativeMemory memory = new NativeMemory(160)) {
      long info = memory.allocate(128);
      checked(
          "waitid(" + pidfd + ")", raw("waitid", P_PIDFD, pidfd, info, WEXITED | WNOHANG, 0, 0));
      // siginfo_t: si_code at 8, si_pid at 16, si_status at 24.
      int pid = memory.getInt(info + 16);
      if (pid == 0) {
        return Optional.empty();
      }
      int code = memory.getInt(info + 8);
      int status = memory.getInt(info + 24);
      return Optional.of(
          code == CLD_EXITED ? new ProcessEnd(status, 0) : new ProcessEnd(0, status & 0x7f));
    }
  }

  @Override
  public Optional<ProcessEnd> exitInfo(int pidfd) {
    try (NativeMemory memory = new NativeMemory(PIDFD_INFO_BYTES + 32)) {
      long info = memory.allocate(PIDFD_INFO_BYTES);
      memory.putLong(info, PIDFD_INFO_EXIT);
      long result = raw("ioctl", pidfd, PIDFD_GET_INFO, info, 0, 0, 0);
      if (result < 0 || (memory.getLong(info) & PIDFD_INFO_EXIT) == 0) {
        return Optional.empty();
      }
      // mask, cgroupid: 16 bytes; pid, tgid, ppid, ruid … fsgid: 11 ints; then exit_code.
      int status = memory.getInt(info + 16 + 11 * 4);
      return Optional.of(new ProcessEnd((status >> 8) & 0xff, status & 0x7f));
    }
  }

  @Override
  public void ioctl(int fd, String name, long request, byte[] data) {
    try (NativeMemory memory = new NativeMemory(data.length + 32)) {
      long address = memory.bytes(data);
      checked("ioctl(" + name + ")", raw("ioctl", fd, request, address, 0, 0, 0));
      memory.get(address, data);
    }
  }

  @Override
  public int epoll() {
    return (int) checked("epoll_create1()", raw("epoll_create1", Flags.O_CLOEXEC, 0, 0, 0, 0, 0));
  }

  @Override
  public void epollAdd(int epoll, int fd, int events) {
    try (NativeMemory memory = new NativeMemory(48)) {
      long event = memory.allocate(16);
      memory.putInt(event, events);
      memory.putInt(event + epollDataOffset(), fd);
      checked("epoll_ctl(ADD, " + fd + ")", raw("epoll_ctl", epoll, 1, fd, event, 0, 0));
    }
  }

  @Override
  public void epollRemove(int epoll, int fd) {
    checked("epoll_ctl(DEL, " + fd + ")", raw("epoll_ctl", epoll, 2, fd, 0, 0, 0));
  }

  @Override
  public List<Ready> epollWait(int epoll, int max, int timeoutMillis) {
    int stride = epollDataOffset() + 8;
    try (NativeMemory memory = new NativeMemory(stride * max + 32)) {
      long events = memory.allocate(stride * max);
      long result = rawOnce("epoll_pwait", epoll, events, max, timeoutMillis, 0, 0);
      if (result == -Errno.EINTR.number()) {
        return List.of();
      }
      int count = (int) checked("epoll_pwait()", result);
      List<Ready> ready = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        long event = events + (long) stride * i;
        ready.add(new Ready(memory.getInt(event + epollDataOffset()), memory.getInt(event)));
      }
      return ready;
    }
  }

  /** {@code struct epoll_event} is packed on x86-64 only. */
  private int epollDataOffset() {
    return arch == Arch.AMD64 ? 4 : 8;
  }

  @Override
  public int poll(int fd, int events, int timeoutMillis) {
    try (NativeMemory memory = new NativeMemory(64)) {
      long entry = memory.allocate(8);
      memory.putInt(entry, fd);
      memory.putShort(entry + 4, events);
      long timeout = memory.allocate(16);
      memory.putLong(timeout, timeoutMillis / 1000);
      memory.putLong(timeout + 8, timeoutMillis % 1000 * 1_000_000L);
      long result = rawOnce("ppoll", entry, 1, timeoutMillis < 0 ? 0 : timeout, 0, 0, 0);
      if (result == -Errno.EINTR.number()) {
        return 0;
      }
      checked("ppoll(" + fd + ")", result);
      return memory.getShort(entry + 6);
    }
  }

  @Override
  public int eventfd() {
    return (int)
        checked("eventfd2()", raw("eventfd2", 0, Flags.O_CLOEXEC | Flags.O_NONBLOCK, 0, 0, 0, 0));
  }

  @Override
  public int netlinkSocket() {
    return netlink(NETLINK_ROUTE);
  }

  @Override
  public int netfilterSocket() {
    return netlink(NETLINK_NETFILTER);
  }

  private int netlink(int family) {
    return (int)
        checked(
            "socket(AF_NETLINK, " + family + ")",
            raw("socket", AF_NETLINK, SOCK_RAW | Flags.O_CLOEXEC, family, 0, 0, 0));
  }

  @Override
  public int loadDeviceProgram(byte[] instructions) {
    try (NativeMemory memory = new NativeMemory(instructions.length + 256)) {
      long attributes = memory.allocate(BPF_ATTRIBUTE_BYTES);
      memory.putInt(attributes, BPF_PROG_TYPE_CGROUP_DEVICE);
      memory.putInt(attributes + 4, instructions.length / 8);
      memory.putLong(attributes + 8, memory.bytes(instructions));
      memory.putLong(attributes + 16, memory.text("Apache-2.0"));
      return (int)
          checked(
              "bpf(BPF_PROG_LOAD)",
              raw("bpf", BPF_PROG_LOAD, attributes, BPF_ATTRIBUTE_BYTES, 0, 0, 0));
    }
  }

  @Override
  public void attachDeviceProgram(int cgroup, int program) {
    try (NativeMemory memory = new NativeMemory(128)) {
      long attributes = memory.allocate(BPF_ATTRIBUTE_BYTES);
      memory.putInt(attributes, cgroup);
      memory.putInt(attributes + 4, program);
      memory.putInt(attributes + 8, BPF_CGROUP_DEVICE);
      memory.putInt(attributes + 12, BPF_F_ALLOW_OVERRIDE);
      long result = raw("bpf", BPF_PROG_ATTACH, attributes, BPF_ATTRIBUTE_BYTES, 0, 0, 0);
      if (result == -Errno.EPERM.number()) { // an earlier agent's allows no override
        memory.putInt(attributes + 12, 0);
        result = raw("bpf", BPF_PROG_ATTACH, attributes, BPF_ATTRIBUTE_BYTES, 0, 0, 0);
      }
      checked("bpf(BPF_PROG_ATTACH)", result);
    }
  }

  private static long checked(String call, long result) {
    if (result < 0) {
      throw new KernelFault(call, (int) -result);
    }
    return result;
  }

  /**
   * @return the result, or the negative errno; EINTR is retried
   */
  private long raw(String name, long a, long b, long c, long d, long e, long f) {
    long result;
    do {
      result = rawOnce(name, a, b, c, d, e, f);
    } while (result == -Errno.EINTR.number());
    return result;
  }

  private long rawOnce(String name, long a, long b, long c, long d, long e, long f) {
    int number = numbers.computeIfAbsent(name, arch::number);
    long result = libc.syscall(number, a, b, c, d, e, f);
    return result == -1 ? -(long) NativeMemory.lastError() : result;
  }
}
