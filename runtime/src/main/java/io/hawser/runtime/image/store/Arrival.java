package io.hawser.runtime.image.store;

import io.hawser.runtime.image.Digest;
import io.hawser.runtime.image.ImageFault;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;

/**
 * One blob on its way into the store. What has come is kept when the arrival breaks off, in this
 * process or by a crash, so that the next try asks only for the rest.
 */
public final class Arrival implements AutoCloseable {
  private static final int BUFFER_BYTES = 256 << 10;

  private final Digest digest;
  private final long size;
  private final Path part;
  private final Path target;
  private final StoreLock lock;
  private final Unsettled unsettled;
  private final FileChannel channel;
  private final MessageDigest hasher;
  private long received;
  private boolean whole;

  /**
   * @param unsettled where to note that the blob may not be on the disk; null: wait for the disk
   */
  Arrival(Digest digest, long size, Path part, Path target, StoreLock lock, Unsettled unsettled)
      throws IOException {
    this.unsettled = unsettled;
    this.digest = digest;
    this.size = size;
    this.part = part;
    this.target = target;
    this.lock = lock;
    this.hasher = digest.hasher();
    this.channel =
        FileChannel.open(
            part, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      hashWhatIsThere();
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private Arrival(Digest digest) {
    this.digest = digest;
    this.size = 0;
    this.part = null;
    this.target = null;
    this.lock = null;
    this.unsettled = null;
    this.channel = null;
    this.hasher = null;
    this.whole = true;
  }

  static Arrival whole(Digest digest) {
    return new Arrival(digest);
  }

  private void hashWhatIsThere() throws IOException {
    if (channel.size() > size) {
      channel.truncate(0);
    }
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    while (channel.read(buffer) >= 0) {
      received += buffer.flip().remaining();
      hasher.update(buffer);
      buffer.clear();
    }
  }

  /** Whether the blob is in the store, so that nothing has to be done. */
  public boolean isWhole() {
    return whole;
  }

  /** Bytes that are here; a transfer goes on from this offset. */
  public long received() {
    return received;
  }

  /** Forgets what came, for a sender that can't go on in the middle. */
  public void restart() throws IOException {
    channel.truncate(0);
    channel.position(0);
    hasher.reset();
    received = 0;
  }

  /**
   * Appends bytes.
   *
   * @throws ImageFault {@code CORRUPT} when more come than were announced
   */
  public void write(ByteBuffer bytes) throws IOException {
    if (received + bytes.remaining() > size) {
      restart();
      throw new ImageFault(
          ImageFault.Kind.CORRUPT,
          digest + " is longer than the " + size + " bytes its descriptor announces");
    }
    hasher.update(bytes.duplicate());
    received += bytes.remaining();
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  void write(InputStream in) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      write(ByteBuffer.wrap(buffer, 0, n));
    }
  }

  /**
   * Verifies and makes the blob visible, durably or noted as {@link Unsettled}.
   *
   * @throws ImageFault {@code CORRUPT} when bytes are missing (they may still come) or wrong (all
   *     are forgotten)
   */
  public void finish() throws IOException {
    if (received < size) {
      throw new ImageFault(
          ImageFault.Kind.CORRUPT,
          digest + " was cut off: " + received + " of " + size + " bytes came");
    }
    Digest actual = Digest.finish(digest.algorithm(), hasher);
    if (!actual.equals(digest)) {
      restart();
      throw new ImageFault(
          ImageFault.Kind.CORRUPT, "content announced as " + digest + " has the digest " + actual);
    }
    if (unsettled == null) {
      channel.force(true);
      DurableFiles.move(part, target);
    } else {
      unsettled.mark(digest);
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
    whole = true;
  }

  @Override
  public void close() {
    if (lock == null) {
      return;
    }
    try (lock;
        channel) {
      if (!whole && received == 0) {
        Files.deleteIfExists(part);
      }
    } catch (IOException e) {
      throw ImageFault.of("can't close " + part, e);
    }
  }
}
