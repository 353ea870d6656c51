package io.hawser.persistence;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A disk as steps left it, and as a crash leaves it. What is not flushed may be lost; names
 * (creations, renames, deletions) are kept in their order, as journaling file systems keep them.
 */
final class CrashedDisk {

  /** What a crash does to what was written and not flushed. */
  enum Loss {
    /** The process was killed: the kernel has everything. */
    NOTHING,
    /** Power was lost: none of it got to the disk. */
    UNFLUSHED,
    /** Power was lost in the middle of it: the first half got there. */
    HALF
  }

  /** Content as last flushed, and the changes since then in order. */
  private static final class Content {
    private byte[] flushed = new byte[0];
    private final List<DiskStep> pending = new ArrayList<>();
  }

  private final Map<String, Content> files = new TreeMap<>();
  private final TreeSet<String> directories = new TreeSet<>();

  void apply(DiskStep step) {
    if (step instanceof DiskStep.Create create) {
      Content content = files.computeIfAbsent(create.path(), p -> new Content());
      if (create.truncate()) {
        content.pending.add(new DiskStep.Truncate(create.path(), 0));
      }
    } else if (step instanceof DiskStep.Write write) {
      files.computeIfAbsent(write.path(), p -> new Content()).pending.add(write);
    } else if (step instanceof DiskStep.Truncate truncate) {
      files.computeIfAbsent(truncate.path(), p -> new Content()).pending.add(truncate);
    } else if (step instanceof DiskStep.Flush flush) {
      flush(files.get(flush.path()));
    } else if (step instanceof DiskStep.Rename rename) {
      rename(rename.from(), rename.to());
    } else if (step instanceof DiskStep.Delete delete) {
      files.remove(delete.path());
      directories.remove(delete.path());
    } else if (step instanceof DiskStep.MakeDirectory made) {
      directories.add(made.path());
    }
  }

  private static void flush(Content content) {
    // A directory's own flush changes nothing here: names are kept in order anyway.
    if (content != null) {
      content.flushed = with(content.flushed, content.pending, Loss.NOTHING);
      content.pending.clear();
    }
  }

  private void rename(String from, String to) {
    Content file = files.remove(from);
    if (file != null) {
      files.put(to, file);
      return;
    }
    for (String path : List.copyOf(files.keySet())) {
      if (path.startsWith(from + "/")) {
        files.put(to + path.substring(from.length()), files.remove(path));
      }
    }
    for (String path : List.copyOf(directories)) {
      if (path.equals(from) || path.startsWith(from + "/")) {
        directories.remove(path);
        directories.add(to + path.substring(from.length()));
      }
    }
  }

  private static byte[] with(byte[] flushed, List<DiskStep> pending, Loss loss) {
    byte[] content = flushed;
    int kept =
        switch (loss) {
          case NOTHING -> pending.size();
          case UNFLUSHED -> 0;
          case HALF -> pending.size() / 2;
        };
    for (DiskStep step : pending.subList(0, kept)) {
      content = changed(content, step);
    }
    boolean torn = loss == Loss.HALF && kept < pending.size();
    if (torn && pending.get(kept) instanceof DiskStep.Write write) {
      byte[] half = Arrays.copyOf(write.bytes(), write.bytes().length / 2);
      content = changed(content, new DiskStep.Write(write.path(), write.offset(), half));
    }
    return content;
  }

  private static byte[] changed(byte[] content, DiskStep step) {
    if (step instanceof DiskStep.Truncate truncate) {
      return Arrays.copyOf(content, (int) truncate.length());
    }
    DiskStep.Write write = (DiskStep.Write) step;
    int end = (int) write.offset() + write.bytes().length;
    byte[] changed = end > content.length ? Arrays.copyOf(content, end) : content.clone();
    System.arraycopy(write.bytes(), 0, changed, (int) write.offset(), write.bytes().length);
    return changed;
  }

  /** What would be read back: every file by its path. */
  Map<String, ByteBuffer> after(Loss loss) {
    Map<String, ByteBuffer> contents = new TreeMap<>();
    files.forEach(
        (path, content) ->
            contents.put(path, ByteBuffer.wrap(with(content.flushed, content.pending, loss))));
    return contents;
  }

  /** Makes a directory look as {@code root} looks after the crash. */
  void materialize(Loss loss, Path root, Path target) throws IOException {
    Files.createDirectories(target);
    for (String directory : directories) {
      Files.createDirectories(target.resolve(root.relativize(Path.of(directory))));
    }
    for (Map.Entry<String, ByteBuffer> file : after(loss).entrySet()) {
      Path path = target.resolve(root.relativize(Path.of(file.getKey())));
      try (FileChannel channel =
          FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        channel.write(file.getValue());
      }
    }
  }
}
