package io.hawser.runtime.image.tar;

import io.hawser.runtime.image.fs.RawNames;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The records of pax headers that apply to one entry. Values stay bytes, as xattrs need it. */
final class PaxRecords {
  private static final String XATTR = "SCHILY.xattr.";

  private final Map<String, byte[]> values = new HashMap<>();

  /** Chunks of GNU's sparse format 0.0, which repeats its keys in order. */
  private final List<Long> sparse00 = new ArrayList<>();

  PaxRecords() {}

  PaxRecords(PaxRecords global) {
    values.putAll(global.values);
  }

  void parse(byte[] data) {
    int at = 0;
    while (at < data.length && data[at] != 0) {
      int space = at;
      int length = 0;
      while (space < data.length && data[space] >= '0' && data[space] <= '9') {
        length = Math.min(length * 10 + data[space] - '0', Integer.MAX_VALUE / 16);
        space++;
      }
      int end = at + length;
      if (space >= data.length
          || data[space] != ' '
          || end > data.length
          || end <= space + 1
          || data[end - 1] != '\n') {
        throw TarFields.broken("a pax header's record has a wrong length");
      }
      record(data, space + 1, end - 1);
      at = end;
    }
  }

  private void record(byte[] data, int start, int end) {
    int equals = start;
    while (equals < end && data[equals] != '=') {
      equals++;
    }
    if (equals == end) {
      throw TarFields.broken("a pax header's record has no '='");
    }
    String key = RawNames.of(data, start, equals - start);
    byte[] value = java.util.Arrays.copyOfRange(data, equals + 1, end);
    if (key.equals("GNU.sparse.offset") || key.equals("GNU.sparse.numbytes")) {
      if (sparse00.size() > 2 * TarReader.MAX_CHUNKS) {
        throw TarFields.broken("a sparse file has too many chunks");
      }
      sparse00.add(parseLong(RawNames.of(value, 0, value.length), key));
    } else if (value.length == 0) {
      values.remove(key);
    } else {
      values.put(key, value);
    }
  }

  String text(String key) {
    byte[] value = values.get(key);
    if (value == null) {
      return null;
    }
    String text = RawNames.of(value, 0, value.length);
    if (text.indexOf(0) >= 0) {
      throw TarFields.broken("the pax record " + key + " has a NUL character");
    }
    return text;
  }

  Long number(String key) {
    String text = text(key);
    return text == null ? null : parseLong(text, key);
  }

  List<Long> sparse00() {
    return sparse00;
  }

  Map<String, byte[]> xattrs() {
    Map<String, byte[]> xattrs = new TreeMap<>();
    values.forEach(
        (key, value) -> {
          if (key.startsWith(XATTR) && key.length() > XATTR.length() && key.indexOf(0) < 0) {
            xattrs.put(key.substring(XATTR.length()), value);
          }
        });
    return xattrs;
  }

  static long parseLong(String text, String what) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw TarFields.broken(what + " is no number: '" + text + "'");
    }
  }
}
