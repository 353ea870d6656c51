package io.hawser.runtime.log;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Reads a container's log, older files included, as its output was: without the CRI prefix. When
 * following, it waits for more, goes over to the next file after a rotation, and ends once {@link
 * #containerEnded} was called and all is read. One thread reads; any thread may end or close it.
 *
 * <p>A reader that takes its time does not hold up the container: where output may have been
 * rotated away before it came to it, a line says so.
 */
public final class LogReader implements AutoCloseable {
  private static final long POLL_MILLIS = 100;
  private static final int BLOCK_BYTES = 64 * 1024;
  private static final String OVERTAKEN =
      "[hawser: output may have been rotated away before this reader came to it]";

  /**
   * @param follow wait for more at the end
   * @param tailLines only the last so many lines of what is there
   * @param sinceTime only what was written at or after
   * @param timestamps keep the time in front of each line
   */
  public record Options(
      boolean follow, OptionalInt tailLines, Optional<Instant> sinceTime, boolean timestamps) {
    /** All there is, once. */
    public static Options whole() {
      return new Options(false, OptionalInt.empty(), Optional.empty(), false);
    }

    public static Options following() {
      return new Options(true, OptionalInt.empty(), Optional.empty(), false);
    }
  }

  private final Path file;
  private final Options options;
  private final ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES).flip();
  private final ByteArrayOutputStream record = new ByteArrayOutputStream();
  private FileChannel channel;
  private Object key;

  /** Of the file after the current one, once there is one. */
  private Optional<Object> nextKey = Optional.empty();

  private boolean overtaken;
  private long skipLines;
  private boolean lineStart = true;
  private boolean ended;
  private boolean closed;

  private LogReader(Path file, Options options) {
    this.file = file;
    this.options = options;
  }

  /**
   * Opens a container's log; one that does not exist yet is empty.
   *
   * @param logFile {@link io.hawser.runtime.Container#logFile}
   */
  public static LogReader open(Path logFile, Options options) throws IOException {
    LogReader reader = new LogReader(logFile, options);
    reader.openOldest();
    if (options.tailLines().isPresent()) {
      long lines = reader.countLines();
      reader.skipLines = Math.max(0, lines - options.tailLines().getAsInt());
      reader.openOldest();
    }
    return reader;
  }

  /** No more output will come: what is there is still read. */
  public synchronized void containerEnded() {
    ended = true;
    notifyAll();
  }

  /** Ends a reader that waits in {@link #next}. */
  @Override
  public synchronized void close() {
    closed = true;
    notifyAll();
  }

  /**
   * The next piece of output: a line with its newline, or a part of a longer one. Blocks when
   * following.
   *
   * @return empty at the end
   */
  public Optional<byte[]> next() throws IOException {
    while (true) {
      Optional<byte[]> line = nextRecord();
      if (line.isEmpty()) {
        closeChannel();
        return Optional.empty();
      }
      Optional<byte[]> output = output(line.get());
      if (output.isPresent()) {
        return output;
      }
    }
  }

  /** The same as a stream of bytes; closing it closes this reader. */
  public InputStream stream() {
    return new LogStream(this);
  }

  /** {@code <time> <stream> <F|P> <text>} becomes what is shown of it, if anything. */
  private Optional<byte[]> output(byte[] line) {
    int timeEnd = indexOf(line, 0);
    int streamEnd = indexOf(line, timeEnd + 1);
    int tagEnd = indexOf(line, streamEnd + 1);
    if (timeEnd < 0 || streamEnd < 0 || tagEnd < 0) {
      return Optional.empty(); // torn by a crash of the machine
    }
    boolean whole = line[streamEnd + 1] == 'F';
    boolean first = lineStart;
    lineStart = whole;
    if (skipLines > 0) {
      skipLines -= whole ? 1 : 0;
      return Optional.empty();
    }
    if (options.sinceTime().isPresent() && isBefore(line, timeEnd, options.sinceTime().get())) {
      return Optional.empty();
    }
    ByteArrayOutputStream shown = new ByteArrayOutputStream();
    if (options.timestamps() && first) {
      shown.write(line, 0, timeEnd + 1);
    }
    shown.write(line, tagEnd + 1, line.length - tagEnd - 1);
    if (whole) {
      shown.write('\n');
    }
    return Optional.of(shown.toByteArray());
  }

  private static int indexOf(byte[] line, int from) {
    for (int i = from; i >= 0 && i < line.length; i++) {
      if (line[i] == ' ') {
        return i;
      }
    }
    return -1;
  }

  private static boolean isBefore(byte[] line, int end, Instant since) {
    try {
      return Instant.parse(new String(line, 0, end, StandardCharsets.US_ASCII)).isBefore(since);
    } catch (DateTimeParseException e) {
      return false;
    }
  }

  /** An unended line at the end is one, too. */
  private long countLines() throws IOException {
    Options all = Options.whole();
    long lines = 0;
    boolean unended = false;
    LogReader counter = new LogReader(file, all);
    counter.openOldest();
    for (Optional<byte[]> r = counter.nextRecord(); r.isPresent(); r = counter.nextRecord()) {
      int streamEnd = indexOf(r.get(), indexOf(r.get(), 0) + 1);
      if (streamEnd > 0 && streamEnd + 1 < r.get().length) {
        unended = r.get()[streamEnd + 1] != 'F';
        lines += unended ? 0 : 1;
      }
    }
    counter.closeChannel();
    return unended ? lines + 1 : lines;
  }

  /**
   * @return the next record without its newline; empty at the end
   */
  private Optional<byte[]> nextRecord() throws IOException {
    while (true) {
      if (overtaken) {
        overtaken = false;
        return Optional.of(notice());
      }
      while (block.hasRemaining()) {
        byte next = block.get();
        if (next == '\n') {
          byte[] line = record.toByteArray();
          record.reset();
          return Optional.of(line);
        }
        record.write(next);
      }
      if (!fill()) {
        return Optional.empty();
      }
    }
  }

  /** As if it had been written now. */
  private byte[] notice() {
    String text = (lineStart ? "" : "\n") + OVERTAKEN;
    return (Instant.now() + " stderr F " + text).getBytes(StandardCharsets.US_ASCII);
  }

  /** Gets more bytes, from the next file if need be. False: the end. */
  private boolean fill() throws IOException {
    while (true) {
      boolean last;
      synchronized (this) {
        if (closed) {
          return false;
        }
        last = ended || !options.follow(); // asked before reading: what came until then is read
      }
      boolean newest = isNewest();
      if (!newest && nextKey.isEmpty()) {
        List<LogFile> files = filesOldestFirst();
        nextKey = indexOfCurrent(files) < 0 ? Optional.empty() : after(files).map(LogFile::key);
      }
      if (readBlock()) {
        return true;
      }
      if (!newest) {
        openNext();
        record.reset();
        if (overtaken) {
          return true;
        }
      } else if (last) {
        return false;
      } else {
        awaitMore();
      }
    }
  }

  private boolean readBlock() throws IOException {
    if (channel == null) {
      return false;
    }
    block.clear();
    int count = channel.read(block);
    block.flip();
    return count > 0;
  }

  private synchronized void awaitMore() {
    if (!ended && !closed) {
      try {
        wait(POLL_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        closed = true;
      }
    }
  }

  private boolean isNewest() throws IOException {
    Optional<Object> newest = keyOf(file);
    return newest.isEmpty() || newest.get().equals(key);
  }

  private void openOldest() throws IOException {
    block.clear().flip();
    record.reset();
    while (true) {
      List<LogFile> files = filesOldestFirst();
      if (files.isEmpty() || tryOpen(files.get(0))) {
        return;
      }
    }
  }

  private record LogFile(Path path, Object key) {}

  /** Goes over to the file after the current one, or to the oldest when that one is gone. */
  private void openNext() throws IOException {
    boolean reading = channel != null;
    Optional<Object> expected = nextKey;
    while (true) {
      Optional<LogFile> next = after(filesOldestFirst());
      if (next.isEmpty()) {
        return;
      }
      if (tryOpen(next.get())) {
        overtaken = reading && !expected.equals(Optional.of(key));
        return;
      }
    }
  }

  /** The one after the current one, or the oldest when that one is gone. */
  private Optional<LogFile> after(List<LogFile> files) {
    int next = indexOfCurrent(files) + 1;
    return next == files.size() ? Optional.empty() : Optional.of(files.get(next));
  }

  private int indexOfCurrent(List<LogFile> files) {
    int mine = -1;
    for (int i = 0; i < files.size(); i++) {
      mine = files.get(i).key.equals(key) ? i : mine;
    }
    return mine;
  }

  /** Listed from the newest on: a rotation meanwhile shows a file twice, but hides none. */
  private List<LogFile> filesOldestFirst() throws IOException {
    List<LogFile> files = new ArrayList<>();
    Set<Object> seen = new HashSet<>();
    for (int n = 0; n < ContainerLog.MAX_FILES; n++) {
      Path path = ContainerLog.rotated(file, n);
      Optional<Object> found = keyOf(path);
      if (found.isPresent() && seen.add(found.get())) {
        files.add(new LogFile(path, found.get()));
      }
    }
    Collections.reverse(files);
    return files;
  }

  /** A rotation puts newer files under a path: the key seen after opening is the opened one's. */
  private boolean tryOpen(LogFile next) throws IOException {
    try {
      FileChannel opened = FileChannel.open(next.path, StandardOpenOption.READ);
      if (!keyOf(next.path).equals(Optional.of(next.key))) {
        opened.close();
        return false;
      }
      closeChannel();
      channel = opened;
      key = next.key;
      nextKey = Optional.empty();
      return true;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private static Optional<Object> keyOf(Path path) throws IOException {
    try {
      return Optional.of(Files.readAttributes(path, BasicFileAttributes.class).fileKey());
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  private void closeChannel() throws IOException {
    if (channel != null) {
      channel.close();
      channel = null;
    }
  }
}
