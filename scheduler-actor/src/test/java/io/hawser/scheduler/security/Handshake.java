package io.hawser.scheduler.security;

import java.io.IOException;
import java.net.InetAddress;
import java.security.cert.X509Certificate;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

/** One connection over loopback, a byte each way, with the client's certificate asked for. */
final class Handshake {
  private static final int TIMEOUT_MILLIS = 10_000;

  private Handshake() {}

  /** The certificate that the server showed. Fails when either side refuses the other. */
  static X509Certificate between(SSLContext server, SSLContext client) throws Exception {
    try (SSLServerSocket listening =
        (SSLServerSocket)
            server
                .getServerSocketFactory()
                .createServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      listening.setNeedClientAuth(true);
      listening.setSoTimeout(TIMEOUT_MILLIS);
      CompletableFuture.runAsync(() -> echo(listening));
      try (SSLSocket socket =
          (SSLSocket)
              client
                  .getSocketFactory()
                  .createSocket(listening.getInetAddress(), listening.getLocalPort())) {
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.getOutputStream().write(7);
        if (socket.getInputStream().read() != 7) {
          throw new IOException("the server hung up");
        }
        return (X509Certificate) socket.getSession().getPeerCertificates()[0];
      }
    }
  }

  private static void echo(SSLServerSocket listening) {
    try (SSLSocket socket = (SSLSocket) listening.accept()) {
      socket.setSoTimeout(TIMEOUT_MILLIS);
      socket.getOutputStream().write(socket.getInputStream().read());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
