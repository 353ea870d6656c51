package io.hawser.runtime.image.layer;

import io.hawser.runtime.image.fs.Dir;
import io.hawser.runtime.image.fs.ErrnoException;
import io.hawser.runtime.image.fs.FdOutput;
import io.hawser.runtime.image.tar.TarEntry;
import java.io.IOException;
import java.util.Map;

/** Gives unpacked files what their entries say, as far as this process may. */
final class EntryAttributes {
  private final boolean privileged = Dir.privileged();

  /** Whose new files are anyway; asking for that again costs a write to the journal each. */
  private final boolean makesAsRoot = Dir.privileged() && Dir.rootGroup();

  /** Owner first: changing it takes set-id bits and capabilities away. */
  void apply(TarEntry entry, Dir dir, String name) throws IOException {
    if (isGivenAway(entry)) {
      dir.owner(name, entry.uid(), entry.gid());
    }
    if (entry.type() != TarEntry.SYMBOLIC_LINK) {
      dir.permissions(name, entry.mode());
    }
    xattrs(entry, dir, name);
    dir.time(name, entry.mtimeSeconds(), entry.mtimeNanos());
  }

  /** The same for a file just made and still open, which spares looking up its name. */
  void apply(TarEntry entry, FdOutput file, Dir dir, String name) throws IOException {
    if (isGivenAway(entry)) {
      file.owner(entry.uid(), entry.gid());
    }
    file.permissions(entry.mode());
    xattrs(entry, dir, name);
    file.time(entry.mtimeSeconds(), entry.mtimeNanos());
  }

  private boolean isGivenAway(TarEntry entry) {
    return privileged && !(makesAsRoot && entry.uid() == 0 && entry.gid() == 0);
  }

  private static void xattrs(TarEntry entry, Dir dir, String name) throws IOException {
    if (entry.xattrs().isEmpty()) {
      return;
    }
    for (Map.Entry<String, byte[]> xattr : OverlayMarks.portable(entry.xattrs()).entrySet()) {
      try {
        dir.xattr(name, xattr.getKey(), xattr.getValue());
      } catch (ErrnoException e) {
        if (!e.isUnsupported()) {
          throw e;
        }
      }
    }
  }

  /** The same for a directory itself. */
  void apply(TarEntry entry, Dir dir) throws IOException {
    dir.attributes(entry.uid(), entry.gid(), entry.mode(), privileged);
    xattrs(entry, dir, ".");
    dir.time(entry.mtimeSeconds(), entry.mtimeNanos());
  }

  /** Makes a device or a FIFO. */
  void makeNode(TarEntry entry, Dir dir, String name) throws IOException {
    int type =
        switch (entry.type()) {
          case TarEntry.CHAR_DEVICE -> 0020000;
          case TarEntry.BLOCK_DEVICE -> 0060000;
          default -> 0010000;
        };
    if (!privileged && entry.type() != TarEntry.FIFO) {
      // A stand-in, so that later entries find something of that name.
      dir.create(name).close();
      return;
    }
    if (type == 0020000 && entry.deviceMajor() == 0 && entry.deviceMinor() == 0) {
      throw LayerUnpacker.unsafe(
          entry, "is the device 0:0, which hides files in overlay mounts", null);
    }
    dir.makeNode(name, type | 0600, entry.deviceMajor(), entry.deviceMinor());
  }
}
