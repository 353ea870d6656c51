package io.hawser.runtime.image.layer;

import io.hawser.runtime.image.ImageFault;
import io.hawser.runtime.image.fs.Dir;
import io.hawser.runtime.image.fs.FileStat;
import io.hawser.runtime.image.fs.RawNames;
import io.hawser.runtime.image.tar.TarEntry;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Turns a directory into a layer's archive: sorted, so the same files give the same bytes. */
public final class TreeLayer {
  private static final String WHITEOUT = ".wh.";
  private static final String OPAQUE = ".wh..wh..opq";
  private static final String REDIRECT = "overlay.redirect";

  private final LayerWriter out;
  private final boolean overlay;
  private final long latestSeconds;
  private final Map<String, String> firstNames = new HashMap<>();

  private TreeLayer(LayerWriter out, boolean overlay, long latestSeconds) {
    this.out = out;
    this.overlay = overlay;
    this.latestSeconds = latestSeconds;
  }

  /**
   * Archives a whole root file system. The root itself becomes root's, 0755, whatever the directory
   * is: it may have been made by mktemp. Sockets are left out.
   */
  public static void writeRoot(Path root, LayerWriter out) throws IOException {
    try (Dir dir = Dir.open(root)) {
      TarEntry entry = TarEntry.of("./", TarEntry.DIRECTORY, 0755);
      out.write(entry, InputStream.nullInputStream());
      new TreeLayer(out, false, Long.MAX_VALUE).write(dir, "");
    }
  }

  /**
   * Archives the upper directory of an overlay mount: what was changed, with whiteouts as images
   * have them. The mount must have been made with {@code redirect_dir=off,metacopy=off}.
   *
   * @param latestSeconds later times of modification become this one
   */
  public static void writeUpper(Path upper, LayerWriter out, long latestSeconds)
      throws IOException {
    try (Dir dir = Dir.open(upper)) {
      new TreeLayer(out, true, latestSeconds).write(dir, "");
    }
  }

  private void write(Dir dir, String above) throws IOException {
    for (String name : dir.names()) {
      FileStat stat = dir.stat(name).orElse(null);
      if (stat == null || stat.isSocket()) {
        continue;
      }
      String path = TreeEntries.join(above, name);
      if (overlay && OverlayMarks.isWhiteout(dir, name, stat)) {
        plain(TarEntry.of(TreeEntries.join(above, WHITEOUT + name), TarEntry.FILE, 0));
        continue;
      }
      if (name.startsWith(WHITEOUT)) {
        throw new ImageFault(
            ImageFault.Kind.BAD_INPUT,
            "'" + RawNames.shown(path) + "': names that begin with .wh. mean removal in images");
      }
      TarEntry entry = TreeEntries.entry(dir, name, path, stat);
      if (entry.mtimeSeconds() > latestSeconds) {
        entry = entry.withTime(latestSeconds, 0);
      }
      if (stat.isDirectory()) {
        directory(dir, name, path, entry);
      } else {
        file(dir, name, stat, entry);
      }
    }
  }

  private void directory(Dir dir, String name, String path, TarEntry entry) throws IOException {
    plain(entry);
    try (Dir below = dir.dir(name)) {
      if (overlay) {
        refuseRedirect(below, path);
        if (OverlayMarks.isOpaque(below)) {
          plain(TarEntry.of(TreeEntries.join(path, OPAQUE), TarEntry.FILE, 0));
        }
      }
      write(below, path);
    }
  }

  private static void refuseRedirect(Dir dir, String path) throws IOException {
    for (String attribute : dir.xattrs(".").keySet()) {
      if (attribute.endsWith(REDIRECT)) {
        throw new ImageFault(
            ImageFault.Kind.STORE,
            "'" + RawNames.shown(path) + "' was renamed by overlay; mount with redirect_dir=off");
      }
    }
  }

  private void file(Dir dir, String name, FileStat stat, TarEntry entry) throws IOException {
    if (stat.links() > 1) {
      String key = stat.fileSystem() + ":" + stat.inode();
      String first = firstNames.putIfAbsent(key, entry.name());
      if (first != null) {
        plain(entry.withLink(TarEntry.HARD_LINK, first).withSize(0).withXattrs(Map.of()));
        return;
      }
    }
    if (stat.isRegular()) {
      try (InputStream in = dir.read(name)) {
        out.write(entry, in);
      }
    } else {
      plain(entry);
    }
  }

  private void plain(TarEntry entry) throws IOException {
    out.write(entry, InputStream.nullInputStream());
  }
}
