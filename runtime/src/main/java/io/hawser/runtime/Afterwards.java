package io.hawser.runtime;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
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

  /** Waits until every step so far is done. */
  void settle() {
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
