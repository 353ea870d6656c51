package io.hawser.runtime.image.layer;

import io.hawser.runtime.image.fs.Dir;
import io.hawser.runtime.image.fs.FdOutput;
import io.hawser.runtime.image.fs.FileStat;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How overlayfs says "removed" and "opaque"; source: Documentation/filesystems/overlayfs.rst. With
 * root: a character device 0:0, and {@code trusted.overlay.opaque=y}. Without: an empty file with
 * {@code user.overlay.whiteout} in a directory with {@code user.overlay.opaque=x}, for mounts with
 * {@code userxattr} on Linux 6.7 and later.
 */
public final class OverlayMarks {
  private static final String TRUSTED_OPAQUE = "trusted.overlay.opaque";
  private static final String USER_OPAQUE = "user.overlay.opaque";
  private static final String USER_WHITEOUT = "user.overlay.whiteout";
  private static final byte[] YES = {'y'};
  private static final byte[] HAS_WHITEOUTS = {'x'};
  private static final int CHAR_DEVICE = 0020000;

  private OverlayMarks() {}

  /** Marks an entry of lower layers as removed; nothing of that name may be here. */
  public static void whiteOut(Dir dir, String name) throws IOException {
    if (Dir.privileged()) {
      dir.makeNode(name, CHAR_DEVICE, 0, 0);
      return;
    }
    try (FdOutput empty = dir.create(name)) {
      dir.xattr(name, USER_WHITEOUT, YES);
    }
    if (!isOpaque(dir)) {
      dir.xattr(".", USER_OPAQUE, HAS_WHITEOUTS);
    }
  }

  /** Hides all that lower layers have in this directory. */
  public static void makeOpaque(Dir dir) throws IOException {
    dir.xattr(".", Dir.privileged() ? TRUSTED_OPAQUE : USER_OPAQUE, YES);
  }

  public static boolean isWhiteout(Dir dir, String name, FileStat stat) throws IOException {
    if (stat.isCharDevice()) {
      return stat.deviceMajor() == 0 && stat.deviceMinor() == 0;
    }
    return stat.isRegular() && stat.size() == 0 && dir.xattr(name, USER_WHITEOUT).isPresent();
  }

  public static boolean isOpaque(Dir dir) throws IOException {
    Optional<byte[]> mark = dir.xattr(".", TRUSTED_OPAQUE);
    if (mark.isEmpty()) {
      mark = dir.xattr(".", USER_OPAQUE);
    }
    return mark.isPresent() && mark.get().length == 1 && mark.get()[0] == 'y';
  }

  /**
   * The attributes that belong into an image, or may come out of one. Overlay's own would let an
   * archive point the mount elsewhere (redirect), so they never pass; neither do a machine's
   * labels.
   */
  public static Map<String, byte[]> portable(Map<String, byte[]> xattrs) {
    Map<String, byte[]> portable = new TreeMap<>();
    xattrs.forEach(
        (name, value) -> {
          boolean own = name.startsWith("user.") && !name.startsWith("user.overlay.");
          if (own || name.equals("security.capability")) {
            portable.put(name, value);
          }
        });
    return portable;
  }
}
