package io.hawser.runtime.log;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes one container's log in the CRI format and rotates it by size. Only the pump's thread uses
 * it. It never fails its caller: what can't be written (a full disk) is dropped and counted, and
 * the next line that can be written is preceded by one that says how much was lost.
 */
final class ContainerLog {
  static final long MAX_FILE_BYTES = 10L * 1024 * 1024;

  /** The current file and four older ones. */
  static final int MAX_FILES = 5;

  private static final Logger LOG = LoggerFactory.getLogger(ContainerLog.class);
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.nnnnnnnnn'Z'").withZone(ZoneOffset.UTC);

  private final Path file;
  private final long maxFileBytes;
  private final ByteArrayOutputStream batch = new ByteArrayOutputStream();
  private FileChannel channel;
  private long size;
  private long lostBytes;
  private byte[] time = new byte[0];

  ContainerLog(Path file) {
    this(file, MAX_FILE_BYTES);
  }

  ContainerLog(Path file, long maxFileBytes) {
    this.file = file;
    this.maxFileBytes = maxFileBytes;
  }

  /** The name of the n-th older file; 0 is the current one. */
  static Path rotated(Path file, int n) {
    return n == 0 ? file : file.resolveSibling(file.getFileName() + "." + n);
  }

  /** Starts a batch of lines that share a time stamp. */
  void begin(Instant now) {
    time = TIME.format(now).getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * Adds a line to the batch.
   *
   * @param whole false: the line goes on in the next record (tag P instead of F)
   */
  void add(String stream, boolean whole, byte[] bytes, int from, int to) {
    if (size + batch.size() > maxFileBytes) {
      commit();
      rotate();
    }
    batch.writeBytes(time);
    batch.writeBytes((" " + stream + (whole ? " F " : " P ")).getBytes(StandardCharsets.US_ASCII));
    batch.write(bytes, from, to - from);
    batch.write('\n');
  }

  /** Writes the batch. */
  void commit() {
    if (batch.size() == 0) {
      return;
    }
    byte[] bytes = batch.toByteArray();
    batch.reset();
    try {
      open();
      if (lostBytes > 0) {
        writeOrUndo(lossNotice());
        lostBytes = 0;
      }
      writeOrUndo(bytes);
    } catch (IOException e) {
      if (lostBytes == 0) {
        LOG.warn("log {} can't be written, output is dropped: {}", file, e.getMessage());
      }
      lostBytes += bytes.length;
    }
  }

  private byte[] lossNotice() {
    String text = " stderr F [hawser: " + lostBytes + " bytes of output could not be written]\n";
    return (new String(time, StandardCharsets.US_ASCII) + text).getBytes(StandardCharsets.US_ASCII);
  }

  /** All or nothing, so that no torn line is left in front of the next. */
  private void writeOrUndo(byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    try {
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      size += bytes.length;
    } catch (IOException e) {
      channel.truncate(size);
      throw e;
    }
  }

  private void open() throws IOException {
    if (channel == null) {
      channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
      size = channel.size();
      endTornRecord();
    }
  }

  /** A crash of the machine may have cut the last record: the next one starts on its own line. */
  private void endTornRecord() throws IOException {
    if (size == 0) {
      return;
    }
    try (FileChannel reader = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer last = ByteBuffer.allocate(1);
      reader.read(last, size - 1);
      if (last.get(0) != '\n') {
        channel.write(ByteBuffer.wrap(new byte[] {'\n'}));
        size++;
      }
    }
  }

  private void rotate() {
    try {
      if (channel != null) {
        channel.close();
        channel = null;
      }
      for (int n = MAX_FILES - 2; n >= 0; n--) {
        if (Files.exists(rotated(file, n))) {
          Files.move(
              rotated(file, n),
              rotated(file, n + 1),
              StandardCopyOption.ATOMIC_MOVE,
              StandardCopyOption.REPLACE_EXISTING);
        }
      }
      size = 0;
    } catch (IOException e) { // goes on in the same file: better too long than lost
      LOG.warn("log {} can't be rotated: {}", file, e.getMessage());
    }
  }

  void close() {
    commit();
    try {
      if (channel != null) {
        channel.close();
        channel = null;
      }
    } catch (IOException e) {
      LOG.warn("log {} can't be closed: {}", file, e.getMessage());
    }
  }
}
