package io.hawser.runtime.files;

import io.hawser.runtime.image.fs.Dir;
import io.hawser.runtime.image.fs.ErrnoException;
import io.hawser.runtime.image.fs.FileStat;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** How much of its disk a directory takes, as du(1) counts: blocks, each file once. */
public final class DiskUse {
  private static final int BLOCK_BYTES = 512;

  /** Each level holds a descriptor; what lies deeper is not counted. */
  private static final int MAX_DEPTH = 256;

  private final long enough;
  private final Set<Long> linked = new HashSet<>();
  private long bytes;

  private DiskUse(long enough) {
    this.enough = enough;
  }

  /**
   * Walks the tree by descriptors, so that no link leads out of it. Files that come and go
   * meanwhile may be counted or not. File systems mounted in it are not counted.
   *
   * @param enough the walk ends when so many bytes are exceeded
   * @return 0 for a directory that does not exist
   */
  public static long bytes(Path directory, long enough) throws IOException {
    DiskUse use = new DiskUse(enough);
    try (Dir root = Dir.open(directory)) {
      use.walk(root, root.stat(), 1);
    } catch (ErrnoException e) {
      if (!e.isNotFound()) {
        throw e;
      }
    }
    return use.bytes;
  }

  private void walk(Dir dir, FileStat own, int depth) throws IOException {
    count(own);
    for (String name : dir.names()) {
      Optional<FileStat> found = dir.stat(name).filter(s -> s.fileSystem() == own.fileSystem());
      if (bytes > enough || found.isEmpty()) {
        continue;
      } else if (!found.get().isDirectory()) {
        count(found.get());
      } else if (depth < MAX_DEPTH) {
        try (Dir child = dir.dir(name)) {
          walk(child, found.get(), depth + 1);
        } catch (ErrnoException e) {
          if (!e.isNotFound()) {
            throw e;
          }
        }
      }
    }
  }

  private void count(FileStat file) {
    boolean again = !file.isDirectory() && file.links() > 1 && !linked.add(file.inode());
    bytes += again ? 0 : file.blocks() * BLOCK_BYTES;
  }
}
