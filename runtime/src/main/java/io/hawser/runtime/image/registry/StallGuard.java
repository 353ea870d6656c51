package io.hawser.runtime.image.registry;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** Ends a read that gets nothing for too long: Java's client waits for ever. */
final class StallGuard extends FilterInputStream {
  private static final ScheduledExecutorService WATCH =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "registry-stall-watch");
            thread.setDaemon(true);
            return thread;
          });

  private final Duration patience;
  private final ScheduledFuture<?> watch;
  private volatile long lastProgress = System.nanoTime();
  private volatile boolean reading;
  private volatile boolean stalled;

  StallGuard(InputStream in, Duration patience) {
    super(in);
    this.patience = patience;
    long period = Math.max(1, patience.toMillis() / 4);
    this.watch = WATCH.scheduleWithFixedDelay(this::look, period, period, TimeUnit.MILLISECONDS);
  }

  private void look() {
    if (reading && System.nanoTime() - lastProgress > patience.toNanos()) {
      stalled = true;
      try {
        in.close();
      } catch (IOException e) {
        // The reader finds out.
      }
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    lastProgress = System.nanoTime();
    reading = true;
    int n;
    try {
      n = in.read(buffer, offset, length);
    } catch (IOException e) {
      throw stalled ? timeout() : e;
    } finally {
      reading = false;
    }
    if (stalled) {
      throw timeout();
    }
    return n;
  }

  private IOException timeout() {
    return new HttpTimeoutException("nothing came for " + patience.toSeconds() + " s");
  }

  @Override
  public void close() throws IOException {
    watch.cancel(false);
    in.close();
  }
}
