package io.hawser.runtime.image.layer;

import io.hawser.runtime.image.ImageFault;
import io.hawser.runtime.image.fs.Dir;
import io.hawser.runtime.image.fs.FileStat;
import io.hawser.runtime.image.fs.RawNames;
import io.hawser.runtime.image.tar.TarEntry;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * The files of an image as a container would see them, read straight from its layers. Symbolic
 * links are resolved inside the image's root and can't lead out of it. Paths are raw.
 */
public final class ImageTree {
  private static final int MAX_LINKS = 40;

  private final List<Path> layersTopFirst;

  public ImageTree(List<Path> layersTopFirst) {
    this.layersTopFirst = List.copyOf(layersTopFirst);
  }

  /** A tree without files, as {@code FROM scratch} has it. */
  public static ImageTree empty() {
    return new ImageTree(List.of());
  }

  /**
   * A file found. Its content is read from the layer's directory, which must stay.
   *
   * @param path without links, relative to the root, {@code ""} for the root itself
   */
  public record Located(ImageTree tree, String path, FileStat stat) {
    /** What an archive would say of it; the time in whole seconds. */
    public TarEntry entry() throws IOException {
      return tree.within(path, (dir, name, found) -> TreeEntries.entry(dir, name, path, found));
    }

    public InputStream open() throws IOException {
      return tree.within(path, (dir, name, found) -> dir.read(name));
    }

    /** Names of a directory's entries, sorted. */
    public List<String> names() throws IOException {
      try (MergedDir dir = tree.mergedDir(RawNames.components(path))) {
        return dir.names();
      }
    }
  }

  /** Finds a path; links on the way are followed inside the root, the last one if asked. */
  public Optional<Located> locate(String path, boolean followLast) throws IOException {
    if (layersTopFirst.isEmpty()) {
      return Optional.empty();
    }
    List<String> real = resolve(path, followLast, false);
    if (real == null) {
      return Optional.empty();
    }
    if (real.isEmpty()) {
      try (MergedDir root = MergedDir.root(layersTopFirst)) {
        return Optional.of(new Located(this, "", root.top().stat()));
      }
    }
    String joined = String.join("/", real);
    return Optional.of(new Located(this, joined, within(joined, (d, n, stat) -> stat)));
  }

  /** Where a path leads, whether or not it exists: links that exist are resolved. */
  public String resolve(String path) throws IOException {
    return String.join("/", resolve(path, true, true));
  }

  /** Reads a small file; none when it is missing or no regular file. */
  public Optional<byte[]> read(String path, int maxBytes) throws IOException {
    Optional<Located> found = locate(path, true);
    if (found.isEmpty() || !found.get().stat().isRegular()) {
      return Optional.empty();
    }
    try (InputStream in = found.get().open()) {
      byte[] bytes = in.readNBytes(maxBytes + 1);
      if (bytes.length > maxBytes) {
        throw new ImageFault(
            ImageFault.Kind.TOO_LARGE,
            "the image's " + RawNames.shown(path) + " has more than " + maxBytes + " bytes");
      }
      return Optional.of(bytes);
    }
  }

  private List<String> resolve(String path, boolean followLast, boolean mayMiss)
      throws IOException {
    Deque<String> todo = new ArrayDeque<>(RawNames.components(path));
    List<String> real = new ArrayList<>();
    int links = 0;
    boolean missing = layersTopFirst.isEmpty();
    while (!todo.isEmpty()) {
      String name = todo.pop();
      if (name.equals("..")) {
        if (!real.isEmpty()) {
          real.remove(real.size() - 1);
        }
        continue;
      }
      Optional<Step> step = missing ? Optional.empty() : step(real, name);
      if (step.isEmpty()) {
        if (!mayMiss) {
          return null;
        }
        // Below something missing nothing exists; '..' may lead back, which then finds no links.
        missing = true;
        real.add(name);
      } else if (step.get().link() == null || todo.isEmpty() && !followLast) {
        real.add(name);
      } else {
        if (++links > MAX_LINKS) {
          throw new ImageFault(
              ImageFault.Kind.BAD_INPUT,
              "too many symbolic links in the image at '" + RawNames.shown(path) + "'");
        }
        if (step.get().link().startsWith("/")) {
          real.clear();
        }
        List<String> target = RawNames.components(step.get().link());
        for (int i = target.size() - 1; i >= 0; i--) {
          todo.push(target.get(i));
        }
      }
    }
    return real;
  }

  /**
   * @param link the target when the entry is a symbolic link, else null
   */
  private record Step(String link) {}

  private Optional<Step> step(List<String> above, String name) throws IOException {
    try (MergedDir dir = mergedDir(above)) {
      if (dir.isEmpty()) {
        return Optional.empty();
      }
      Optional<MergedDir.Found> found = dir.find(name);
      if (found.isEmpty()) {
        return Optional.empty();
      }
      boolean isLink = found.get().stat().isLink();
      return Optional.of(new Step(isLink ? found.get().holder().readLink(name) : null));
    }
  }

  private interface Reading<T> {
    T read(Dir dir, String name, FileStat stat) throws IOException;
  }

  private <T> T within(String path, Reading<T> reading) throws IOException {
    List<String> components = RawNames.components(path);
    if (components.isEmpty()) {
      try (MergedDir root = MergedDir.root(layersTopFirst)) {
        return reading.read(root.top(), ".", root.top().stat());
      }
    }
    String name = components.get(components.size() - 1);
    try (MergedDir dir = mergedDir(components.subList(0, components.size() - 1))) {
      MergedDir.Found found =
          dir.find(name)
              .orElseThrow(
                  () ->
                      new ImageFault(
                          ImageFault.Kind.STORE, "'" + RawNames.shown(path) + "' has vanished"));
      return reading.read(found.holder(), name, found.stat());
    }
  }

  /** The merged directory at a path without links; empty when it is none. */
  private MergedDir mergedDir(List<String> path) throws IOException {
    MergedDir at = MergedDir.root(layersTopFirst);
    for (String name : path) {
      try (MergedDir above = at) {
        Optional<MergedDir.Found> found = above.find(name);
        boolean isDir = found.isPresent() && found.get().stat().isDirectory();
        at = isDir ? above.dir(name) : MergedDir.root(List.of());
      }
    }
    return at;
  }
}
