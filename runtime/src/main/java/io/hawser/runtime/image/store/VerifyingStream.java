package io.hawser.runtime.image.store;

import io.hawser.runtime.image.Digest;
import io.hawser.runtime.image.ImageFault;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;

/** Hashes what is read and refuses the end of the stream when the digest is another. */
public final class VerifyingStream extends FilterInputStream {
  private final Digest expected;
  private final Runnable onMismatch;
  private final MessageDigest hasher;
  private long count;
  private boolean verified;

  public VerifyingStream(InputStream in, Digest expected, Runnable onMismatch) {
    super(in);
    this.expected = expected;
    this.onMismatch = onMismatch;
    this.hasher = expected.hasher();
  }

  /** Bytes read so far. */
  public long count() {
    return count;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int n = in.read(buffer, offset, length);
    if (n > 0) {
      hasher.update(buffer, offset, n);
      count += n;
    } else if (n < 0 && !verified) {
      verify();
    }
    return n;
  }

  private void verify() {
    verified = true;
    Digest actual = Digest.finish(expected.algorithm(), hasher);
    if (!actual.equals(expected)) {
      onMismatch.run();
      throw new ImageFault(
          ImageFault.Kind.CORRUPT,
          "content of " + expected + " is broken: its digest is " + actual);
    }
  }

  /** Reads what is left, so that the verdict is known. */
  public void drain() throws IOException {
    byte[] buffer = new byte[64 << 10];
    while (read(buffer, 0, buffer.length) >= 0) {
      // Only the hash matters.
    }
  }

  @Override
  public long skip(long n) throws IOException {
    byte[] buffer = new byte[(int) Math.min(Math.max(n, 0), 64 << 10)];
    int skipped = buffer.length == 0 ? 0 : read(buffer, 0, buffer.length);
    return Math.max(skipped, 0);
  }

  @Override
  public boolean markSupported() {
    return false;
  }
}
