package io.hawser.runtime;

import io.hawser.runtime.kernel.Flags;
import io.hawser.runtime.kernel.Kernel;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Waits for the end of all containers' processes: one thread over their pidfds. */
final class ProcessWatcher implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ProcessWatcher.class);
  private static final int EVENTS_PER_WAIT = 64;
  private static final int RETRY_MILLIS = 10;

  /** How long an adopted process' new parent may take to reap it before its code is given up. */
  private static final long REAP_TIMEOUT_NANOS = 2_000_000_000L;

  private static final class Watch {
    private final int pidfd;
    private final boolean child;
    private final CompletableFuture<Optional<Kernel.ProcessEnd>> end = new CompletableFuture<>();
    private long giveUpAt;

    private Watch(int pidfd, boolean child) {
      this.pidfd = pidfd;
      this.child = child;
    }
  }

  private final Kernel kernel;
  private final int epoll;
  private final int wake;
  private final Map<Integer, Watch> running = new HashMap<>();
  private final Map<Integer, Watch> unreaped = new HashMap<>();
  private final Queue<Watch> added = new ConcurrentLinkedQueue<>();
  private final Thread thread;
  private volatile boolean closed;

  ProcessWatcher(Kernel kernel) {
    this.kernel = kernel;
    this.epoll = kernel.epoll();
    this.wake = kernel.eventfd();
    kernel.epollAdd(epoll, wake, Flags.POLLIN);
    this.thread = new Thread(this::run, "hawser-processes");
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * @param child false: adopted; the kernel then tells its exit code only from Linux 6.15 on
   * @return how it ended, empty when that can't be learned. Completed on the watcher's thread: what
   *     follows must not block. The pidfd stays the caller's
   */
  CompletionStage<Optional<Kernel.ProcessEnd>> watch(int pidfd, boolean child) {
    Watch watch = new Watch(pidfd, child);
    added.add(watch);
    wakeUp();
    return watch.end;
  }

  private void wakeUp() {
    kernel.write(wake, ByteBuffer.allocateDirect(8).put(0, (byte) 1));
  }

  private void run() {
    ByteBuffer counter = ByteBuffer.allocateDirect(8);
    while (!closed) {
      try {
        int timeout = unreaped.isEmpty() ? -1 : RETRY_MILLIS;
        for (Kernel.Ready ready : kernel.epollWait(epoll, EVENTS_PER_WAIT, timeout)) {
          if (ready.fd() == wake) {
            kernel.read(wake, counter.clear());
          } else {
            ended(running.remove(ready.fd()));
          }
        }
        retryUnreaped();
        for (Watch watch = added.poll(); watch != null; watch = added.poll()) {
          running.put(watch.pidfd, watch);
          kernel.epollAdd(epoll, watch.pidfd, Flags.POLLIN);
        }
      } catch (RuntimeException e) {
        LOG.warn("watching processes failed", e);
      }
    }
    kernel.close(wake);
    kernel.close(epoll);
  }

  private void ended(Watch watch) {
    if (watch == null) {
      return;
    }
    kernel.epollRemove(epoll, watch.pidfd);
    if (watch.child) {
      watch.end.complete(kernel.reap(watch.pidfd));
    } else {
      watch.giveUpAt = System.nanoTime() + REAP_TIMEOUT_NANOS;
      unreaped.put(watch.pidfd, watch);
    }
  }

  /** An adopted process is a zombie until its parent reaps it, and tells its code only then. */
  private void retryUnreaped() {
    Iterator<Watch> watches = unreaped.values().iterator();
    while (watches.hasNext()) {
      Watch watch = watches.next();
      Optional<Kernel.ProcessEnd> end = kernel.exitInfo(watch.pidfd);
      if (end.isPresent() || System.nanoTime() - watch.giveUpAt > 0) {
        watches.remove();
        watch.end.complete(end);
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    wakeUp();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
