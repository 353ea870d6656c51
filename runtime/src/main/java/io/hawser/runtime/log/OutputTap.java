package io.hawser.runtime.log;

import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * A live copy of one of a container's output streams, for whoever attaches. The pump offers and
 * never waits: a reader that falls {@link #MAX_PENDING_BYTES} behind is let go, since neither the
 * container nor its log may depend on it. One thread reads.
 */
public final class OutputTap extends InputStream {
  /** What may wait for a slow reader, in bytes. */
  static final int MAX_PENDING_BYTES = 4 * 1024 * 1024;

  private final Deque<byte[]> pending = new ArrayDeque<>();
  private int pendingBytes;
  private int offset;
  private boolean ended;
  private boolean overrun;

  /**
   * @return false: the reader is gone or too slow, and gets no more
   */
  synchronized boolean offer(byte[] bytes) {
    if (ended) {
      return false;
    }
    if (pendingBytes + bytes.length > MAX_PENDING_BYTES) {
      overrun = true;
      end();
      return false;
    }
    pending.add(bytes);
    pendingBytes += bytes.length;
    notifyAll();
    return true;
  }

  /** No more will come; what is there can still be read. */
  synchronized void end() {
    ended = true;
    notifyAll();
  }

  /** True when it ended because its reader was too slow. */
  public synchronized boolean isOverrun() {
    return overrun;
  }

  @Override
  public int read() {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  /**
   * @return -1 at the end, and when the reading thread is interrupted
   */
  @Override
  public synchronized int read(byte[] into, int at, int length) {
    if (length == 0) {
      return 0;
    }
    while (pending.isEmpty() && !ended) {
      try {
        wait();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return -1;
      }
    }
    byte[] first = pending.peek();
    if (first == null) {
      return -1;
    }
    int count = Math.min(length, first.length - offset);
    System.arraycopy(first, offset, into, at, count);
    offset += count;
    pendingBytes -= count;
    if (offset == first.length) {
      pending.remove();
      offset = 0;
    }
    return count;
  }

  /** The reader goes. */
  @Override
  public synchronized void close() {
    pending.clear();
    pendingBytes = 0;
    offset = 0;
    end();
  }
}
