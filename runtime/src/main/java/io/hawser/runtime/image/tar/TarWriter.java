package io.hawser.runtime.image.tar;

import io.hawser.runtime.image.fs.RawNames;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Map;
import java.util.TreeMap;

/** Writes ustar entries, with a pax header where ustar is too small. Same entries, same bytes. */
public final class TarWriter implements AutoCloseable {
  private static final int COPY_BUFFER_BYTES = 64 << 10;
  private static final long MAX_OCTAL_7 = 07777777;
  private static final long MAX_OCTAL_11 = 077777777777L;

  private final OutputStream out;
  private final byte[] buffer = new byte[COPY_BUFFER_BYTES];

  public TarWriter(OutputStream out) {
    this.out = out;
  }

  /**
   * Writes an entry.
   *
   * @param content exactly {@code entry.size()} bytes for a file; ignored for others
   */
  public void write(TarEntry entry, InputStream content) throws IOException {
    String name =
        entry.type() == TarEntry.DIRECTORY && !entry.name().endsWith("/")
            ? entry.name() + "/"
            : entry.name();
    TreeMap<String, byte[]> pax = paxRecords(entry, name);
    if (!pax.isEmpty()) {
      byte[] records = encode(pax);
      TarEntry header = TarEntry.of("", 'x', 0644).withSize(records.length);
      out.write(header(header, "PaxHeaders/" + lastComponent(name)));
      out.write(records);
      pad(records.length);
    }
    out.write(header(entry, name));
    if (entry.type() == TarEntry.FILE) {
      copy(entry, content);
      pad(entry.size());
    }
  }

  private void copy(TarEntry entry, InputStream content) throws IOException {
    long left = entry.size();
    while (left > 0) {
      int n = content.read(buffer, 0, (int) Math.min(buffer.length, left));
      if (n < 0) {
        throw new IOException(RawNames.shown(entry.name()) + " became shorter while it was read");
      }
      out.write(buffer, 0, n);
      left -= n;
    }
  }

  private static TreeMap<String, byte[]> paxRecords(TarEntry entry, String name) {
    TreeMap<String, byte[]> pax = new TreeMap<>();
    if (needsPax(name)) {
      pax.put("path", RawNames.bytes(name));
    }
    if (needsPax(entry.linkName())) {
      pax.put("linkpath", RawNames.bytes(entry.linkName()));
    }
    number(pax, "uid", entry.uid(), MAX_OCTAL_7);
    number(pax, "gid", entry.gid(), MAX_OCTAL_7);
    number(pax, "size", entry.size(), MAX_OCTAL_11);
    long seconds = entry.mtimeSeconds();
    if (seconds < 0 || seconds > MAX_OCTAL_11) {
      pax.put("mtime", RawNames.bytes(Long.toString(seconds)));
    }
    for (Map.Entry<String, byte[]> xattr : entry.xattrs().entrySet()) {
      pax.put("SCHILY.xattr." + xattr.getKey(), xattr.getValue());
    }
    return pax;
  }

  private static boolean needsPax(String text) {
    return text.length() > TarFields.NAME_LENGTH || text.chars().anyMatch(c -> c > 126);
  }

  private static void number(TreeMap<String, byte[]> pax, String key, long value, long max) {
    if (value > max) {
      pax.put(key, RawNames.bytes(Long.toString(value)));
    }
  }

  private static byte[] encode(TreeMap<String, byte[]> records) {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    records.forEach(
        (key, value) -> {
          int body = key.length() + value.length + 3;
          int length = body + Integer.toString(body).length();
          length = body + Integer.toString(length).length();
          data.writeBytes(RawNames.bytes(length + " " + key + "="));
          data.writeBytes(value);
          data.write('\n');
        });
    return data.toByteArray();
  }

  private static String lastComponent(String name) {
    var components = RawNames.components(name);
    String last = components.isEmpty() ? "root" : components.get(components.size() - 1);
    String ascii = last.replaceAll("[^ -~]", "_");
    return ascii.substring(0, Math.min(ascii.length(), 80));
  }

  private static byte[] header(TarEntry entry, String name) {
    byte[] block = new byte[TarFields.BLOCK];
    text(block, TarFields.NAME, TarFields.NAME_LENGTH, name);
    octal(block, TarFields.MODE, 8, entry.mode());
    octal(block, TarFields.UID, 8, Math.min(entry.uid(), MAX_OCTAL_7));
    octal(block, TarFields.GID, 8, Math.min(entry.gid(), MAX_OCTAL_7));
    long size = entry.type() == TarEntry.FILE || entry.type() == 'x' ? entry.size() : 0;
    octal(block, TarFields.SIZE, 12, Math.min(size, MAX_OCTAL_11));
    octal(block, TarFields.MTIME, 12, Math.max(0, Math.min(entry.mtimeSeconds(), MAX_OCTAL_11)));
    block[TarFields.TYPE] = (byte) entry.type();
    text(block, TarFields.LINK, 100, entry.linkName());
    text(block, TarFields.MAGIC, 6, "ustar\0");
    text(block, TarFields.MAGIC + 6, 2, "00");
    octal(block, TarFields.DEVICE_MAJOR, 8, entry.deviceMajor());
    octal(block, TarFields.DEVICE_MINOR, 8, entry.deviceMinor());
    text(block, TarFields.CHECKSUM, 8, "        ");
    long sum = 0;
    for (byte b : block) {
      sum += b & 0xff;
    }
    text(block, TarFields.CHECKSUM, 8, String.format("%06o\0 ", sum));
    return block;
  }

  private static void text(byte[] block, int offset, int length, String text) {
    for (int i = 0; i < Math.min(length, text.length()); i++) {
      char c = text.charAt(i);
      block[offset + i] = (byte) (c > 126 ? '_' : c);
    }
  }

  private static void octal(byte[] block, int offset, int length, long value) {
    String digits = Long.toOctalString(value);
    text(block, offset, length, "0".repeat(Math.max(0, length - 1 - digits.length())) + digits);
  }

  private void pad(long size) throws IOException {
    out.write(new byte[(int) TarFields.padding(size)]);
  }

  /** Writes the end of the archive; the stream below stays open. */
  @Override
  public void close() throws IOException {
    out.write(new byte[2 * TarFields.BLOCK]);
    out.flush();
  }
}
