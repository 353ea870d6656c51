package io.hawser.runtime.image.layer;

import io.hawser.runtime.image.fs.Dir;
import io.hawser.runtime.image.fs.FileStat;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/** One directory as an overlay mount of the layers would show it, without a mount. */
public final class MergedDir implements AutoCloseable {
  /** Uppermost first; the lowest may be opaque. */
  private final List<Dir> dirs;

  private MergedDir(List<Dir> dirs) {
    this.dirs = dirs;
  }

  /** The root of the layers. */
  static MergedDir root(List<Path> layersTopFirst) throws IOException {
    MergedDir merged = new MergedDir(new ArrayList<>());
    try {
      for (Path layer : layersTopFirst) {
        Dir dir = Dir.open(layer);
        merged.dirs.add(dir);
        if (OverlayMarks.isOpaque(dir)) {
          break;
        }
      }
      return merged;
    } catch (IOException | RuntimeException e) {
      merged.close();
      throw e;
    }
  }

  /**
   * An entry and the layer's directory that has it.
   *
   * @param holder valid as long as the merged directory is open
   */
  record Found(Dir holder, FileStat stat) {}

  Optional<Found> find(String name) throws IOException {
    for (Dir dir : dirs) {
      Optional<FileStat> stat = dir.stat(name);
      if (stat.isPresent()) {
        return OverlayMarks.isWhiteout(dir, name, stat.get())
            ? Optional.empty()
            : Optional.of(new Found(dir, stat.get()));
      }
    }
    return Optional.empty();
  }

  /** The directory of a name that {@link #find} has found to be one. */
  MergedDir dir(String name) throws IOException {
    MergedDir merged = new MergedDir(new ArrayList<>());
    try {
      for (Dir dir : dirs) {
        Optional<FileStat> stat = dir.stat(name);
        if (stat.isEmpty()) {
          continue;
        }
        if (!stat.get().isDirectory()) {
          break;
        }
        Dir below = dir.dir(name);
        merged.dirs.add(below);
        if (OverlayMarks.isOpaque(below)) {
          break;
        }
      }
      return merged;
    } catch (IOException | RuntimeException e) {
      merged.close();
      throw e;
    }
  }

  /** The names of all visible entries, sorted by their bytes. */
  List<String> names() throws IOException {
    TreeSet<String> all = new TreeSet<>();
    for (Dir dir : dirs) {
      all.addAll(dir.names());
    }
    List<String> visible = new ArrayList<>();
    for (String name : all) {
      if (find(name).isPresent()) {
        visible.add(name);
      }
    }
    return visible;
  }

  /** The uppermost layer's directory, whose attributes are the merged one's. */
  Dir top() {
    return dirs.get(0);
  }

  MergedDir again() throws IOException {
    List<Dir> copies = new ArrayList<>();
    for (Dir dir : dirs) {
      copies.add(dir.again());
    }
    return new MergedDir(copies);
  }

  boolean isEmpty() {
    return dirs.isEmpty();
  }

  @Override
  public void close() {
    dirs.forEach(Dir::close);
  }
}
