package io.hawser.runtime.image.tar;

import io.hawser.runtime.image.tar.TarEntry.Chunk;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the content of a file with holes belongs, in GNU's four ways to say it: the old header, and
 * pax versions 0.0, 0.1 and 1.0; source: GNU tar manual, "Storing Sparse Files".
 */
record SparseMap(List<Chunk> chunks, long realSize) {
  private static final int OLD_MAP = 386;
  private static final int OLD_ENTRIES = 4;
  private static final int OLD_EXTENDED = 482;
  private static final int OLD_REAL_SIZE = 483;
  private static final int MORE_ENTRIES = 21;
  private static final int MORE_EXTENDED = 504;

  static SparseMap of(byte[] header, PaxRecords pax, long size, TarReader reader)
      throws IOException {
    if (header[TarFields.TYPE] == 'S') {
      long real = TarFields.number(header, OLD_REAL_SIZE, 12, "real size");
      return checked(old(header, reader), real, size);
    }
    if ("1".equals(pax.text("GNU.sparse.major"))) {
      return version1(pax, size, reader);
    }
    Long real = pax.number("GNU.sparse.realsize");
    real = real != null ? real : pax.number("GNU.sparse.size");
    String map = pax.text("GNU.sparse.map");
    if (map != null && real != null) {
      List<Long> numbers = new ArrayList<>();
      for (String number : map.split(",", 2 * TarReader.MAX_CHUNKS + 2)) {
        numbers.add(PaxRecords.parseLong(number, "GNU.sparse.map"));
      }
      return checked(pairs(numbers), real, size);
    }
    if (!pax.sparse00().isEmpty() && real != null) {
      return checked(pairs(pax.sparse00()), real, size);
    }
    return new SparseMap(List.of(), size);
  }

  private static List<Chunk> old(byte[] header, TarReader reader) throws IOException {
    List<Chunk> chunks = new ArrayList<>();
    entries(header, OLD_MAP, OLD_ENTRIES, chunks);
    boolean more = header[OLD_EXTENDED] != 0;
    while (more) {
      byte[] block = reader.moreHeader(false);
      entries(block, 0, MORE_ENTRIES, chunks);
      more = block[MORE_EXTENDED] != 0;
    }
    return chunks;
  }

  private static void entries(byte[] block, int offset, int count, List<Chunk> chunks) {
    for (int i = 0; i < count; i++) {
      int at = offset + 24 * i;
      if (block[at] == 0) {
        return;
      }
      add(
          chunks,
          TarFields.number(block, at, 12, "sparse offset"),
          TarFields.number(block, at + 12, 12, "sparse length"));
    }
  }

  /** The map stands before the content: decimal numbers, one a line, padded to whole blocks. */
  private static SparseMap version1(PaxRecords pax, long size, TarReader reader)
      throws IOException {
    Long real = pax.number("GNU.sparse.realsize");
    if (real == null) {
      throw TarFields.broken("a sparse file has no real size");
    }
    Lines lines = new Lines(reader);
    long count = lines.next();
    if (count < 0 || count > TarReader.MAX_CHUNKS) {
      throw TarFields.broken("a sparse file has " + count + " chunks");
    }
    List<Chunk> chunks = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      long offset = lines.next();
      add(chunks, offset, lines.next());
    }
    return checked(chunks, real, size - lines.blocks * TarFields.BLOCK);
  }

  private static final class Lines {
    private final TarReader reader;
    private byte[] block = new byte[0];
    private int at;
    private long blocks;

    Lines(TarReader reader) {
      this.reader = reader;
    }

    long next() throws IOException {
      StringBuilder digits = new StringBuilder();
      while (true) {
        if (at == block.length) {
          block = reader.moreHeader(true);
          blocks++;
          at = 0;
        }
        byte b = block[at++];
        if (b == '\n') {
          return PaxRecords.parseLong(digits.toString(), "a sparse map's entry");
        }
        if (digits.length() > 20) {
          throw TarFields.broken("a sparse map's entry is no number");
        }
        digits.append((char) b);
      }
    }
  }

  private static List<Chunk> pairs(List<Long> numbers) {
    if (numbers.size() % 2 != 0) {
      throw TarFields.broken("a sparse map has half a chunk");
    }
    List<Chunk> chunks = new ArrayList<>();
    for (int i = 0; i < numbers.size(); i += 2) {
      add(chunks, numbers.get(i), numbers.get(i + 1));
    }
    return chunks;
  }

  private static void add(List<Chunk> chunks, long offset, long length) {
    if (chunks.size() >= TarReader.MAX_CHUNKS) {
      throw TarFields.broken("a sparse file has more than " + TarReader.MAX_CHUNKS + " chunks");
    }
    chunks.add(new Chunk(offset, length));
  }

  private static SparseMap checked(List<Chunk> chunks, long realSize, long contentSize) {
    long end = 0;
    long content = 0;
    for (Chunk chunk : chunks) {
      if (chunk.offset() < end
          || chunk.length() < 0
          || chunk.offset() > realSize - chunk.length()) {
        throw TarFields.broken("a sparse map's chunks overlap or lie outside the file");
      }
      end = chunk.offset() + chunk.length();
      content += chunk.length();
    }
    if (content != contentSize) {
      throw TarFields.broken("a sparse map does not cover its content");
    }
    // A file that is one hole still is a file with holes.
    return new SparseMap(chunks.isEmpty() ? List.of(new Chunk(0, 0)) : chunks, realSize);
  }
}
