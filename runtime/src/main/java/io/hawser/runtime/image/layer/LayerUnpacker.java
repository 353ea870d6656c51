package io.hawser.runtime.image.layer;

import io.hawser.runtime.image.ImageFault;
import io.hawser.runtime.image.fs.Dir;
import io.hawser.runtime.image.fs.ErrnoException;
import io.hawser.runtime.image.fs.FdOutput;
import io.hawser.runtime.image.fs.FileStat;
import io.hawser.runtime.image.fs.RawNames;
import io.hawser.runtime.image.tar.TarEntry;
import io.hawser.runtime.image.tar.TarReader;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Unpacks one layer's archive into an empty directory, in the form overlay mounts want. Whatever
 * the archive says, nothing outside the directory is touched: every component is opened from its
 * parent's descriptor without following links.
 *
 * <p>Without root, owners, devices and file capabilities are left out.
 */
public final class LayerUnpacker {
  private static final String WHITEOUT = ".wh.";
  private static final String OPAQUE = ".wh..wh..opq";
  private static final String RESERVED = ".wh..wh.";
  private static final int IMPLIED_PERMISSIONS = 0755;
  private static final int COPY_BUFFER_BYTES = 64 << 10;

  private final UnpackLimits limits;
  private final ImageTree parents;
  private final DirStack stack;
  private final TreeMap<String, TarEntry> directories = new TreeMap<>();
  private final byte[] buffer = new byte[COPY_BUFFER_BYTES];
  private final EntryAttributes attributes = new EntryAttributes();
  private long entries;
  private long bytes;
  private boolean usedParents;

  private LayerUnpacker(Dir root, ImageTree parents, UnpackLimits limits) {
    this.parents = parents;
    this.limits = limits;
    this.stack = new DirStack(root, this::implied);
  }

  /**
   * @param bytes of all files, holes included
   * @param usesParents true: the result depends on the layers below (directories that the archive
   *     implies took their attributes from there, or a hard link its content)
   */
  public record Unpacked(long entries, long bytes, boolean usesParents) {}

