package io.hawser.ops.node;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** A port in front of another one; what is sent through it arrives late. */
final class DelayedPort implements AutoCloseable {
  private final ServerSocket server;
  private final int target;
  private final long delayMillis;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  DelayedPort(int target, long delayMillis) throws IOException {
    this.target = target;
    this.delayMillis = delayMillis;
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    start(this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  private static void start(Runnable task) {
    Thread thread = new Thread(task, "delayed-port");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    try {
      while (true) {
        Socket near = server.accept();
        open.add(near);
        Socket far = new Socket(InetAddress.getLoopbackAddress(), target);
        open.add(far);
        start(() -> copy(near, far, delayMillis));
        start(() -> copy(far, near, 0));
      }
    } catch (IOException closed) {
      close();
    }
  }

  private static void copy(Socket from, Socket to, long delayMillis) {
    ScheduledExecutorService later = Executors.newSingleThreadScheduledExecutor();
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] buffer = new byte[64 << 10];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        byte[] piece = Arrays.copyOf(buffer, n);
        later.schedule(() -> write(out, piece), delayMillis, TimeUnit.MILLISECONDS);
      }
    } catch (IOException closed) {
      // The other direction ends, too: both sockets are closed.
    } finally {
      later.shutdownNow();
    }
  }

  private static Void write(OutputStream out, byte[] piece) throws IOException {
    out.write(piece);
    return null;
  }

  @Override
  public void close() {
    try {
      server.close();
      for (Socket socket : open) {
        socket.close();
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
