package io.hawser.runtime.image;

import io.hawser.runtime.image.tar.TarEntry;
import io.hawser.runtime.image.tar.TarWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPOutputStream;

/** Makes archives for tests, good ones and evil ones. */
final class TarBytes {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final TarWriter tar = new TarWriter(bytes);

  TarBytes add(TarEntry entry) {
    return add(entry, new byte[0]);
  }

  TarBytes add(TarEntry entry, byte[] content) {
    try {
      tar.write(entry, new ByteArrayInputStream(content));
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  TarBytes file(String name, String content) {
    byte[] data = content.getBytes(StandardCharsets.UTF_8);
    return add(TarEntry.of(name, TarEntry.FILE, 0644).withSize(data.length), data);
  }

  TarBytes dir(String name) {
    return add(TarEntry.of(name, TarEntry.DIRECTORY, 0755));
  }

  TarBytes link(String name, String target) {
    return add(TarEntry.of(name, TarEntry.FILE, 0777).withLink(TarEntry.SYMBOLIC_LINK, target));
  }

  TarBytes hardLink(String name, String target) {
    return add(TarEntry.of(name, TarEntry.FILE, 0644).withLink(TarEntry.HARD_LINK, target));
  }

  byte[] toBytes() {
    try {
      tar.close();
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] gzip(byte[] data) {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (OutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(data);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return packed.toByteArray();
  }

  static byte[] gzipZeros(int megabytes) {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (OutputStream gzip = new GZIPOutputStream(packed)) {
      for (int i = 0; i < megabytes; i++) {
        gzip.write(new byte[1 << 20]);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return packed.toByteArray();
  }
}
