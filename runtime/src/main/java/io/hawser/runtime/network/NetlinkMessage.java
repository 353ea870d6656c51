package io.hawser.runtime.network;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * Builds one rtnetlink(7) request: a header, a family-specific structure, then attributes, each
 * padded to four bytes and possibly holding others.
 */
final class NetlinkMessage {
  static final int HEADER_BYTES = 16;

  private static final int NLM_F_REQUEST = 1;
  private static final int NLM_F_ACK = 4;
  private static final int MAX_BYTES = 4096;

  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(MAX_BYTES).order(ByteOrder.nativeOrder());
  private final String label;

  /**
   * @param label how an error names the request
   * @param flags NLM_F_CREATE, NLM_F_EXCL and so on; request and acknowledgement are added
   */
  NetlinkMessage(String label, int type, int flags, int sequence) {
    this.label = label;
    buffer.putInt(0).putShort((short) type);
    buffer.putShort((short) (flags | NLM_F_REQUEST | NLM_F_ACK));
    buffer.putInt(sequence).putInt(0);
  }

  String label() {
    return label;
  }

  /** {@code struct ifinfomsg}. */
  NetlinkMessage link(int index, int flags, int change) {
    buffer.put((byte) 0).put((byte) 0).putShort((short) 0);
    buffer.putInt(index).putInt(flags).putInt(change);
    return this;
  }

  /** {@code struct ifaddrmsg} for IPv4. */
  NetlinkMessage address(int prefix, int index) {
    buffer.put((byte) 2).put((byte) prefix).put((byte) 0).put((byte) 0).putInt(index);
    return this;
  }

  /** {@code struct rtmsg} for an IPv4 unicast default route in the main table. */
  NetlinkMessage defaultRoute() {
    byte main = (byte) 254;
    byte byBoot = 3;
    byte universe = 0;
    byte unicast = 1;
    buffer.put((byte) 2).put((byte) 0).put((byte) 0).put((byte) 0);
    buffer.put(main).put(byBoot).put(universe).put(unicast).putInt(0);
    return this;
  }

  NetlinkMessage text(int type, String value) {
    byte[] bytes = value.getBytes(StandardCharsets.US_ASCII);
    return attribute(type, b -> b.put(bytes).put((byte) 0));
  }

  NetlinkMessage number(int type, int value) {
    return attribute(type, b -> b.putInt(value));
  }

  NetlinkMessage bytes(int type, byte[] value) {
    return attribute(type, b -> b.put(value));
  }

  /** An attribute that holds others. */
  NetlinkMessage nested(int type, Consumer<NetlinkMessage> content) {
    return attribute(type, b -> content.accept(this));
  }

  private NetlinkMessage attribute(int type, Consumer<ByteBuffer> content) {
    int start = buffer.position();
    buffer.putShort((short) 0).putShort((short) type);
    content.accept(buffer);
    buffer.putShort(start, (short) (buffer.position() - start));
    while (buffer.position() % 4 != 0) {
      buffer.put((byte) 0);
    }
    return this;
  }

  /** The finished message, ready to be written. */
  ByteBuffer finish() {
    buffer.putInt(0, buffer.position());
    return buffer.flip();
  }
}
