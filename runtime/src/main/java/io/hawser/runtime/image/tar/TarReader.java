package io.hawser.runtime.image.tar;

import io.hawser.runtime.image.fs.RawNames;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;

/**
 * Reads ustar, pax and GNU archives, with long names, holes and extended attributes. Commons
 * Compress reads them too, but takes the values of attributes for UTF-8 and so breaks file
 * capabilities.
 */
public final class TarReader {
  /** Largest pax header or long name. */
  public static final int MAX_HEADER_BYTES = 1 << 20;

  /** Most runs of content in one file with holes. */
  public static final int MAX_CHUNKS = 100_000;

  private static final int MAX_CONSECUTIVE_HEADERS = 16;

  private final InputStream in;
  private final byte[] block = new byte[TarFields.BLOCK];
  private final byte[] skipped = new byte[8192];
  private final PaxRecords global = new PaxRecords();
  private long contentLeft;
  private long paddingLeft;

  public TarReader(InputStream in) {
    this.in = in;
  }

  /** The next entry, or null at the end. The content of the last one is skipped. */
  public TarEntry next() throws IOException {
    skip(contentLeft + paddingLeft);
    contentLeft = 0;
    paddingLeft = 0;
    PaxRecords pax = new PaxRecords(global);
    String longName = null;
    String longLink = null;
    for (int headers = 0; headers < MAX_CONSECUTIVE_HEADERS; headers++) {
      if (!readHeader()) {
        return null;
      }
      switch (block[TarFields.TYPE]) {
        case 'x', 'X' -> pax.parse(headerData());
        case 'g' -> {
          byte[] data = headerData();
          global.parse(data);
          pax.parse(data);
        }
        case 'L' -> longName = untilNul(headerData());
        case 'K' -> longLink = untilNul(headerData());
        case 'V' -> skip(padded(size()));
        default -> {
          return entry(pax, longName, longLink);
        }
      }
    }
    throw TarFields.broken("too many headers before one entry");
  }