  /** The result would depend on the layers below. */
  static final class NeedsParents extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NeedsParents() {
      super("needs the layers below", null, false, false);
    }
  }

  private ImageTree parents() {
    if (parents == null) {
      throw new NeedsParents();
    }
    return parents;
  }

  /**
   * Unpacks; on a fault the directory holds some of the entries and must be thrown away.
   *
   * @param tar the archive, not packed
   * @param root an empty directory
   * @param parents the layers below; null: they are not known
   * @throws NeedsParents when they are not known but matter
   */
  public static Unpacked unpack(InputStream tar, Dir root, ImageTree parents, UnpackLimits limits)
      throws IOException {
    LayerUnpacker unpacker = new LayerUnpacker(root, parents, limits);
    try (DirStack stack = unpacker.stack) {
      TarReader reader = new TarReader(tar);
      for (TarEntry entry = reader.next(); entry != null; entry = reader.next()) {
        unpacker.unpack(entry, reader);
      }
      unpacker.finishDirectories();
    }
    return new Unpacked(unpacker.entries, unpacker.bytes, unpacker.usedParents);
  }

  private void unpack(TarEntry entry, TarReader reader) throws IOException {
    if (++entries > limits.maxEntries()) {
      throw tooLarge("has more than " + limits.maxEntries() + " entries");
    }
    List<String> path = path(entry, entry.name());
    try {
      if (path.isEmpty()) {
        rootDirectory(entry);
        return;
      }
      String name = path.get(path.size() - 1);
      List<String> above = path.subList(0, path.size() - 1);
      if (name.startsWith(WHITEOUT)) {
        whiteout(entry, above, name);
      } else {
        make(entry, above, name, reader);
      }
    } catch (ErrnoException e) {
      if (e.isNoDirectory()) {
        throw unsafe(entry, "goes through something that is no directory", e);
      }
      throw e;
    }
  }

  private List<String> path(TarEntry entry, String name) {
    if (name.length() > limits.maxNameBytes()) {
      throw tooLarge("has a name of " + name.length() + " bytes");
    }
    List<String> path = RawNames.components(name);
    if (path.contains("..")) {
      throw unsafe(entry, "leaves its folder by '..'", null);
    }
    if (path.size() > limits.maxDepth()) {
      throw tooLarge("has an entry " + path.size() + " directories deep");
    }
    if (name.indexOf(0) >= 0) {
      throw unsafe(entry, "has a NUL character in its name", null);
    }
    return path;
  }

  private void rootDirectory(TarEntry entry) {
    if (entry.type() != TarEntry.DIRECTORY) {
      throw unsafe(entry, "would replace the root directory", null);
    }
    directories.put("", entry);
  }

  private void whiteout(TarEntry entry, List<String> above, String name) throws IOException {
    if (name.equals(OPAQUE)) {
      OverlayMarks.makeOpaque(stack.at(above));
      return;
    }
    if (name.startsWith(RESERVED)) {
      return;
    }
    String hidden = name.substring(WHITEOUT.length());
    if (hidden.isEmpty() || hidden.equals(".") || hidden.equals("..")) {
      throw unsafe(entry, "is a whiteout of nothing", null);
    }
    Dir dir = stack.at(above);
    Optional<FileStat> here = dir.stat(hidden);
    if (here.isEmpty()) {
      OverlayMarks.whiteOut(dir, hidden);
    } else if (here.get().isDirectory()) {
      // A whiteout speaks of lower layers only; this layer's own directory stays.
      try (Dir own = dir.dir(hidden)) {
        OverlayMarks.makeOpaque(own);
      }
    }
  }

  private void make(TarEntry entry, List<String> above, String name, TarReader reader)
      throws IOException {
    Dir dir = stack.at(above);
    String path = String.join("/", above) + (above.isEmpty() ? "" : "/") + name;
    if (entry.type() == TarEntry.DIRECTORY) {
      directory(dir, name);
      directories.put(path, entry);
      return;
    }
    try {
      makeOther(entry, dir, name, above, reader);
    } catch (ErrnoException e) {
      // Rare, so nobody looks before: an archive that has the same name twice.
      if (!e.isExists()) {
        throw e;
      }
      forget(path, dir.stat(name).orElseThrow());
      dir.remove(name);
      makeOther(entry, dir, name, above, reader);
    }
  }

  private static void directory(Dir dir, String name) throws IOException {
    Optional<FileStat> here = dir.stat(name);
    boolean hidLower = here.isPresent() && OverlayMarks.isWhiteout(dir, name, here.get());
    if (here.isPresent() && !here.get().isDirectory()) {
      dir.remove(name);
      here = Optional.empty();
    }
    if (here.isEmpty()) {
      dir.makeDir(name, 0700);
      if (hidLower) {
        try (Dir made = dir.dir(name)) {
          OverlayMarks.makeOpaque(made);
        }
      }
    }
  }

  private void makeOther(TarEntry entry, Dir dir, String name, List<String> above, TarReader reader)
      throws IOException {
    switch (entry.type()) {
      case TarEntry.FILE -> file(entry, dir, name, reader);
      case TarEntry.HARD_LINK -> hardLink(entry, dir, name, above);
      case TarEntry.SYMBOLIC_LINK -> {
        dir.makeLink(name, checkedTarget(entry));
        attributes.apply(entry, dir, name);
      }
      default -> {
        attributes.makeNode(entry, dir, name);
        attributes.apply(entry, dir, name);
      }
    }
  }

  private static String checkedTarget(TarEntry entry) {
    if (entry.linkName().isEmpty() || entry.linkName().indexOf(0) >= 0) {
      throw unsafe(entry, "is a symbolic link to nothing", null);
    }
    return entry.linkName();
  }

  private void file(TarEntry entry, Dir dir, String name, TarReader reader) throws IOException {
    if (entry.realSize() > limits.maxBytes() - bytes) {
      throw tooLarge("has more than " + limits.maxBytes() + " bytes of files");
    }
    try (FdOutput out = dir.create(name)) {
      bytes += entry.realSize();
      InputStream content = reader.content();
      if (entry.chunks().isEmpty()) {
        copy(content, out, entry.size());
      } else {
        for (TarEntry.Chunk chunk : entry.chunks()) {
          out.seek(chunk.offset());
          copy(content, out, chunk.length());
        }
        out.size(entry.realSize());
      }
      attributes.apply(entry, out, dir, name);
    }
  }

  private void copy(InputStream content, FdOutput out, long length) throws IOException {
    long left = length;
    while (left > 0) {
      int n = content.read(buffer, 0, (int) Math.min(buffer.length, left));
      if (n < 0) {
        throw new ImageFault(
            ImageFault.Kind.UNSAFE_ARCHIVE, "a file's content is shorter than its header says");
      }
      out.write(buffer, 0, n);
      left -= n;
    }
  }

  private void hardLink(TarEntry entry, Dir dir, String name, List<String> above)
      throws IOException {
    List<String> target = path(entry, entry.linkName());
    if (target.isEmpty()) {
      throw unsafe(entry, "is a hard link to the root directory", null);
    }
    String targetName = target.get(target.size() - 1);
    Optional<Dir> holder = stack.find(target.subList(0, target.size() - 1));
    try (Dir from = holder.orElse(null)) {
      Optional<FileStat> stat = from == null ? Optional.empty() : from.stat(targetName);
      if (stat.isEmpty()) {
        copyFromParents(entry, dir, name);
      } else if (stat.get().isDirectory()
          || OverlayMarks.isWhiteout(from, targetName, stat.get())) {
        throw unsafe(entry, "is a hard link to something that is no file", null);
      } else {
        dir.hardLink(from, targetName, name);
      }
    }
  }

  /** Some builders link to a file of a lower layer; across layers that can only be a copy. */
  private void copyFromParents(TarEntry entry, Dir dir, String name) throws IOException {
    Optional<ImageTree.Located> found = parents().locate(entry.linkName(), false);
    if (found.isEmpty() || !found.get().stat().isRegular()) {
      throw unsafe(
          entry,
          "is a hard link to '" + RawNames.shown(entry.linkName()) + "', which is no file here",
          null);
    }
    usedParents = true;
    bytes += found.get().stat().size();
    if (bytes > limits.maxBytes()) {
      throw tooLarge("has more than " + limits.maxBytes() + " bytes of files");
    }
    TarEntry copy = found.get().entry();
    try (InputStream in = found.get().open();
        FdOutput out = dir.create(name)) {
      copy(in, out, copy.size());
    }
    attributes.apply(copy, dir, name);
  }

  /** A directory that the archive names only as part of a path: as below, else root's, 0755. */
  private void implied(Dir dir, List<String> path) throws IOException {
    String name = path.get(path.size() - 1);
    boolean hidLower = dir.stat(name).isPresent();
    if (hidLower) {
      dir.remove(name);
    }
    dir.makeDir(name, 0700);
    String full = String.join("/", path);
    TarEntry entry = TarEntry.of(full, TarEntry.DIRECTORY, IMPLIED_PERMISSIONS);
    Optional<ImageTree.Located> below = hidLower ? Optional.empty() : parents().locate(full, false);
    if (below.isPresent() && below.get().stat().isDirectory()) {
      entry = below.get().entry();
      usedParents = true;
    }
    if (hidLower) {
      try (Dir made = dir.dir(name)) {
        OverlayMarks.makeOpaque(made);
      }
    }
    directories.put(full, entry);
  }

  private void forget(String path, FileStat stat) {
    if (stat.isDirectory()) {
      directories.remove(path);
      directories.subMap(path + "/", path + "0").clear();
    }
  }

  /**
   * Last, deepest first: making entries changes a directory's time, and may need its permission.
   */
  private void finishDirectories() throws IOException {
    for (String path : directories.descendingKeySet()) {
      TarEntry entry = directories.get(path);
      Optional<Dir> found = stack.find(RawNames.components(path));
      try (Dir dir = found.orElseThrow()) {
        attributes.apply(entry, dir);
      }
    }
  }

  private static ImageFault tooLarge(String what) {
    return new ImageFault(ImageFault.Kind.TOO_LARGE, "a layer " + what);
  }

  static ImageFault unsafe(TarEntry entry, String what, Throwable cause) {
    return new ImageFault(
        ImageFault.Kind.UNSAFE_ARCHIVE,
        "the layer's entry '" + RawNames.shown(entry.name()) + "' " + what,
        cause);
  }
}
