package io.hawser.runtime.launch;

import io.hawser.runtime.kernel.Arch;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A plan in the launcher's format: the table of 80-byte entries (see {@code launcher-amd64.S}),
 * then the strings and structures its arguments point to, for mapping at {@link #BASE}.
 */
final class LaunchProgram {
  static final long BASE = 0x20000000L;
  static final int ENTRY_BYTES = 80;

  /** What the launcher maps. Linux allows 2 MiB of arguments and environment by default. */
  static final int MAX_BYTES = 0x400000;

  private static final int IGNORE_ERROR = 1;
  private static final int END_ON_ZERO = 2;
  private static final int REFERENCE = 1 << 8;
  private static final int RESULT_OFFSET = 64;

  private final ByteBuffer table;
  private final ByteArrayOutputStream data = new ByteArrayOutputStream();
  private final Map<String, Long> texts = new HashMap<>();

  private LaunchProgram(int calls) {
    table = ByteBuffer.allocate(calls * ENTRY_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * @throws IllegalArgumentException when arguments and environment are too large
   */
  static byte[] encode(LaunchPlan plan, Arch arch) {
    LaunchProgram program = new LaunchProgram(plan.calls().size());
    for (int i = 0; i < plan.calls().size(); i++) {
      program.putCall(i * ENTRY_BYTES, plan.calls().get(i), arch);
    }
    if (program.table.capacity() + program.data.size() > MAX_BYTES) {
      throw new IllegalArgumentException(
          "arguments and environment are larger than " + MAX_BYTES + " bytes");
    }
    byte[] table = program.table.array();
    byte[] data = program.data.toByteArray();
    ByteBuffer whole = ByteBuffer.allocate(table.length + data.length);
    return whole.put(table).put(data).array();
  }

  private void putCall(int at, LaunchPlan.Call call, Arch arch) {
    int flags = (call.ignoreError() ? IGNORE_ERROR : 0) | (call.endOnZero() ? END_ON_ZERO : 0);
    table.putLong(at, arch.number(call.syscall()));
    for (int k = 0; k < call.arguments().size(); k++) {
      Argument argument = call.arguments().get(k);
      table.putLong(at + 8 + 8 * k, valueOf(argument));
      if (argument instanceof Argument.Result) {
        flags |= REFERENCE << k;
      }
    }
    table.putLong(at + 56, flags);
  }

  private long valueOf(Argument argument) {
    if (argument instanceof Argument.Number number) {
      return number.value();
    }
    if (argument instanceof Argument.Text text) {
      return text(text.value());
    }
    if (argument instanceof Argument.Texts list) {
      return texts(list.values());
    }
    if (argument instanceof Argument.Bytes bytes) {
      return append(bytes.value());
    }
    if (argument instanceof Argument.Filter filter) {
      long instructions = append(filter.instructions());
      return append(LaunchPlan.longs(filter.instructions().length / 8, instructions));
    }
    Argument.Result result = (Argument.Result) argument;
    return BASE + (long) result.call() * ENTRY_BYTES + RESULT_OFFSET;
  }

  private long text(String text) {
    return texts.computeIfAbsent(
        text,
        value -> {
          byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
          return append(Arrays.copyOf(bytes, bytes.length + 1));
        });
  }

  private long texts(List<String> values) {
    long[] addresses = new long[values.size() + 1];
    for (int i = 0; i < values.size(); i++) {
      addresses[i] = text(values.get(i));
    }
    return append(LaunchPlan.longs(addresses));
  }

  private long append(byte[] bytes) {
    while (data.size() % 16 != 0) {
      data.write(0);
    }
    long address = BASE + table.capacity() + data.size();
    data.write(bytes, 0, bytes.length);
    return address;
  }
}