  /** The content of the current entry; for a file with holes its chunks one after the other. */
  public InputStream content() {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] buffer, int offset, int length) throws IOException {
        if (contentLeft == 0) {
          return -1;
        }
        int n = in.read(buffer, offset, (int) Math.min(length, contentLeft));
        if (n < 0) {
          throw TarFields.broken("it ends in the middle of a file");
        }
        contentLeft -= n;
        return n;
      }
    };
  }

  private boolean readHeader() throws IOException {
    int n = in.readNBytes(block, 0, TarFields.BLOCK);
    if (n == 0 || n == TarFields.BLOCK && TarFields.isZero(block)) {
      return false;
    }
    if (n < TarFields.BLOCK) {
      throw TarFields.broken("it ends in the middle of a header");
    }
    TarFields.checkSum(block);
    return true;
  }

  private long size() {
    long size = TarFields.number(block, TarFields.SIZE, 12, "size");
    if (size < 0 || size > Long.MAX_VALUE / 2) {
      throw TarFields.broken("an entry has the size " + size);
    }
    return size;
  }

  private byte[] headerData() throws IOException {
    long size = size();
    if (size > MAX_HEADER_BYTES) {
      throw TarFields.broken(
          "an extended header has " + size + " bytes; at most " + MAX_HEADER_BYTES + " are read");
    }
    byte[] data = in.readNBytes((int) size);
    if (data.length < size) {
      throw TarFields.broken("it ends in the middle of an extended header");
    }
    skip(TarFields.padding(size));
    return data;
  }

  private static String untilNul(byte[] data) {
    return TarFields.text(data, 0, data.length);
  }

  private TarEntry entry(PaxRecords pax, String longName, String longLink) throws IOException {
    byte[] header = block.clone();
    boolean gnu = TarFields.text(header, TarFields.MAGIC, 6).equals("ustar ");
    char type = type(header);
    Long paxSize = pax.number("size");
    long size = paxSize != null ? paxSize : size();
    // Sizes of links and directories are not followed by content, whatever they say.
    boolean hasContent = type == TarEntry.FILE;
    contentLeft = hasContent ? size : 0;
    if (contentLeft < 0) {
      throw TarFields.broken("an entry has the size " + size);
    }
    paddingLeft = TarFields.padding(contentLeft);
    SparseMap sparse =
        hasContent ? SparseMap.of(header, pax, size, this) : new SparseMap(List.of(), 0);
    String name = name(header, pax, longName, gnu);
    if (type == TarEntry.FILE && name.endsWith("/")) {
      type = TarEntry.DIRECTORY;
    }
    long[] time = time(header, pax);
    String link = pax.text("linkpath");
    link = link != null ? link : longLink;
    link = link != null ? link : TarFields.text(header, TarFields.LINK, 100);
    Map<String, byte[]> xattrs = pax.xattrs();
    return new TarEntry(
        name,
        type,
        (int) TarFields.number(header, TarFields.MODE, 8, "mode") & 07777,
        id(header, pax, TarFields.UID, "uid"),
        id(header, pax, TarFields.GID, "gid"),
        contentLeft,
        sparse.chunks().isEmpty() ? contentLeft : sparse.realSize(),
        time[0],
        (int) time[1],
        link,
        device(header, TarFields.DEVICE_MAJOR, type),
        device(header, TarFields.DEVICE_MINOR, type),
        xattrs,
        sparse.chunks());
  }

  private static char type(byte[] header) {
    char type = (char) (header[TarFields.TYPE] & 0xff);
    return switch (type) {
      case 0, '0', '7', 'S' -> TarEntry.FILE;
      case '1', '2', '3', '4', '5', '6' -> type;
      default -> throw TarFields.broken("an entry has the unknown type '" + type + "'");
    };
  }

  private static String name(byte[] header, PaxRecords pax, String longName, boolean gnu) {
    String name = pax.text("GNU.sparse.name");
    name = name != null ? name : pax.text("path");
    name = name != null ? name : longName;
    if (name != null) {
      return name;
    }
    name = TarFields.text(header, TarFields.NAME, TarFields.NAME_LENGTH);
    boolean ustar = TarFields.text(header, TarFields.MAGIC, 6).equals("ustar");
    // GNU's old format keeps other things where ustar has the prefix.
    String prefix =
        ustar && !gnu ? TarFields.text(header, TarFields.PREFIX, TarFields.PREFIX_LENGTH) : "";
    return prefix.isEmpty() ? name : prefix + "/" + name;
  }

  private static long id(byte[] header, PaxRecords pax, int offset, String field) {
    Long extended = pax.number(field);
    long id = extended != null ? extended : TarFields.number(header, offset, 8, field);
    if (id < 0 || id >= 0xffffffffL) {
      throw TarFields.broken("an entry has the " + field + " " + id);
    }
    return id;
  }

  private static long device(byte[] header, int offset, char type) {
    boolean isDevice = type == TarEntry.CHAR_DEVICE || type == TarEntry.BLOCK_DEVICE;
    return isDevice ? TarFields.number(header, offset, 8, "device number") : 0;
  }

  private static long[] time(byte[] header, PaxRecords pax) {
    String text = pax.text("mtime");
    if (text == null) {
      return new long[] {TarFields.number(header, TarFields.MTIME, 12, "mtime"), 0};
    }
    int dot = text.indexOf('.');
    long seconds = PaxRecords.parseLong(dot < 0 ? text : text.substring(0, dot), "mtime");
    if (dot < 0) {
      return new long[] {seconds, 0};
    }
    String fraction = (text.substring(dot + 1) + "000000000").substring(0, 9);
    long nanos = PaxRecords.parseLong(fraction, "mtime");
    if (text.startsWith("-") && nanos > 0) {
      return new long[] {seconds - 1, 1_000_000_000 - nanos};
    }
    return new long[] {seconds, nanos};
  }

  /** For the sparse formats, which put more header into the content. */
  byte[] moreHeader(boolean ofContent) throws IOException {
    byte[] more = in.readNBytes(TarFields.BLOCK);
    if (more.length < TarFields.BLOCK || ofContent && contentLeft < TarFields.BLOCK) {
      throw TarFields.broken("it ends in the middle of a sparse map");
    }
    if (ofContent) {
      contentLeft -= TarFields.BLOCK;
    }
    return more;
  }

  private static long padded(long size) {
    return size + TarFields.padding(size);
  }

  private void skip(long bytes) throws IOException {
    long left = bytes;
    while (left > 0) {
      int n = in.read(skipped, 0, (int) Math.min(skipped.length, left));
      if (n < 0) {
        throw TarFields.broken("it ends in the middle of an entry");
      }
      left -= n;
    }
  }

  static String shown(String raw) {
    return RawNames.shown(raw);
  }
}
