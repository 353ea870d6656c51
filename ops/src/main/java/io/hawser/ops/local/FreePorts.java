package io.hawser.ops.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/** Chooses TCP ports on loopback that nobody listens on, all different while it is open. */
final class FreePorts implements AutoCloseable {
  private final List<ServerSocket> held = new ArrayList<>();

  /** The preferred port when it is free, else one that the kernel chooses. */
  int choose(int preferred) {
    try {
      return hold(preferred);
    } catch (IOException taken) {
      try {
        return hold(0);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private int hold(int port) throws IOException {
    // Without this a port in TIME_WAIT counts as taken; the nodes set it as well.
    ServerSocket socket = new ServerSocket();
    try {
      socket.setReuseAddress(true);
      socket.bind(new java.net.InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    } catch (IOException e) {
      socket.close();
      throw e;
    }
    held.add(socket);
    return socket.getLocalPort();
  }

  @Override
  public void close() {
    for (ServerSocket socket : held) {
      try {
        socket.close();
      } catch (IOException e) {
        // Nothing was accepted on it.
      }
    }
  }
}
