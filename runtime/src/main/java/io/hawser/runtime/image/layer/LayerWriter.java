package io.hawser.runtime.image.layer;

import io.hawser.runtime.image.Digest;
import io.hawser.runtime.image.ImageFault;
import io.hawser.runtime.image.oci.Descriptor;
import io.hawser.runtime.image.store.ContentStore;
import io.hawser.runtime.image.store.Lease;
import io.hawser.runtime.image.tar.TarEntry;
import io.hawser.runtime.image.tar.TarWriter;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;

/** Writes a new layer into the store: packs, hashes both sides, and puts it under its digest. */
public final class LayerWriter implements AutoCloseable {
  private static final int BUFFER_BYTES = 128 << 10;

  private final Compression compression;
  private final Path staged;
  private final FileChannel file;
  private final MessageDigest packedHash = Digest.hasher("sha256");
  private final MessageDigest plainHash = Digest.hasher("sha256");
  private final OutputStream packed;
  private final Compression.Packer packer;
  private final OutputStream plain;
  private final TarWriter tar;

  private LayerWriter(Compression compression, Path staged) throws IOException {
    this.compression = compression;
    this.staged = staged;
    this.file = FileChannel.open(staged, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    this.packed =
        new BufferedOutputStream(
            new DigestOutputStream(Channels.newOutputStream(file), packedHash), BUFFER_BYTES);
    this.packer = compression.packer(packed);
    this.plain = new BufferedOutputStream(new DigestOutputStream(packer, plainHash), BUFFER_BYTES);
    this.tar = new TarWriter(plain);
  }

  public static LayerWriter begin(Lease lease, Compression compression) {
    Path staged = lease.stage("layer");
    try {
      return new LayerWriter(compression, staged);
    } catch (IOException e) {
      throw ImageFault.of("can't write a layer to " + staged, e);
    }
  }

  /** A layer in the store. */
  public record Written(Descriptor layer, Digest diffId) {}

  /** Appends an entry; its content is read to the end but not closed. */
  public void write(TarEntry entry, InputStream content) throws IOException {
    tar.write(entry, content);
  }

  /** Ends the archive and stores it. */
  public Written finish(ContentStore content, Lease lease) throws IOException {
    tar.close();
    return store(content, lease);
  }

  private Written store(ContentStore content, Lease lease) throws IOException {
    // Closing the packer would close the file, which must be synced first.
    plain.flush();
    packer.finish();
    packed.flush();
    file.force(true);
    long size = file.size();
    file.close();
    Digest digest = Digest.finish("sha256", packedHash);
    content.adopt(digest, staged, lease);
    return new Written(
        new Descriptor(compression.mediaType(), digest, size), Digest.finish("sha256", plainHash));
  }

  /** Without {@link #finish} nothing is stored; the lease's end removes what was written. */
  @Override
  public void close() {
    try {
      file.close();
    } catch (IOException e) {
      throw ImageFault.of("can't close " + staged, e);
    }
  }
}
