package io.hawser.node;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads of a node that may block. Apart from Pekko's dispatchers, so that nothing of the
 * cluster waits for the kernel. All are daemons and end when idle.
 */
final class NodeThreads {
  private static final long STACK_BYTES = 256 * 1024;

  private final ThreadPoolExecutor work =
      pool("hawser-node-work", NodeLimits.WORK_THREADS, NodeLimits.WORK_QUEUE);
  private final ThreadPoolExecutor probes =
      pool("hawser-node-probe", NodeLimits.PROBE_THREADS, NodeLimits.PROBE_QUEUE);
  private final ThreadPoolExecutor hooks =
      pool("hawser-node-hook", NodeLimits.HOOK_THREADS, NodeLimits.HOOK_QUEUE);
  private final ThreadPoolExecutor pulls =
      pool("hawser-node-pull", NodeLimits.PULL_THREADS, NodeLimits.PULL_QUEUE);
  private final ThreadPoolExecutor volumes =
      pool("hawser-node-volume", NodeLimits.VOLUME_THREADS, NodeLimits.VOLUME_QUEUE);
  private final ThreadPoolExecutor exec =
      onDemand("hawser-node-exec", NodeLimits.EXEC_SESSIONS * 3);

  /** For the runtime's calls and small files. */
  Executor work() {
    return work;
  }

  Executor probes() {
    return probes;
  }

  /** For containers' hooks, which may take as long as a pod's grace. */
  Executor hooks() {
    return hooks;
  }

  /** For images, which take as long as networks do. */
  Executor pulls() {
    return pulls;
  }

  /** For the removal of volumes, which takes as long as there are files. */
  Executor volumes() {
    return volumes;
  }

  /** For the streams of exec'ed processes, which block as long as those are silent. */
  Executor exec() {
    return exec;
  }

  /** Runs a call on a pool; a full pool or any throwable fails the returned stage. */
  static <T> CompletionStage<T> call(Executor executor, Callable<T> call) {
    CompletableFuture<T> result = new CompletableFuture<>();
    try {
      executor.execute(
          () -> {
            try {
              result.complete(call.call());
            } catch (Throwable t) {
              result.completeExceptionally(t);
            }
          });
    } catch (RejectedExecutionException full) {
      result.completeExceptionally(full);
    }
    return result;
  }

  /** What really went wrong in a stage that depends on another. */
  static Throwable cause(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }

  /** The same in words. */
  static String text(Throwable failure) {
    Throwable cause = cause(failure);
    return cause.getMessage() != null ? cause.getMessage() : cause.toString();
  }

  private static ThreadPoolExecutor pool(String name, int threads, int queue) {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            threads,
            threads,
            NodeLimits.IDLE_THREAD.toMillis(),
            TimeUnit.MILLISECONDS,
            new LinkedBlockingQueue<>(queue),
            threads(name));
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  private static ThreadPoolExecutor onDemand(String name, int threads) {
    return new ThreadPoolExecutor(
        0,
        threads,
        NodeLimits.IDLE_THREAD.toMillis(),
        TimeUnit.MILLISECONDS,
        new SynchronousQueue<>(),
        threads(name));
  }

  private static java.util.concurrent.ThreadFactory threads(String name) {
    AtomicInteger number = new AtomicInteger();
    return work -> {
      Thread thread = new Thread(null, work, name + "-" + number.incrementAndGet(), STACK_BYTES);
      thread.setDaemon(true);
      return thread;
    };
  }
}
