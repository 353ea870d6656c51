package io.hawser.runtime.image.fs;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/** Writes to a file just made. */
public final class FdOutput extends OutputStream {
  private static final int BUFFER_BYTES = 64 << 10;
  private static final ThreadLocal<ByteBuffer> BUFFER =
      ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(BUFFER_BYTES));

  private final int fd;
  private boolean closed;

  FdOutput(int fd) {
    this.fd = fd;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    ByteBuffer buffer = BUFFER.get();
    int at = offset;
    while (at < offset + length) {
      buffer.clear();
      buffer.put(bytes, at, Math.min(buffer.capacity(), offset + length - at)).flip();
      long n = LibC.CALLS.write(fd, buffer, buffer.remaining());
      Dir.check((int) n, "write", Integer.toString(fd));
      at += (int) n;
    }
  }

  /** Goes to an offset; what was never written reads as zeros and takes no space. */
  public void seek(long offset) throws IOException {
    if (LibC.CALLS.lseek(fd, offset, 0) < 0) {
      Dir.check(-1, "lseek", Long.toString(offset));
    }
  }

  public void size(long bytes) throws IOException {
    Dir.check(LibC.CALLS.ftruncate(fd, bytes), "ftruncate", Long.toString(bytes));
  }

  /** Owner and group of the file. */
  public void owner(long uid, long gid) throws IOException {
    Dir.check(LibC.CALLS.fchown(fd, (int) uid, (int) gid), "fchown", Integer.toString(fd));
  }

  public void permissions(int permissions) throws IOException {
    Dir.check(LibC.CALLS.fchmod(fd, permissions), "fchmod", Integer.toString(fd));
  }

  /** Sets the time of modification and of access; after the last write. */
  public void time(long seconds, int nanos) throws IOException {
    long[] times = {seconds, nanos, seconds, nanos};
    Dir.check(LibC.CALLS.futimens(fd, times), "futimens", Integer.toString(fd));
  }

  @Override
  public void close() throws IOException {
    if (!closed) {
      closed = true;
      Dir.check(LibC.CALLS.close(fd), "close", Integer.toString(fd));
    }
  }
}
