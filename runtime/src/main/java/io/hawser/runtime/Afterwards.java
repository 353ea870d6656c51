package io.hawser.runtime;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Steps that nobody has to wait for, by one thread in their order. Above all those that end a
 * mount: the kernel lets each of them wait for a grace period of RCU, milliseconds for next to no
 * work. A crash loses them: what they would have removed is found and cleared by the next start.
 */
final class Afterwards implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Afterwards.class);

  /** Above it, the caller does the step itself. */
  private static final int MAX_WAITING = 256;

  /** What may come between a look and the steps after it. */
  private static final int ROOM = 32;

  private static final long POLL_NANOS = 1_000_000;

  private static final int IDLE_SECONDS = 10;

  private final ThreadPoolExecutor thread;

  Afterwards() {
    thread =
        new ThreadPoolExecutor(
            1,
            1,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MAX_WAITING),
            Afterwards::newThread,
            new ThreadPoolExecutor.CallerRunsPolicy());
    thread.allowCoreThreadTimeOut(true);
  }

  private static Thread newThread(Runnable body) {
    Thread thread = new Thread(body, "hawser-afterwards");
    thread.setDaemon(true);
    return thread;
  }

  /** A step that fails is only logged. */
  void run(String what, Runnable step) {
    thread.execute(
        () -> {
          try {
            step.run();
          } catch (RuntimeException e) {
            LOG.warn("{} failed: {}", what, e.getMessage());
          }
        });
  }

  /** False: who asks for a step now would have to do it itself. */
  boolean hasRoom() {
    return thread.getQueue().remainingCapacity() > ROOM;
  }

  /** Waits until every step so far is done. */
  void settle() {
    while (!hasRoom()) { // else this thread would do the empty step at once
      LockSupport.parkNanos(POLL_NANOS);
    }
    try {
      thread.submit(() -> {}).get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      throw new IllegalStateException("an empty step can't fail", e);
    }
  }

  /** Does what is left. */
  @Override
  public void close() {
    settle();
    thread.shutdown();
  }
}
