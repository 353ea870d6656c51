package io.hawser.runtime.kernel;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/**
 * Zeroed memory outside the heap for one call's structures. It is freed when unreachable, so it is
 * used in a try block, whose end keeps it reachable until the call has returned.
 */
final class NativeMemory implements AutoCloseable {
  private static final Runtime RUNTIME = Runtime.getRuntime(Libc.INSTANCE);

  private final Pointer memory;
  private final int size;
  private int used;

  NativeMemory(int size) {
    this.size = size;
    this.memory = Memory.allocateDirect(RUNTIME, size, true);
  }

  static int lastError() {
    return RUNTIME.getLastError();
  }

  /** The address of a direct buffer's first byte, position and limit ignored. */
  static long addressOf(ByteBuffer direct) {
    return Pointer.wrap(RUNTIME, direct).address();
  }

  long allocate(int bytes) {
    int at = (used + 15) & ~15;
    if (at + bytes > size) {
      throw new IllegalStateException("native memory of " + size + " bytes is too small");
    }
    used = at + bytes;
    return memory.address() + at;
  }

  /** A C string; 0 for null. */
  long text(String text) {
    if (text == null) {
      return 0;
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    long address = allocate(bytes.length + 1);
    memory.put(address - memory.address(), bytes, 0, bytes.length);
    return address;
  }

  long bytes(byte[] bytes) {
    long address = allocate(Math.max(1, bytes.length));
    memory.put(address - memory.address(), bytes, 0, bytes.length);
    return address;
  }

  /** An array of C strings that ends with null. */
  long texts(List<String> texts) {
    long vector = allocate(8 * (texts.size() + 1));
    for (int i = 0; i < texts.size(); i++) {
      putLong(vector + 8L * i, text(texts.get(i)));
    }
    return vector;
  }

  void putLong(long address, long value) {
    memory.putLong(address - memory.address(), value);
  }

  void putInt(long address, int value) {
    memory.putInt(address - memory.address(), value);
  }

  void putShort(long address, int value) {
    memory.putShort(address - memory.address(), (short) value);
  }

  void put(long address, byte[] bytes) {
    memory.put(address - memory.address(), bytes, 0, bytes.length);
  }

  long getLong(long address) {
    return memory.getLong(address - memory.address());
  }

  int getInt(long address) {
    return memory.getInt(address - memory.address());
  }

  void get(long address, byte[] into) {
    memory.get(address - memory.address(), into, 0, into.length);
  }

  @Override
  public void close() {
    Reference.reachabilityFence(memory);
  }

  short getShort(long address) {
    return memory.getShort(address - memory.address());
  }
}
