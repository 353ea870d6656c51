package io.hawser.ops.cli;

import io.hawser.ops.client.ExecConnection;
import io.hawser.ops.client.GatewayClient;
import java.io.IOException;
import java.io.InputStream;

/** Joins this command's own streams, or its terminal, with a session in a container. */
final class SessionTerminal {
  private SessionTerminal() {}

  /**
   * Until the session's end.
   *
   * @param path of the exec or attach subresource with its query
   * @return the exit code that the session's final status tells
   */
  static int run(
      GatewayClient client, String path, boolean stdin, boolean tty, Hawser.Streams streams) {
    try (UserTerminal terminal = tty ? UserTerminal.open() : UserTerminal.none();
        ExecConnection connected =
            ExecConnection.open(client, path, streams.out(), streams.err())) {
      terminal.onSize(
          (columns, rows) -> {
            try {
              connected.resize(columns, rows);
            } catch (IOException e) {
              // The connection's end is told by awaitExit.
            }
          });
      if (stdin) {
        Thread input = new Thread(() -> passInput(streams.in(), connected), "session-stdin");
        input.setDaemon(true);
        input.start();
      }
      return connected.awaitExit();
    }
  }

  private static void passInput(InputStream in, ExecConnection connected) {
    byte[] piece = new byte[ExecConnection.MAX_PIECE];
    try {
      int length;
      while ((length = in.read(piece)) >= 0) {
        connected.stdin(piece, length);
      }
      connected.endOfStdin();
    } catch (IOException e) {
      // The session ended before its input did.
    }
  }
}
