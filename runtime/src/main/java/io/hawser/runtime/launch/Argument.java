package io.hawser.runtime.launch;

import java.util.List;

/** One argument of a planned system call. */
public sealed interface Argument {

  record Number(long value) implements Argument {
    @Override
    public String toString() {
      return value >= 0 && value < 4096 || value < 0 && value > -4096
          ? Long.toString(value)
          : "0x" + Long.toHexString(value);
    }
  }

  /** A C string. */
  record Text(String value) implements Argument {
    @Override
    public String toString() {
      return '"' + value + '"';
    }
  }

  /** A null-terminated array of C strings: argv, envp. */
  record Texts(List<String> values) implements Argument {
    @Override
    public String toString() {
      return values.toString();
    }
  }

  /** A structure, little-endian as both architectures are; calls may write into it. */
  record Bytes(byte[] value) implements Argument {
    @Override
    public String toString() {
      return "{" + value.length + " bytes}";
    }
  }

  /** A {@code struct sock_fprog} over these BPF instructions of 8 bytes each. */
  record Filter(byte[] instructions) implements Argument {
    @Override
    public String toString() {
      return "{" + instructions.length / 8 + " BPF instructions}";
    }
  }

  /** What an earlier call of the plan returned, a descriptor for example. */
  record Result(int call) implements Argument {
    @Override
    public String toString() {
      return "$" + call;
    }
  }
}
