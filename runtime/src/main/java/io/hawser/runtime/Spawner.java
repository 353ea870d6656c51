package io.hawser.runtime;

import io.hawser.runtime.kernel.Kernel;
import io.hawser.runtime.kernel.KernelFault;
import io.hawser.runtime.launch.LaunchPlan;
import io.hawser.runtime.launch.OtherProcessor;
import io.hawser.runtime.launch.PendingLaunch;
import io.hawser.runtime.launch.WaitingLauncher;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Spawns launchers on threads of its own, while their callers find out what they shall do: a spawn
 * takes long beside the other steps of a start, and needs nothing of them.
 */
final class Spawner implements AutoCloseable {
  /** Above it, the caller does it itself. */
  private static final int MAX_THREADS = 4;

  private static final int IDLE_SECONDS = 60;

  private final OtherProcessor elsewhere;
  private final ThreadPoolExecutor threads;

  Spawner(Kernel kernel) {
    elsewhere = new OtherProcessor(kernel);
    threads =
        new ThreadPoolExecutor(
            1,
            MAX_THREADS,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            Spawner::newThread,
            Spawner::rejected);
  }

  private static void rejected(Runnable step, ThreadPoolExecutor threads) {
    if (threads.isShutdown()) {
      throw new IllegalStateException("this runtime is closed");
    }
    step.run();
  }

  private static Thread newThread(Runnable body) {
    Thread thread = new Thread(body, "hawser-spawner");
    thread.setDaemon(true);
    return thread;
  }

  /**
   * One of {@link Early#give} and {@link Early#abandon} must follow.
   *
   * @throws IllegalStateException when this is closed
   */
  Early begin(Supplier<WaitingLauncher> spawn) {
    int callers = elsewhere.current();
    Thread caller = Thread.currentThread();
    Supplier<WaitingLauncher> beside =
        () -> {
          if (Thread.currentThread() != caller) {
            elsewhere.leave(callers, 0);
          }
          return spawn.get();
        };
    return new Early(elsewhere, CompletableFuture.supplyAsync(beside, threads));
  }

  /** A launcher that is being spawned. */
  static final class Early {
    private final OtherProcessor elsewhere;
    private final CompletableFuture<WaitingLauncher> spawned;
    private boolean taken;

    private Early(OtherProcessor elsewhere, CompletableFuture<WaitingLauncher> spawned) {
      this.elsewhere = elsewhere;
      this.spawned = spawned;
    }

    /**
     * Waits for the launcher, and lets it begin beside what this thread does next.
     *
     * @throws KernelFault when it could not be spawned
     */
    PendingLaunch give(LaunchPlan plan) {
      taken = true;
      try {
        PendingLaunch pending = spawned.join().give(plan);
        elsewhere.leave(elsewhere.current(), pending.pid());
        return pending;
      } catch (CompletionException e) {
        throw e.getCause() instanceof RuntimeException cause ? cause : e;
      }
    }

    /** Ends it, unless it was taken. */
    void abandon() {
      if (!taken) {
        spawned.handle((launcher, failure) -> launcher).thenAccept(Early::end).join();
      }
    }

    private static void end(WaitingLauncher launcher) {
      if (launcher != null) {
        launcher.abandon();
      }
    }
  }

  @Override
  public void close() {
    threads.shutdown();
  }
}
