package io.hawser.runtime.image.layer;

import io.hawser.runtime.image.fs.Dir;
import io.hawser.runtime.image.fs.ErrnoException;
import io.hawser.runtime.image.fs.FileStat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The open directories from a root down to where the archive is just now. */
final class DirStack implements AutoCloseable {
  /** Makes a missing directory in an open one; a whiteout may stand in its place. */
  interface Maker {
    void make(Dir dir, List<String> path) throws IOException;
  }

  private final Dir root;
  private final Maker maker;
  private final List<String> names = new ArrayList<>();
  private final List<Dir> dirs = new ArrayList<>();

  DirStack(Dir root, Maker maker) {
    this.root = root;
    this.maker = maker;
  }

  /** The directory at a path, made where missing. Valid until the next call. */
  Dir at(List<String> path) throws IOException {
    int common = 0;
    while (common < names.size()
        && common < path.size()
        && names.get(common).equals(path.get(common))) {
      common++;
    }
    pop(common);
    for (int i = common; i < path.size(); i++) {
      Dir above = top();
      String name = path.get(i);
      Optional<FileStat> here = above.stat(name);
      if (here.isEmpty() || OverlayMarks.isWhiteout(above, name, here.get())) {
        maker.make(above, path.subList(0, i + 1));
      }
      dirs.add(above.dir(name));
      names.add(name);
    }
    return top();
  }

  /** A handle of its own on a directory that may not exist; nothing is made. */
  Optional<Dir> find(List<String> path) throws IOException {
    Dir at = root.again();
    for (String name : path) {
      try (Dir above = at) {
        at = above.dir(name);
      } catch (ErrnoException e) {
        if (e.isNotFound()) {
          return Optional.empty();
        }
        throw e;
      }
    }
    return Optional.of(at);
  }

  private Dir top() {
    return dirs.isEmpty() ? root : dirs.get(dirs.size() - 1);
  }

  private void pop(int depth) {
    while (dirs.size() > depth) {
      dirs.remove(dirs.size() - 1).close();
      names.remove(names.size() - 1);
    }
  }

  @Override
  public void close() {
    pop(0);
  }
}
