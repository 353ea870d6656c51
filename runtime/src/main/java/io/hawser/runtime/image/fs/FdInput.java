package io.hawser.runtime.image.fs;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** Reads an open file. */
final class FdInput extends InputStream {
  private static final int BUFFER_BYTES = 64 << 10;
  private static final ThreadLocal<ByteBuffer> BUFFER =
      ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(BUFFER_BYTES));

  private final int fd;
  private boolean closed;

  FdInput(int fd) {
    this.fd = fd;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    ByteBuffer buffer = BUFFER.get();
    buffer.clear();
    long n = LibC.CALLS.read(fd, buffer, Math.min(buffer.capacity(), length));
    Dir.check((int) n, "read", Integer.toString(fd));
    if (n == 0) {
      return -1;
    }
    buffer.get(bytes, offset, (int) n);
    return (int) n;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      LibC.CALLS.close(fd);
    }
  }
}
