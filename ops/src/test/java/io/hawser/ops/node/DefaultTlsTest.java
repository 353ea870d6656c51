package io.hawser.ops.node;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hawser.cluster.security.NodeTls;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DefaultTlsTest {
  private static final int PATIENCE_MILLIS = (int) Duration.ofSeconds(20).toMillis();

  private final SSLContext before;

  DefaultTlsTest() throws NoSuchAlgorithmException {
    before = SSLContext.getDefault();
  }

  @AfterEach
  void restore() {
    SSLContext.setDefault(before);
  }

  @Test
  void codeThatNamesNoTrustReachesNobodyNotEvenWhoWasTrustedBefore(@TempDir Path dir)
      throws IOException {
    NodeSecurity.found(dir, "n1", "127.0.0.1");
    SSLContext ours = NodeTls.open(dir).context();
    try (SSLServerSocket server =
        (SSLServerSocket)
            ours.getServerSocketFactory()
                .createServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Thread answers = new Thread(() -> answer(server), "tls-server");
      answers.start();
      SSLContext.setDefault(ours);
      assertThatCode(() -> handshake(server)).doesNotThrowAnyException();

      DefaultTls.trustNobody();

      assertThatThrownBy(() -> handshake(server)).isInstanceOf(SSLHandshakeException.class);
    }
  }

  private static void handshake(SSLServerSocket server)
      throws IOException, NoSuchAlgorithmException {
    try (SSLSocket socket =
        (SSLSocket)
            SSLContext.getDefault()
                .getSocketFactory()
                .createSocket(server.getInetAddress(), server.getLocalPort())) {
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket.startHandshake();
    }
  }

  /** Until the server is closed; a client that refuses is none of its business. */
  private static void answer(SSLServerSocket server) {
    while (!server.isClosed()) {
      try (SSLSocket client = (SSLSocket) server.accept()) {
        client.setSoTimeout(PATIENCE_MILLIS);
        client.startHandshake();
        client.getInputStream().read();
      } catch (IOException refused) {
        // The next one.
      }
    }
  }
}
