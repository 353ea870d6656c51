package io.hawser.runtime.image.store;

import io.hawser.runtime.image.Digest;
import io.hawser.runtime.image.ImageFault;
import io.hawser.runtime.image.oci.Descriptor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Blobs by digest. A blob that can be seen is whole, was verified when it came, and is verified
 * again whenever it is read to the end.
 */
public final class ContentStore {
  /** Longest wait for another thread or process that fetches the same blob. */
  public static final Duration ARRIVAL_PATIENCE = Duration.ofMinutes(60);

  private static final int COPY_BUFFER_BYTES = 128 << 10;

  private final StoreLayout layout;
  private final Unsettled unsettled;

  public ContentStore(StoreLayout layout) {
    this.layout = layout;
    this.unsettled = new Unsettled(layout);
    unsettled.checkEarlierRuns();
  }

  /** What may not be on the disk yet. */
  public Unsettled unsettled() {
    return unsettled;
  }

  public boolean has(Digest digest) {
    return Files.isRegularFile(layout.blob(digest), LinkOption.NOFOLLOW_LINKS);
  }

  /** Bytes of a blob, or none when it is not here. */
  public Optional<Long> size(Digest digest) {
    try {
      return Optional.of(Files.size(layout.blob(digest)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw ImageFault.of("can't read " + digest, e);
    }
  }

  /** The file of a blob, for sending it as it is; never write to it. */
  public Path file(Digest digest) {
    return layout.blob(digest);
  }

  /**
   * Reads a blob; the stream throws at its end when a bit is not what it was, and the blob is then
   * set aside so that the next pull fetches it again.
   */
  public InputStream open(Digest digest) throws IOException {
    try {
      return new VerifyingStream(
          Files.newInputStream(layout.blob(digest)), digest, () -> setAside(digest));
    } catch (NoSuchFileException e) {
      throw new ImageFault(ImageFault.Kind.NOT_FOUND, "the store has no blob " + digest, e);
    }
  }

  /** Reads a blob whose content the caller verifies in another way. */
  public InputStream openUnverified(Digest digest) throws IOException {
    try {
      return Files.newInputStream(layout.blob(digest));
    } catch (NoSuchFileException e) {
      throw new ImageFault(ImageFault.Kind.NOT_FOUND, "the store has no blob " + digest, e);
    }
  }

  /** Reads a small blob whole, verified. */
  public byte[] read(Digest digest, int maxBytes) {
    try (InputStream in = open(digest)) {
      byte[] bytes = in.readNBytes(maxBytes + 1);
      if (bytes.length > maxBytes) {
        throw new ImageFault(
            ImageFault.Kind.TOO_LARGE, digest + " has more than " + maxBytes + " bytes");
      }
      // The verdict comes with the end of the stream.
      in.read();
      return bytes;
    } catch (IOException e) {
      throw ImageFault.of("can't read " + digest, e);
    }
  }

  /** Reads a blob for its digest alone. */
  public boolean isSound(Digest digest) {
    try (InputStream in = open(digest)) {
      in.transferTo(java.io.OutputStream.nullOutputStream());
      return true;
    } catch (ImageFault e) {
      return false;
    } catch (IOException e) {
      throw ImageFault.of("can't read " + digest, e);
    }
  }

  /** Stores a document. */
  public Descriptor put(String mediaType, byte[] content, Lease lease) {
    Digest digest = Digest.of(content);
    put(digest, new ByteArrayInputStream(content), content.length, lease);
    return new Descriptor(mediaType, digest, content.length);
  }

  /** Stores a stream of known digest and size; does nothing when the blob is here already. */
  public void put(Digest digest, InputStream content, long size, Lease lease) {
    put(digest, content, size, lease, true);
  }

  /** The same for what a registry has, without waiting for the disk; see {@link Unsettled}. */
  public void putUnsettled(Digest digest, InputStream content, long size, Lease lease) {
    put(digest, content, size, lease, false);
  }

  private void put(Digest digest, InputStream content, long size, Lease lease, boolean settled) {
    try (Arrival arrival = arrive(digest, size, lease, settled)) {
      if (!arrival.isWhole()) {
        arrival.restart();
        arrival.write(content);
        arrival.finish();
      }
    } catch (IOException e) {
      throw ImageFault.of("can't store " + digest, e);
    }
  }

  /** Stores a stream whose digest is not known before. */
  public Descriptor put(String mediaType, InputStream stream, Lease lease) {
    Path staged = lease.stage("blob");
    MessageDigest hasher = Digest.hasher("sha256");
    try (FileChannel file =
        FileChannel.open(staged, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      copy(stream, new DigestOutputStream(Channels.newOutputStream(file), hasher));
      file.force(true);
      Digest digest = Digest.finish("sha256", hasher);
      long size = file.size();
      adopt(digest, staged, lease);
      return new Descriptor(mediaType, digest, size);
    } catch (IOException e) {
      throw ImageFault.of("can't store a blob", e);
    }
  }

  /** Stores a file that was written and synced under the staging directory, taking it away. */
  public void adopt(Digest digest, Path stagedFile, Lease lease) {
    lease.hold(digest);
    try {
      if (has(digest)) {
        Files.delete(stagedFile);
      } else {
        DurableFiles.move(stagedFile, layout.blob(digest));
      }
    } catch (IOException e) {
      throw ImageFault.of("can't store " + digest, e);
    }
  }

  /**
   * Begins or continues the arrival of a blob. While it is open nobody else fetches the same blob;
   * who waited finds it whole.
   *
   * @param size bytes announced; more are refused while they arrive, fewer at the end
   * @param settled whether the end waits for the disk; else see {@link Unsettled}
   */
  public Arrival arrive(Digest digest, long size, Lease lease, boolean settled) {
    lease.hold(digest);
    if (has(digest)) {
      return Arrival.whole(digest);
    }
    StoreLock lock = StoreLock.take(layout.lockFor("blob", digest), ARRIVAL_PATIENCE);
    boolean begun = false;
    try {
      if (has(digest)) {
        return Arrival.whole(digest);
      }
      Arrival arrival =
          new Arrival(
              digest,
              size,
              layout.arriving(digest),
              layout.blob(digest),
              lock,
              settled ? null : unsettled);
      begun = true;
      return arrival;
    } catch (IOException e) {
      throw ImageFault.of("can't begin to store " + digest, e);
    } finally {
      if (!begun) {
        lock.close();
      }
    }
  }

  /** All blobs, sorted. */
  public List<Digest> list() {
    List<Digest> digests = new ArrayList<>();
    for (String algorithm : new String[] {"sha256", "sha512"}) {
      for (Path file : DurableFiles.entries(layout.blobs(algorithm))) {
        digests.add(new Digest(algorithm, file.getFileName().toString()));
      }
    }
    return digests;
  }

  /** Takes a blob that was found broken out of sight. */
  void setAside(Digest digest) {
    try {
      Files.move(
          layout.blob(digest),
          layout.trash().resolve("broken-" + digest.hex() + "-" + UUID.randomUUID()));
    } catch (NoSuchFileException e) {
      // Another reader found it broken as well.
    } catch (IOException e) {
      throw ImageFault.of("can't set the broken blob " + digest + " aside", e);
    }
  }

  static void copy(InputStream in, java.io.OutputStream out) throws IOException {
    byte[] buffer = new byte[COPY_BUFFER_BYTES];
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      out.write(buffer, 0, n);
    }
  }
}
