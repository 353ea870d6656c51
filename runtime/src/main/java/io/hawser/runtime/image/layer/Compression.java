package io.hawser.runtime.image.layer;

import com.github.luben.zstd.ZstdInputStream;
import com.github.luben.zstd.ZstdOutputStream;
import io.hawser.runtime.image.ImageFault;
import io.hawser.runtime.image.oci.MediaTypes;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/** How a layer is packed. What it is, its first bytes say, not its media type, which may lie. */
public enum Compression {
  NONE(MediaTypes.OCI_LAYER),
  GZIP(MediaTypes.OCI_LAYER_GZIP),
  ZSTD(MediaTypes.OCI_LAYER_ZSTD);

  private static final int BUFFER_BYTES = 64 << 10;

  /** Largest window a zstd frame may ask for: 128 MiB, as zstd's own tool allows. */
  private static final int MAX_ZSTD_WINDOW_LOG = 27;

  private static final int ZSTD_LEVEL = 3;

  /** Twice as fast as the usual 6 and hardly larger; part of every digest, so never change it. */
  private static final int GZIP_LEVEL = 3;

  private final String mediaType;

  Compression(String mediaType) {
    this.mediaType = mediaType;
  }

  /** OCI's media type of a layer packed so. */
  public String mediaType() {
    return mediaType;
  }

  /** Unpacks a stream of any of the three kinds; closing closes the source. */
  public static InputStream unpack(InputStream packed) throws IOException {
    BufferedInputStream in = new BufferedInputStream(packed, BUFFER_BYTES);
    return switch (detect(in)) {
      case NONE -> in;
      case GZIP -> new GZIPInputStream(new NeverEmpty(in), BUFFER_BYTES);
      case ZSTD -> {
        ZstdInputStream zstd = new ZstdInputStream(in);
        zstd.setLongMax(MAX_ZSTD_WINDOW_LOG);
        yield zstd;
      }
    };
  }

  /** How a stream is packed; reads its first bytes. */
  public static Compression of(InputStream packed) throws IOException {
    return detect(new BufferedInputStream(packed, 16));
  }

  private static Compression detect(BufferedInputStream in) throws IOException {
    in.mark(8);
    byte[] magic = in.readNBytes(6);
    in.reset();
    if (startsWith(magic, 0x1f, 0x8b)) {
      return GZIP;
    }
    if (startsWith(magic, 0x28, 0xb5, 0x2f, 0xfd) || isSkippableFrame(magic)) {
      return ZSTD;
    }
    if (startsWith(magic, 'B', 'Z', 'h') || startsWith(magic, 0xfd, '7', 'z', 'X', 'Z')) {
      throw new ImageFault(
          ImageFault.Kind.UNSAFE_ARCHIVE,
          "a layer is packed with bzip2 or xz; expected tar, gzip or zstd");
    }
    return NONE;
  }

  private static boolean isSkippableFrame(byte[] magic) {
    return magic.length >= 4
        && (magic[0] & 0xf0) == 0x50
        && (magic[1] & 0xff) == 0x2a
        && (magic[2] & 0xff) == 0x4d
        && (magic[3] & 0xff) == 0x18;
  }

  private static boolean startsWith(byte[] bytes, int... prefix) {
    if (bytes.length < prefix.length) {
      return false;
    }
    for (int i = 0; i < prefix.length; i++) {
      if ((bytes[i] & 0xff) != prefix[i]) {
        return false;
      }
    }
    return true;
  }

  /** Packs a stream; the same bytes give the same bytes with the same JDK. */
  Packer packer(OutputStream out) throws IOException {
    return switch (this) {
      case NONE -> new Packer(out, out::flush);
      case GZIP -> {
        GZIPOutputStream gzip = new FastGzip(out);
        yield new Packer(gzip, gzip::finish);
      }
      case ZSTD -> {
        // Closing the packed stream must leave the file open: its end is written by a flush.
        ZstdOutputStream zstd = new ZstdOutputStream(new Unclosed(out), ZSTD_LEVEL);
        yield new Packer(zstd, zstd::close);
      }
    };
  }

  private static final class FastGzip extends GZIPOutputStream {
    FastGzip(OutputStream out) throws IOException {
      super(out, BUFFER_BYTES);
      def.setLevel(GZIP_LEVEL);
    }
  }

  private interface Ending {
    void run() throws IOException;
  }

  /** A packing stream that can be ended without closing what it writes to. */
  static final class Packer extends java.io.FilterOutputStream {
    private final Ending ending;

    private Packer(OutputStream packing, Ending ending) {
      super(packing);
      this.ending = ending;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
    }

    /** Flushing a packer in the middle would spoil the ratio. */
    @Override
    public void flush() {}

    void finish() throws IOException {
      ending.run();
    }
  }

  private static final class Unclosed extends java.io.FilterOutputStream {
    Unclosed(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
    }

    @Override
    public void close() throws IOException {
      out.flush();
    }
  }

  /** GZIPInputStream looks for a further member only while its source says bytes are available. */
  private static final class NeverEmpty extends java.io.FilterInputStream {
    NeverEmpty(InputStream in) {
      super(in);
    }

    @Override
    public int available() throws IOException {
      return Math.max(1, in.available());
    }
  }
}
