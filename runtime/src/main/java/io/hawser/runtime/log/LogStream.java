package io.hawser.runtime.log;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/** A {@link LogReader} as an InputStream. */
final class LogStream extends InputStream {
  private final LogReader reader;
  private byte[] current = new byte[0];
  private int position;

  LogStream(LogReader reader) {
    this.reader = reader;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    while (position == current.length) {
      Optional<byte[]> next = reader.next();
      if (next.isEmpty()) {
        return -1;
      }
      current = next.get();
      position = 0;
    }
    int count = Math.min(length, current.length - position);
    System.arraycopy(current, position, into, offset, count);
    position += count;
    return count;
  }

  @Override
  public int available() {
    return current.length - position;
  }

  @Override
  public void close() {
    reader.close();
  }
}
