package io.hawser.runtime.kernel;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Notes every call, hands out descriptors and fails where a test says so. */
public final class RecordingKernel implements Kernel {
  private static final int FIRST_DESCRIPTOR = 100;
  private static final int PID = 4711;

  private final List<String> calls = new ArrayList<>();
  private final Set<Integer> open = new TreeSet<>();
  private final Map<String, Errno> failures = new HashMap<>();
  private final Map<Integer, Deque<byte[]>> input = new HashMap<>();
  private int next = FIRST_DESCRIPTOR;
  private int processor;
  private BitSet affinity = BitSet.valueOf(new long[] {1});

  /** Every call in order, with its arguments. */
  public synchronized List<String> calls() {
    return List.copyOf(calls);
  }

  /** Descriptors that were handed out and not closed. */
  public synchronized Set<Integer> openDescriptors() {
    return Set.copyOf(open);
  }

  /** From now on calls of this name fail. */
  public void failOn(String name, Errno errno) {
    failures.put(name, errno);
  }

  /** What reads of a descriptor give, one after the other; then the end of the file. */
  public void willRead(int fd, byte[]... pieces) {
    input.computeIfAbsent(fd, f -> new ArrayDeque<>()).addAll(List.of(pieces));
  }

  /** The calling thread runs on this one of these processors; before, on the only one. */
  public void runsOn(int one, BitSet those) {
    processor = one;
    affinity = those;
  }

  private synchronized void note(String name, Object... arguments) {
    calls.add(name + List.of(arguments));
    if (failures.containsKey(name)) {
      throw new KernelFault(name + "()", failures.get(name).number());
    }
  }

  private synchronized int descriptor() {
    open.add(next);
    return next++;
  }

  @Override
  public Arch arch() {
    return Arch.AMD64;
  }

  @Override
  public int open(Open call) {
    note("open", call);
    return descriptor();
  }

  @Override
  public int openInRoot(OpenInRoot call) {
    note("openInRoot", call);
    return descriptor();
  }

  @Override
  public synchronized void close(int fd) {
    note("close", fd);
    if (!open.remove(fd)) {
      throw new AssertionError("descriptor " + fd + " is closed twice or was never open");
    }
  }

  @Override
  public synchronized int read(int fd, ByteBuffer direct) {
    note("read", fd);
    byte[] piece = input.getOrDefault(fd, new ArrayDeque<>()).poll();
    if (piece == null) {
      return 0;
    }
    direct.put(piece);
    return piece.length;
  }

  @Override
  public int write(int fd, ByteBuffer direct) {
    note("write", fd, direct.remaining());
    int count = direct.remaining();
    direct.position(direct.limit());
    return count;
  }

  @Override
  public void setNonBlocking(int fd) {
    note("setNonBlocking", fd);
  }

  @Override
  public int duplicate(int fd) {
    note("duplicate", fd);
    return descriptor();
  }

  @Override
  public Pipe pipe() {
    note("pipe");
    return new Pipe(descriptor(), descriptor());
  }

  @Override
  public int memfd(String name, byte[] content, boolean sealed) {
    note("memfd", name, sealed);
    return descriptor();
  }

  @Override
  public void makeFifo(MakeFifo call) {
    note("makeFifo", call);
  }

  @Override
  public void mount(Mount call) {
    note("mount", call);
  }

  @Override
  public void unmount(Unmount call) {
    note("unmount", call);
  }

  @Override
  public void attach(int fd, String target) {
    note("attach", fd, target);
  }

  @Override
  public void unshare(Unshare call) {
    note("unshare", call);
  }

  @Override
  public void setNamespace(SetNamespace call) {
    note("setNamespace", call);
  }

  @Override
  public void setHostname(String name) {
    note("setHostname", name);
  }

  @Override
  public int spawn(Spawn call) {
    note("spawn", call.arguments(), new TreeSet<>(call.descriptors().keySet()), call.closeFrom());
    return PID;
  }

  @Override
  public void setPriority(int thread, int nice) {
    note("setPriority", thread, nice);
  }

  @Override
  public int processor() {
    note("processor");
    return processor;
  }

  @Override
  public BitSet affinity(int thread) {
    note("affinity", thread);
    return (BitSet) affinity.clone();
  }

  @Override
  public void setAffinity(int thread, BitSet processors) {
    note("setAffinity", thread, processors);
  }

  @Override
  public void setChildSubreaper(boolean on) {
    note("setChildSubreaper", on);
  }

  @Override
  public int pidfdOpen(int pid) {
    note("pidfdOpen", pid);
    return descriptor();
  }

  @Override
  public void pidfdSignal(int pidfd, int signal) {
    note("pidfdSignal", pidfd, signal);
  }

  @Override
  public Optional<ProcessEnd> reap(int pidfd) {
    note("reap", pidfd);
    return Optional.of(new ProcessEnd(0, 0));
  }

  @Override
  public Optional<ProcessEnd> exitInfo(int pidfd) {
    note("exitInfo", pidfd);
    return Optional.empty();
  }

  @Override
  public void ioctl(int fd, String name, long request, byte[] data) {
    note("ioctl", fd, name);
  }

  @Override
  public int epoll() {
    note("epoll");
    return descriptor();
  }

  @Override
  public void epollAdd(int epoll, int fd, int events) {
    note("epollAdd", epoll, fd);
  }

  @Override
  public void epollRemove(int epoll, int fd) {
    note("epollRemove", epoll, fd);
  }

  @Override
  public List<Ready> epollWait(int epoll, int max, int timeoutMillis) {
    note("epollWait", epoll);
    return List.of();
  }

  @Override
  public int poll(int fd, int events, int timeoutMillis) {
    note("poll", fd);
    return events;
  }

  @Override
  public int eventfd() {
    note("eventfd");
    return descriptor();
  }

  @Override
  public int netlinkSocket() {
    note("netlinkSocket");
    return descriptor();
  }

  @Override
  public int netfilterSocket() {
    note("netfilterSocket");
    return descriptor();
  }

  @Override
  public int loadDeviceProgram(byte[] instructions) {
    note("loadDeviceProgram", instructions.length / 8);
    return descriptor();
  }

  @Override
  public void attachDeviceProgram(int cgroup, int program) {
    note("attachDeviceProgram", cgroup, program);
  }
}
