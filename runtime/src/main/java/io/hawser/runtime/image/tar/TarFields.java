package io.hawser.runtime.image.tar;

import io.hawser.runtime.image.ImageFault;
import io.hawser.runtime.image.fs.RawNames;

/**
 * The fields of a header block; source: POSIX pax, ustar interchange format, and GNU tar's manual.
 */
final class TarFields {
  static final int BLOCK = 512;
  static final int NAME = 0;
  static final int NAME_LENGTH = 100;
  static final int MODE = 100;
  static final int UID = 108;
  static final int GID = 116;
  static final int SIZE = 124;
  static final int MTIME = 136;
  static final int CHECKSUM = 148;
  static final int TYPE = 156;
  static final int LINK = 157;
  static final int MAGIC = 257;
  static final int DEVICE_MAJOR = 329;
  static final int DEVICE_MINOR = 337;
  static final int PREFIX = 345;
  static final int PREFIX_LENGTH = 155;

  private TarFields() {}

  static ImageFault broken(String why) {
    return new ImageFault(ImageFault.Kind.UNSAFE_ARCHIVE, "the tar archive is broken: " + why);
  }

  static String text(byte[] block, int offset, int length) {
    int end = offset;
    while (end < offset + length && block[end] != 0) {
      end++;
    }
    return RawNames.of(block, offset, end - offset);
  }

  /** Octal digits, or GNU's base 256 for what does not fit. */
  static long number(byte[] block, int offset, int length, String field) {
    if ((block[offset] & 0x80) != 0) {
      return base256(block, offset, length, field);
    }
    long value = 0;
    int at = offset;
    int end = offset + length;
    while (at < end && (block[at] == ' ' || block[at] == 0)) {
      at++;
    }
    for (; at < end && block[at] != ' ' && block[at] != 0; at++) {
      if (block[at] < '0' || block[at] > '7') {
        throw broken("the field " + field + " is no octal number");
      }
      value = value << 3 | block[at] - '0';
    }
    return value;
  }

  private static long base256(byte[] block, int offset, int length, String field) {
    boolean negative = (block[offset] & 0x40) != 0;
    long value = negative ? -1 : 0;
    for (int i = 0; i < length; i++) {
      int b = block[offset + i] & 0xff;
      if (i == 0) {
        b = negative ? b : b & 0x3f;
      }
      if (length - i > 8 && b != (negative ? 0xff : 0)) {
        throw broken("the field " + field + " does not fit 64 bits");
      }
      value = value << 8 | b;
    }
    if (value < 0 != negative) {
      throw broken("the field " + field + " does not fit 64 bits");
    }
    return value;
  }

  static void checkSum(byte[] block) {
    long stored = number(block, CHECKSUM, 8, "checksum");
    long unsigned = 0;
    long signed = 0;
    for (int i = 0; i < BLOCK; i++) {
      byte b = i >= CHECKSUM && i < CHECKSUM + 8 ? (byte) ' ' : block[i];
      unsigned += b & 0xff;
      signed += b;
    }
    if (stored != unsigned && stored != signed) {
      throw broken("a header's checksum does not match");
    }
  }

  static boolean isZero(byte[] block) {
    for (byte b : block) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }

  static long padding(long size) {
    return -size & BLOCK - 1;
  }
}
