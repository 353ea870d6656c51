package io.hawser.runtime.image.layer;

import io.hawser.runtime.image.fs.Dir;
import io.hawser.runtime.image.fs.FileStat;
import io.hawser.runtime.image.fs.RawNames;
import io.hawser.runtime.image.tar.TarEntry;
import java.io.IOException;

/** Describes files of a directory as entries of an archive. */
public final class TreeEntries {
  private TreeEntries() {}

  /**
   * @param name of the entry in the directory; {@code .} for the directory itself
   * @param path the name in the archive
   */
  public static TarEntry entry(Dir dir, String name, String path, FileStat stat)
      throws IOException {
    TarEntry entry =
        TarEntry.of(path, type(stat), stat.permissions())
            .withOwner(stat.uid(), stat.gid())
            .withTime(stat.mtimeSeconds(), stat.mtimeNanos());
    if (stat.isRegular()) {
      entry = entry.withSize(stat.size());
    } else if (stat.isLink()) {
      entry = entry.withLink(TarEntry.SYMBOLIC_LINK, dir.readLink(name)).withMode(0777);
    } else if (stat.isCharDevice() || stat.isBlockDevice()) {
      entry = entry.withDevice(stat.deviceMajor(), stat.deviceMinor());
    }
    return stat.isLink() ? entry : entry.withXattrs(OverlayMarks.portable(dir.xattrs(name)));
  }

  private static char type(FileStat stat) {
    if (stat.isDirectory()) {
      return TarEntry.DIRECTORY;
    } else if (stat.isRegular()) {
      return TarEntry.FILE;
    } else if (stat.isLink()) {
      return TarEntry.SYMBOLIC_LINK;
    } else if (stat.isCharDevice()) {
      return TarEntry.CHAR_DEVICE;
    } else if (stat.isBlockDevice()) {
      return TarEntry.BLOCK_DEVICE;
    } else if (stat.isFifo()) {
      return TarEntry.FIFO;
    }
    throw new IllegalArgumentException("mode " + Integer.toOctalString(stat.mode()));
  }

  static String join(String above, String name) {
    return above.isEmpty() ? name : above + "/" + name;
  }

  static String shown(String raw) {
    return RawNames.shown(raw);
  }
}
