package io.hawser.runtime.network;

import io.hawser.runtime.kernel.Errno;
import io.hawser.runtime.kernel.Flags;
import io.hawser.runtime.kernel.Kernel;
import io.hawser.runtime.kernel.KernelFault;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** One nf_tables transaction: all of its messages take effect, or none. */
final class NfTables implements AutoCloseable {
  static final int CREATE = 0x400;
  static final int APPEND = 0x800;

  private static final int NLM_F_REQUEST = 1;
  private static final int NLM_F_ACK = 4;
  private static final int NLMSG_ERROR = 2;
  private static final int BATCH_BEGIN = 0x10;
  private static final int BATCH_END = 0x11;
  private static final int SUBSYSTEM = 10;
  private static final int IPV4 = 2;
  private static final int MAX_BYTES = 160 * 1024;
  private static final int ANSWER_TIMEOUT_MILLIS = 10_000;

  /** Fills a message or a nested attribute. */
  interface Content {
    void fill(Attributes to);
  }

  /** Appends netlink attributes; numbers are big-endian here, unlike rtnetlink's. */
  final class Attributes {
    Attributes text(int type, String value) {
      byte[] bytes = (value + "\0").getBytes(StandardCharsets.US_ASCII);
      return bytes(type, bytes);
    }

    Attributes bigEndian(int type, int value) {
      return bytes(type, ByteBuffer.allocate(4).putInt(value).array());
    }

    Attributes bytes(int type, byte[] value) {
      return attribute(type, to -> buffer.put(value));
    }

    Attributes nested(int type, Content content) {
      return attribute(type | NLA_F_NESTED, content);
    }

    private Attributes attribute(int type, Content content) {
      int start = buffer.position();
      buffer.putShort((short) 0).putShort((short) type);
      content.fill(this);
      buffer.putShort(start, (short) (buffer.position() - start));
      pad();
      return this;
    }
  }

  private static final int NLA_F_NESTED = 0x8000;

  private final Kernel kernel;
  private final int socket;
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(MAX_BYTES).order(ByteOrder.nativeOrder());
  private final Attributes attributes = new Attributes();
  private int messages;

  NfTables(Kernel kernel) {
    this.kernel = kernel;
    this.socket = kernel.netfilterSocket();
    message(BATCH_BEGIN, 0, 0, SUBSYSTEM, to -> {});
  }

  /** Adds a message that is acknowledged. */
  void add(int type, int flags, Content content) {
    messages++;
    message(SUBSYSTEM << 8 | type, flags | NLM_F_ACK, IPV4, 0, content);
  }

  private void message(int type, int flags, int family, int resource, Content content) {
    int start = buffer.position();
    buffer.putInt(0).putShort((short) type).putShort((short) (flags | NLM_F_REQUEST));
    buffer.putInt(messages).putInt(0);
    buffer.put((byte) family).put((byte) 0);
    buffer.put((byte) (resource >> 8)).put((byte) resource); // big-endian
    content.fill(attributes);
    buffer.putInt(start, buffer.position() - start);
    pad();
  }

  private void pad() {
    while (buffer.position() % 4 != 0) {
      buffer.put((byte) 0);
    }
  }

  /**
   * @throws KernelFault with the first error; nothing has changed then
   */
  void commit(String label) {
    message(BATCH_END, 0, 0, SUBSYSTEM, to -> {});
    kernel.write(socket, buffer.flip());
    int acknowledged = 0;
    while (acknowledged < messages) {
      if (kernel.poll(socket, Flags.POLLIN, ANSWER_TIMEOUT_MILLIS) == 0) {
        throw new KernelFault(label, Errno.ETIMEDOUT.number());
      }
      kernel.read(socket, buffer.clear());
      int end = buffer.position();
      for (int at = 0; at + 20 <= end; at += (buffer.getInt(at) + 3) & ~3) {
        if (buffer.getShort(at + 4) == NLMSG_ERROR) {
          int errno = -buffer.getInt(at + 16);
          if (errno != 0) {
            throw new KernelFault(label, errno);
          }
          acknowledged++;
        }
      }
    }
  }

  @Override
  public void close() {
    kernel.close(socket);
  }
}
