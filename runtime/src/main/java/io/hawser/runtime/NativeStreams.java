package io.hawser.runtime;

import io.hawser.runtime.kernel.Errno;
import io.hawser.runtime.kernel.Flags;
import io.hawser.runtime.kernel.Kernel;
import io.hawser.runtime.kernel.KernelFault;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.function.IntConsumer;

/**
 * A file descriptor as Java streams. It is really closed only when no thread is inside a call on
 * it: its number could be another's by then.
 */
final class NativeStreams {
  private static final int CHUNK_BYTES = 32 * 1024;

  /** How long a blocked reader may take to notice that its stream was closed. */
  private static final int CLOSE_CHECK_MILLIS = 100;

  private final Kernel kernel;
  private final int fd;
  private int users;
  private boolean closing;

  NativeStreams(Kernel kernel, int fd) {
    this.kernel = kernel;
    this.fd = fd;
  }

  /** The descriptor for a call that does not block; ignored after the close. */
  synchronized void ifOpen(IntConsumer call) {
    if (!closing) {
      call.accept(fd);
    }
  }

  private synchronized void enter() throws IOException {
    if (closing) {
      throw new IOException("stream is closed");
    }
    users++;
  }

  private synchronized void leave() {
    users--;
    closeIfUnused();
  }

  synchronized void close() {
    if (!closing) {
      closing = true;
      closeIfUnused();
    }
  }

  private void closeIfUnused() {
    if (closing && users == 0) {
      kernel.close(fd);
      users = -1;
    }
  }

  private synchronized boolean isClosing() {
    return closing;
  }

  InputStream input() {
    return new InputStream() {
      private final ByteBuffer buffer = ByteBuffer.allocateDirect(CHUNK_BYTES);

      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] into, int offset, int length) throws IOException {
        enter();
        try {
          return length == 0 ? 0 : readSome(buffer, into, offset, length);
        } finally {
          leave();
        }
      }

      @Override
      public void close() {
        NativeStreams.this.close();
      }
    };
  }

  private int readSome(ByteBuffer buffer, byte[] into, int offset, int length) throws IOException {
    while (kernel.poll(fd, Flags.POLLIN, CLOSE_CHECK_MILLIS) == 0) {
      if (isClosing()) {
        return -1;
      }
    }
    try {
      int count = kernel.read(fd, buffer.clear().limit(Math.min(length, CHUNK_BYTES)));
      buffer.flip().get(into, offset, Math.max(0, count));
      return count == 0 ? -1 : Math.max(0, count);
    } catch (KernelFault e) {
      if (e.is(Errno.EIO)) { // how a terminal ends
        return -1;
      }
      throw new IOException(e.getMessage(), e);
    }
  }

  OutputStream output() {
    return new OutputStream() {
      private final ByteBuffer buffer = ByteBuffer.allocateDirect(CHUNK_BYTES);

      @Override
      public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        enter();
        try {
          int done = 0;
          while (done < length) {
            int part = Math.min(CHUNK_BYTES, length - done);
            writeAll(buffer.clear().put(bytes, offset + done, part).flip());
            done += part;
          }
        } finally {
          leave();
        }
      }

      @Override
      public void close() {
        NativeStreams.this.close();
      }
    };
  }

  /** The descriptor must be non-blocking, or a full pipe would hold a closed stream's writer. */
  private void writeAll(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      if (isClosing()) {
        throw new IOException("stream is closed");
      }
      try {
        if (kernel.write(fd, bytes) < 0) {
          kernel.poll(fd, Flags.POLLOUT, CLOSE_CHECK_MILLIS);
        }
      } catch (KernelFault e) {
        throw new IOException(e.getMessage(), e);
      }
    }
  }
}
