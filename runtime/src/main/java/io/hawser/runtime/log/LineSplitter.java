package io.hawser.runtime.log;

import java.util.Arrays;

/** Cuts one stream's bytes into lines; longer ones into pieces of {@link #MAX_LINE_BYTES}. */
final class LineSplitter {
  static final int MAX_LINE_BYTES = 16 * 1024;

  private final String stream;
  private final ContainerLog log;
  private byte[] pending = new byte[0];

  LineSplitter(String stream, ContainerLog log) {
    this.stream = stream;
    this.log = log;
  }

  void accept(byte[] bytes, int length) {
    int start = 0;
    for (int i = 0; i < length; i++) {
      if (bytes[i] == '\n') {
        emit(true, bytes, start, i);
        start = i + 1;
      } else if (pending.length + i - start + 1 >= MAX_LINE_BYTES) {
        emit(false, bytes, start, i + 1);
        start = i + 1;
      }
    }
    append(bytes, start, length);
  }

  /** What has come without a newline at the end of the stream. */
  void finish() {
    if (pending.length > 0) {
      emit(false, new byte[0], 0, 0);
    }
  }

  private void emit(boolean whole, byte[] bytes, int from, int to) {
    if (pending.length == 0) {
      log.add(stream, whole, bytes, from, to);
      return;
    }
    append(bytes, from, to);
    log.add(stream, whole, pending, 0, pending.length);
    pending = new byte[0];
  }

  private void append(byte[] bytes, int from, int to) {
    if (from < to) {
      int old = pending.length;
      pending = Arrays.copyOf(pending, old + to - from);
      System.arraycopy(bytes, from, pending, old, to - from);
    }
  }
}
