package io.hawser.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;

/** Owners of files on disk, as a user namespace wants them. */
final class Owners {
  private Owners() {}

  /** Gives a small tree, which nobody else writes, to the same ids counted from a base. */
  static void shift(Path root, long base) throws IOException {
    if (base == 0) {
      return;
    }
    try (Stream<Path> all = Files.walk(root)) {
      for (Path path : (Iterable<Path>) all::iterator) {
        LinkOption here = LinkOption.NOFOLLOW_LINKS;
        Map<String, Object> owner = Files.readAttributes(path, "unix:uid,gid", here);
        for (String id : new String[] {"uid", "gid"}) {
          int shifted = (int) (base + (Integer) owner.get(id));
          Files.setAttribute(path, "unix:" + id, shifted, here);
        }
      }
    }
  }
}
