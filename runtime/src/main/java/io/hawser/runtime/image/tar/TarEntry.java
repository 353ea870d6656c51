package io.hawser.runtime.image.tar;

import java.util.List;
import java.util.Map;

/**
 * One entry of an archive. Names are raw (one character per byte).
 *
 * @param type as in the header: {@code 0} file, {@code 1} hard link, {@code 2} symbolic link,
 *     {@code 3} character device, {@code 4} block device, {@code 5} directory, {@code 6} FIFO
 * @param size bytes of content in the archive
 * @param realSize bytes of the file when unpacked; more than {@code size} when it has holes
 * @param chunks where the content goes in a file with holes; empty for others
 */
public record TarEntry(
    String name,
    char type,
    int mode,
    long uid,
    long gid,
    long size,
    long realSize,
    long mtimeSeconds,
    int mtimeNanos,
    String linkName,
    long deviceMajor,
    long deviceMinor,
    Map<String, byte[]> xattrs,
    List<Chunk> chunks) {
  public static final char FILE = '0';
  public static final char HARD_LINK = '1';
  public static final char SYMBOLIC_LINK = '2';
  public static final char CHAR_DEVICE = '3';
  public static final char BLOCK_DEVICE = '4';
  public static final char DIRECTORY = '5';
  public static final char FIFO = '6';

  /** A run of content in a file with holes. */
  public record Chunk(long offset, long length) {}

  /** An entry without content, links or attributes, owned by root, from the epoch. */
  public static TarEntry of(String name, char type, int mode) {
    return new TarEntry(name, type, mode, 0, 0, 0, 0, 0, 0, "", 0, 0, Map.of(), List.of());
  }

  public TarEntry withName(String newName) {
    return new TarEntry(
        newName,
        type,
        mode,
        uid,
        gid,
        size,
        realSize,
        mtimeSeconds,
        mtimeNanos,
        linkName,
        deviceMajor,
        deviceMinor,
        xattrs,
        chunks);
  }

  public TarEntry withSize(long newSize) {
    return new TarEntry(
        name,
        type,
        mode,
        uid,
        gid,
        newSize,
        newSize,
        mtimeSeconds,
        mtimeNanos,
        linkName,
        deviceMajor,
        deviceMinor,
        xattrs,
        List.of());
  }

  public TarEntry withOwner(long newUid, long newGid) {
    return new TarEntry(
        name,
        type,
        mode,
        newUid,
        newGid,
        size,
        realSize,
        mtimeSeconds,
        mtimeNanos,
        linkName,
        deviceMajor,
        deviceMinor,
        xattrs,
        chunks);
  }

  public TarEntry withMode(int newMode) {
    return new TarEntry(
        name,
        type,
        newMode,
        uid,
        gid,
        size,
        realSize,
        mtimeSeconds,
        mtimeNanos,
        linkName,
        deviceMajor,
        deviceMinor,
        xattrs,
        chunks);
  }

  public TarEntry withTime(long seconds, int nanos) {
    return new TarEntry(
        name,
        type,
        mode,
        uid,
        gid,
        size,
        realSize,
        seconds,
        nanos,
        linkName,
        deviceMajor,
        deviceMinor,
        xattrs,
        chunks);
  }

  public TarEntry withLink(char newType, String target) {
    return new TarEntry(
        name,
        newType,
        mode,
        uid,
        gid,
        size,
        realSize,
        mtimeSeconds,
        mtimeNanos,
        target,
        deviceMajor,
        deviceMinor,
        xattrs,
        chunks);
  }

  public TarEntry withDevice(long major, long minor) {
    return new TarEntry(
        name,
        type,
        mode,
        uid,
        gid,
        size,
        realSize,
        mtimeSeconds,
        mtimeNanos,
        linkName,
        major,
        minor,
        xattrs,
        chunks);
  }

  public TarEntry withXattrs(Map<String, byte[]> newXattrs) {
    return new TarEntry(
        name,
        type,
        mode,
        uid,
        gid,
        size,
        realSize,
        mtimeSeconds,
        mtimeNanos,
        linkName,
        deviceMajor,
        deviceMinor,
        newXattrs,
        chunks);
  }
}
