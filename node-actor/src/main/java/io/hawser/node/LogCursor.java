package io.hawser.node;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * Reads the bytes of one log through its rotated files: {@code log.4} to {@code log.1}, oldest
 * first, then {@code log}. Every method blocks for one read at most. Not safe for two threads at a
 * time.
 */
final class LogCursor implements AutoCloseable {
  private static final int MOST_ROTATED_FILES = 16;

  private final Path file;
  private final Deque<FileChannel> unread = new ArrayDeque<>();

  /** Of the newest file opened so far; tells a rotation. */
  private Optional<Object> newestKey = Optional.empty();

  LogCursor(Path file) throws IOException {
    this.file = file;
    for (Path path : oldestFirst()) {
      open(path);
    }
  }

  /** Whole lines that are in the log now. Leaves the cursor at the log's start. */
  long countLines() throws IOException {
    long lines = 0;
    byte[] piece = new byte[NodeLimits.STREAM_CHUNK_BYTES];
    for (FileChannel channel : unread) {
      CriLines.CountState state = new CriLines.CountState();
      long at = 0;
      int read;
      while ((read = channel.read(ByteBuffer.wrap(piece), at)) > 0) {
        lines += CriLines.countLines(piece, read, state);
        at += read;
      }
    }
    return lines;
  }

  /**
   * @return bytes read into the piece; 0 at the end for now
   */
  int read(byte[] piece) throws IOException {
    while (true) {
      FileChannel channel = unread.peekFirst();
      if (channel != null) {
        int read = channel.read(ByteBuffer.wrap(piece));
        if (read > 0) {
          return read;
        }
      }
      // Looked for before the last read of the old file would be too early: it was written until
      // the new one appeared, so it is read once more after that.
      if (unread.size() <= 1 && !openNewer()) {
        return 0;
      }
      if (channel != null && unread.size() > 1) {
        int read = channel.read(ByteBuffer.wrap(piece));
        if (read > 0) {
          return read;
        }
        unread.removeFirst().close();
      }
    }
  }

  @Override
  public void close() throws IOException {
    for (FileChannel channel : unread) {
      channel.close();
    }
    unread.clear();
  }

  private boolean openNewer() throws IOException {
    List<Path> files = oldestFirst();
    int known = -1;
    for (int i = 0; i < files.size(); i++) {
      if (newestKey.isPresent() && newestKey.equals(key(files.get(i)))) {
        known = i;
      }
    }
    boolean any = false;
    for (Path path : files.subList(known + 1, files.size())) {
      any |= open(path);
    }
    return any;
  }

  private boolean open(Path path) throws IOException {
    try {
      Optional<Object> key = key(path);
      unread.addLast(FileChannel.open(path, StandardOpenOption.READ));
      newestKey = key;
      return true;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private List<Path> oldestFirst() {
    List<Path> files = new ArrayList<>();
    for (int n = MOST_ROTATED_FILES; n > 0; n--) {
      Path rotated = file.resolveSibling(file.getFileName() + "." + n);
      if (Files.exists(rotated)) {
        files.add(rotated);
      }
    }
    if (Files.exists(file)) {
      files.add(file);
    }
    return files;
  }

  private static Optional<Object> key(Path path) {
    try {
      return Optional.ofNullable(Files.readAttributes(path, BasicFileAttributes.class).fileKey());
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
