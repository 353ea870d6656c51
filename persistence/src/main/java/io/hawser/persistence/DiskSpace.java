package io.hawser.persistence;

import java.io.File;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Free space where the log is written, looked up at most every 100 ms. Refusing early matters: a
 * log whose write fails is closed by Ratis and its peer is out until the next start.
 */
final class DiskSpace {
  private static final long MAX_AGE_NANOS = 100_000_000;

  private final File directory;
  private final AtomicLong readAtNanos = new AtomicLong(System.nanoTime() - MAX_AGE_NANOS);
  private volatile long freeBytes;

  DiskSpace(File directory) {
    this.directory = directory;
    // Who asks while another looks gets what is here: never nothing.
    this.freeBytes = directory.getUsableSpace();
  }

  long freeBytes() {
    long last = readAtNanos.get();
    long now = System.nanoTime();
    if (now - last >= MAX_AGE_NANOS && readAtNanos.compareAndSet(last, now)) {
      freeBytes = directory.getUsableSpace();
    }
    return freeBytes;
  }
}
