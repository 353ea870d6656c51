package io.hawser.runtime.image.store;

import io.hawser.runtime.image.ImageFault;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * An exclusive lock among all threads and processes that share a store; the kernel releases it when
 * its holder dies. May be closed by another thread than its taker.
 *
 * <p>The lock of the kernel belongs to the process, and closing <em>any</em> channel of the file
 * drops it (fcntl(2)), so a JVM first queues at a semaphore and has at most one channel per file.
 */
public final class StoreLock implements AutoCloseable {
  private static final Map<Path, Semaphore> TURNS = new ConcurrentHashMap<>();
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final Semaphore turn;
  private final FileChannel channel;

  private StoreLock(Semaphore turn, FileChannel channel) {
    this.turn = turn;
    this.channel = channel;
  }

  /**
   * Waits for the lock.
   *
   * @throws ImageFault {@code IN_USE} when the time is over or the thread was interrupted
   */
  public static StoreLock take(Path file, Duration patience) {
    long deadline = System.nanoTime() + patience.toNanos();
    Semaphore turn =
        TURNS.computeIfAbsent(file.toAbsolutePath().normalize(), p -> new Semaphore(1));
    try {
      if (!turn.tryAcquire(patience.toNanos(), TimeUnit.NANOSECONDS)) {
        throw busy(file, patience);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ImageFault(ImageFault.Kind.IN_USE, "interrupted while waiting for " + file, e);
    }
    boolean taken = false;
    try {
      StoreLock lock = lockFile(file, turn, deadline);
      if (lock == null) {
        throw busy(file, patience);
      }
      taken = true;
      return lock;
    } catch (IOException e) {
      throw ImageFault.of("can't lock " + file, e);
    } finally {
      if (!taken) {
        turn.release();
      }
    }
  }

  private static StoreLock lockFile(Path file, Semaphore turn, long deadline) throws IOException {
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock lock = channel.tryLock();
    while (lock == null) {
      if (System.nanoTime() > deadline || Thread.currentThread().isInterrupted()) {
        channel.close();
        return null;
      }
      LockSupport.parkNanos(POLL_NANOS);
      lock = channel.tryLock();
    }
    return new StoreLock(turn, channel);
  }

  private static ImageFault busy(Path file, Duration patience) {
    return new ImageFault(
        ImageFault.Kind.IN_USE,
        "another process or thread held " + file + " for " + patience.toSeconds() + " s");
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw ImageFault.of("can't unlock", e);
    } finally {
      turn.release();
    }
  }
}
