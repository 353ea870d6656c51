package io.hawser.runtime.image.layer;

import io.hawser.runtime.image.fs.Dir;
import io.hawser.runtime.image.fs.FdOutput;
import io.hawser.runtime.image.fs.RawNames;
import io.hawser.runtime.image.tar.TarEntry;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Optional;

/** Copies a part of an image's tree into a directory of the machine, with its attributes. */
public final class TreeCopy {
  private static final int BUFFER_BYTES = 64 << 10;

  private final ImageTree tree;
  private final EntryAttributes attributes = new EntryAttributes();
  private final byte[] buffer = new byte[BUFFER_BYTES];

  private TreeCopy(ImageTree tree) {
    this.tree = tree;
  }

  /**
   * Copies what is below a directory of the image, and the directory's own attributes. Sockets are
   * left out; hard links become files of their own.
   *
   * @param path in the image; nothing is copied when it is no directory there
   * @param target an empty directory
   */
  public static void content(ImageTree tree, String path, Path target) throws IOException {
    Optional<ImageTree.Located> found = tree.locate(RawNames.raw(path), true);
    if (found.isPresent() && found.get().stat().isDirectory()) {
      try (Dir dir = Dir.open(target)) {
        new TreeCopy(tree).directory(found.get(), dir);
      }
    }
  }

  private void directory(ImageTree.Located from, Dir to) throws IOException {
    for (String name : from.names()) {
      Optional<ImageTree.Located> child = tree.locate(TreeEntries.join(from.path(), name), false);
      if (child.isPresent() && !child.get().stat().isSocket()) {
        entry(child.get(), to, name);
      }
    }
    if (!from.path().isEmpty()) {
      attributes.apply(from.entry(), to);
    }
  }

  private void entry(ImageTree.Located from, Dir to, String name) throws IOException {
    TarEntry entry = from.entry();
    if (from.stat().isDirectory()) {
      to.makeDir(name, 0700);
      try (Dir made = to.dir(name)) {
        directory(from, made);
      }
      return;
    }
    if (from.stat().isRegular()) {
      copy(from, to, name);
    } else if (from.stat().isLink()) {
      to.makeLink(name, entry.linkName());
    } else {
      attributes.makeNode(entry, to, name);
    }
    attributes.apply(entry, to, name);
  }

  private void copy(ImageTree.Located from, Dir to, String name) throws IOException {
    try (InputStream in = from.open();
        FdOutput out = to.create(name)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        out.write(buffer, 0, n);
      }
    }
  }
}
