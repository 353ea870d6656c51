package io.hawser.runtime.launch;

import io.hawser.runtime.kernel.Arch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What the launcher will do, as data: named system calls in order, the last of them an {@code
 * execve} or {@code exit_group}. Printing it gives a line for each call, in strace's manner.
 */
public record LaunchPlan(List<Call> calls) {

  /**
   * @param label how an error names this step: {@code mount(proc, /proc)}
   * @param syscall the kernel's name of the call
   * @param ignoreError true: its failure is of no consequence
   * @param endOnZero true: a result of 0 silently ends the launcher (end of file on the gate)
   */
  public record Call(
      String label,
      String syscall,
      List<Argument> arguments,
      boolean ignoreError,
      boolean endOnZero) {
    @Override
    public String toString() {
      return syscall
          + arguments.stream().map(Object::toString).collect(Collectors.joining(", ", "(", ")"))
          + (ignoreError ? "  # may fail" : "");
    }
  }

  public LaunchPlan {
    calls = List.copyOf(calls);
  }

  /**
   * The launcher's program: what {@link Launcher} puts into a memfd for it.
   *
   * @throws IllegalArgumentException when arguments and environment are too large
   */
  public byte[] encode(Arch arch) {
    return LaunchProgram.encode(this, arch);
  }

  /**
   * The same for people to read: of each variable of the environment the name alone, because its
   * value may be secret.
   */
  public LaunchPlan withoutEnvironment() {
    return new LaunchPlan(
        calls.stream().map(c -> c.syscall().equals("execve") ? namesOnly(c) : c).toList());
  }

  private static Call namesOnly(Call execve) {
    List<Argument> arguments = new ArrayList<>(execve.arguments());
    Argument.Texts environment = (Argument.Texts) arguments.get(2);
    arguments.set(
        2,
        new Argument.Texts(
            environment.values().stream().map(v -> v.replaceFirst("(?s)=.*", "=…")).toList()));
    return new Call(
        execve.label(), execve.syscall(), arguments, execve.ignoreError(), execve.endOnZero());
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < calls.size(); i++) {
      text.append('$').append(i).append(" = ").append(calls.get(i)).append('\n');
    }
    return text.toString();
  }

  /** Collects calls. Arguments are numbers, strings, string lists, byte arrays or Arguments. */
  static final class Builder {
    private final List<Call> calls = new ArrayList<>();

    /** A call whose failure ends the launch with {@code <label> failed: <errno>}. */
    Argument.Result call(String label, String syscall, Object... arguments) {
      return add(label, syscall, false, false, arguments);
    }

    /** A call that may fail without consequence. */
    Argument.Result tryCall(String label, String syscall, Object... arguments) {
      return add(label, syscall, true, false, arguments);
    }

    /** A call whose result 0 ends the launcher. */
    void callOrEnd(String label, String syscall, Object... arguments) {
      add(label, syscall, false, true, arguments);
    }

    LaunchPlan build() {
      return new LaunchPlan(calls);
    }

    private Argument.Result add(
        String label, String syscall, boolean ignoreError, boolean endOnZero, Object[] values) {
      List<Argument> arguments = new ArrayList<>();
      for (Object value : values) {
        arguments.add(toArgument(value));
      }
      calls.add(new Call(label, syscall, List.copyOf(arguments), ignoreError, endOnZero));
      return new Argument.Result(calls.size() - 1);
    }

    private static Argument toArgument(Object value) {
      if (value instanceof Argument argument) {
        return argument;
      }
      if (value instanceof Integer || value instanceof Long) {
        return new Argument.Number(((java.lang.Number) value).longValue());
      }
      if (value instanceof String text) {
        return new Argument.Text(text);
      }
      if (value instanceof byte[] bytes) {
        return new Argument.Bytes(bytes);
      }
      if (value instanceof List<?> list) {
        return new Argument.Texts(list.stream().map(String.class::cast).toList());
      }
      throw new IllegalArgumentException("no argument of a system call: " + value);
    }
  }

  /** 64-bit fields one after the other: the shape of most structures used here. */
  static byte[] longs(long... values) {
    ByteBuffer buffer = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (long value : values) {
      buffer.putLong(value);
    }
    return buffer.array();
  }

  /** 32-bit fields one after the other. */
  static byte[] ints(int... values) {
    ByteBuffer buffer = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (int value : values) {
      buffer.putInt(value);
    }
    return buffer.array();
  }
}
