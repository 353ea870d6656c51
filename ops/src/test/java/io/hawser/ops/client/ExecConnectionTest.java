package io.hawser.ops.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Exec against a WebSocket server of a few lines (RFC 6455), which says what a test wants. */
class ExecConnectionTest {
  private static final String MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private ServerSocket server;

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  @Test
  void outputsAndExitCodeComeByTheirChannels() throws Exception {
    serve(
        message(1, "hello "),
        message(2, "oops"),
        message(1, "world"),
        message(
            3,
            "{\"status\":\"Failure\",\"details\":{\"causes\":[{\"reason\":\"ExitCode\",\"message\":\"3\"}]}}"));
    try (ExecConnection exec = open()) {
      assertThat(exec.awaitExit()).isEqualTo(3);
    }
    assertThat(out).hasToString("hello world");
    assertThat(err).hasToString("oops");
  }

  @Test
  void aConnectionThatEndsFirstIsAFailure() throws Exception {
    serve(message(1, "half"));
    try (ExecConnection exec = open()) {
      assertThatThrownBy(exec::awaitExit).isInstanceOf(CommandFailure.class);
    }
    assertThat(out).hasToString("half");
  }

  private ExecConnection open() {
    URI url = URI.create("http://127.0.0.1:" + server.getLocalPort());
    return ExecConnection.open(new GatewayClient(List.of(url), ""), "/exec", out, err);
  }

  private void serve(byte[]... messages) throws IOException {
    server = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
    Thread thread = new Thread(() -> acceptAll(messages), "websocket-server");
    thread.setDaemon(true);
    thread.start();
  }

  private void acceptAll(byte[][] messages) {
    while (!server.isClosed()) {
      try (Socket socket = server.accept()) {
        answer(socket, messages);
      } catch (Exception e) {
        // The test is over, or its client fails and says why.
      }
    }
  }

  private static void answer(Socket socket, byte[][] messages) throws Exception {
    String head = head(socket.getInputStream());
    OutputStream to = socket.getOutputStream();
    int key = head.indexOf("Sec-WebSocket-Key: ");
    if (key < 0) {
      to.write(
          "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"
              .getBytes(StandardCharsets.US_ASCII));
      return;
    }
    String value = head.substring(key + 19, head.indexOf('\r', key));
    byte[] digest =
        MessageDigest.getInstance("SHA-1")
            .digest((value + MAGIC).getBytes(StandardCharsets.US_ASCII));
    to.write(
        ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Protocol: v5.channel.k8s.io\r\nSec-WebSocket-Accept: "
                + Base64.getEncoder().encodeToString(digest)
                + "\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII));
    for (byte[] message : messages) {
      to.write(0x82);
      to.write(message.length);
      to.write(message);
    }
    to.write(new byte[] {(byte) 0x88, 0});
    to.flush();
    socket.getInputStream().readAllBytes();
  }

  private static String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    int next;
    while (head.indexOf("\r\n\r\n") < 0 && (next = in.read()) >= 0) {
      head.append((char) next);
    }
    return head.toString();
  }

  /** Shorter than 126 bytes, so that its length is one byte on the wire. */
  private static byte[] message(int channel, String text) {
    byte[] bytes = (" " + text).getBytes(StandardCharsets.UTF_8);
    bytes[0] = (byte) channel;
    assertThat(bytes.length).isLessThan(126);
    return bytes;
  }
}
