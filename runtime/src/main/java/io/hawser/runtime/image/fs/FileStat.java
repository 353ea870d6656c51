package io.hawser.runtime.image.fs;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What statx(2) says about a file, without following links.
 *
 * @param mode type and permissions, as in stat(2)
 * @param blocks that it takes on its file system, of 512 bytes each
 */
public record FileStat(
    int mode,
    long uid,
    long gid,
    long size,
    long inode,
    long links,
    long mtimeSeconds,
    int mtimeNanos,
    long deviceMajor,
    long deviceMinor,
    long fileSystem,
    long blocks) {
  static final int BYTES = 256;
  private static final int S_IFMT = 0170000;

  static FileStat parse(byte[] statx) {
    ByteBuffer b = ByteBuffer.wrap(statx).order(ByteOrder.nativeOrder());
    long fs = Integer.toUnsignedLong(b.getInt(136)) << 32 | Integer.toUnsignedLong(b.getInt(140));
    return new FileStat(
        Short.toUnsignedInt(b.getShort(28)),
        Integer.toUnsignedLong(b.getInt(20)),
        Integer.toUnsignedLong(b.getInt(24)),
        b.getLong(40),
        b.getLong(32),
        Integer.toUnsignedLong(b.getInt(16)),
        b.getLong(112),
        b.getInt(120),
        Integer.toUnsignedLong(b.getInt(128)),
        Integer.toUnsignedLong(b.getInt(132)),
        fs,
        b.getLong(48));
  }

  public int type() {
    return mode & S_IFMT;
  }

  /** Permission, set-id and sticky bits. */
  public int permissions() {
    return mode & 07777;
  }

  public boolean isDirectory() {
    return type() == 0040000;
  }

  public boolean isRegular() {
    return type() == 0100000;
  }

  public boolean isLink() {
    return type() == 0120000;
  }

  public boolean isCharDevice() {
    return type() == 0020000;
  }

  public boolean isBlockDevice() {
    return type() == 0060000;
  }

  public boolean isFifo() {
    return type() == 0010000;
  }

  public boolean isSocket() {
    return type() == 0140000;
  }
}
