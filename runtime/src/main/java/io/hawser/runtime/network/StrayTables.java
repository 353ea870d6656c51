package io.hawser.runtime.network;

import io.hawser.runtime.kernel.Errno;
import io.hawser.runtime.kernel.Flags;
import io.hawser.runtime.kernel.Kernel;
import io.hawser.runtime.kernel.KernelFault;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Tables of nodes whose bridge is gone: a node makes its bridge first and removes it first, so a
 * purge was killed in between, or somebody else removed the bridge. They would meet no packet, but
 * stay until the machine restarts.
 */
final class StrayTables {
  private static final String PREFIX = "hws-";
  private static final int GET_TABLE = 10 << 8 | 1;
  private static final int NEW_TABLE = 10 << 8;
  private static final short REQUEST_DUMP = 0x301;
  private static final int NLMSG_ERROR = 2;
  private static final int NLMSG_DONE = 3;
  private static final int HEADER_BYTES = 16;
  private static final int NFGENMSG_BYTES = 4;
  private static final byte IPV4 = 2;
  private static final int TABLE_NAME = 1;
  private static final int ANSWER_BYTES = 64 * 1024;
  private static final int ANSWER_TIMEOUT_MILLIS = 10_000;

  private final Kernel kernel;
  private final Predicate<String> bridgeExists;

  StrayTables(Kernel kernel, Predicate<String> bridgeExists) {
    this.kernel = kernel;
    this.bridgeExists = bridgeExists;
  }

  /** Idempotent. */
  void remove() {
    for (String table : names()) {
      if (!bridgeExists.test(table)) {
        Masquerade.remove(kernel, table);
      }
    }
  }

  /**
   * The nodes' tables in this network namespace.
   *
   * @throws KernelFault when the kernel has no nf_tables
   */
  List<String> names() {
    int socket = kernel.netfilterSocket();
    try {
      ByteBuffer buffer = ByteBuffer.allocateDirect(ANSWER_BYTES).order(ByteOrder.nativeOrder());
      buffer.putInt(HEADER_BYTES + NFGENMSG_BYTES).putShort((short) GET_TABLE);
      buffer.putShort(REQUEST_DUMP).putInt(1).putInt(0);
      buffer.put(IPV4).put((byte) 0).putShort((short) 0);
      kernel.write(socket, buffer.flip());
      List<String> names = new ArrayList<>();
      boolean more = true;
      while (more) {
        if (kernel.poll(socket, Flags.POLLIN, ANSWER_TIMEOUT_MILLIS) == 0) {
          throw new KernelFault("nftables(list tables)", Errno.ETIMEDOUT.number());
        }
        kernel.read(socket, buffer.clear());
        more = take(buffer.flip(), names);
      }
      return names.stream().filter(name -> name.startsWith(PREFIX)).toList();
    } finally {
      kernel.close(socket);
    }
  }

  /**
   * @return whether more is to come
   */
  private static boolean take(ByteBuffer answer, List<String> names) {
    for (int at = 0; at + HEADER_BYTES <= answer.limit(); at += padded(answer.getInt(at))) {
      int type = answer.getShort(at + 4) & 0xffff;
      if (type == NLMSG_DONE) {
        return false;
      } else if (type == NLMSG_ERROR) {
        throw new KernelFault("nftables(list tables)", -answer.getInt(at + HEADER_BYTES));
      } else if (type == NEW_TABLE) {
        int attributes = at + HEADER_BYTES + NFGENMSG_BYTES;
        name(answer, attributes, at + answer.getInt(at), names);
      }
    }
    return true;
  }

  private static void name(ByteBuffer answer, int from, int to, List<String> names) {
    for (int at = from; at + 4 <= to; at += padded(answer.getShort(at))) {
      if (answer.getShort(at + 2) == TABLE_NAME) {
        byte[] text = new byte[answer.getShort(at) - 5]; // it ends with a zero
        answer.get(at + 4, text);
        names.add(new String(text, StandardCharsets.US_ASCII));
      }
    }
  }

  private static int padded(int length) {
    return Math.max(4, length + 3 & ~3);
  }
}
