package io.hawser.ops.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A command that runs in a container, over the WebSocket protocol {@code v5.channel.k8s.io}: binary
 * messages whose first byte is the channel (0 stdin, 1 stdout, 2 stderr, 3 final status, 4 terminal
 * size, 255 end of a channel).
 */
public final class ExecConnection implements AutoCloseable {
  /** Largest piece of standard input in one message, in bytes. */
  public static final int MAX_PIECE = 16 * 1024;

  private static final String PROTOCOL = "v5.channel.k8s.io";
  private static final byte STDIN = 0;
  private static final byte STDOUT = 1;
  private static final byte STDERR = 2;
  private static final byte STATUS = 3;
  private static final byte RESIZE = 4;
  private static final byte END = (byte) 255;
  private static final long SEND_SECONDS = 30;
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final WebSocket socket;
  private final CompletableFuture<Integer> exitCode;

  private ExecConnection(WebSocket socket, CompletableFuture<Integer> exitCode) {
    this.socket = socket;
    this.exitCode = exitCode;
  }

  /**
   * Connects; the command has been asked for on return.
   *
   * @param path of the exec subresource with its query
   */
  public static ExecConnection open(
      GatewayClient client, String path, OutputStream out, OutputStream err) {
    // A read first, so that a gateway that is down has been passed over.
    client.get("/version");
    URI target = URI.create(client.current().toString().replaceFirst("^http", "ws") + path);
    CompletableFuture<Integer> exitCode = new CompletableFuture<>();
    WebSocket.Builder builder =
        client
            .http()
            .newWebSocketBuilder()
            .subprotocols(PROTOCOL)
            .connectTimeout(GatewayClient.ANSWER_TIMEOUT);
    client.authorization().ifPresent(value -> builder.header("Authorization", value));
    try {
      WebSocket socket = builder.buildAsync(target, new Listener(out, err, exitCode)).join();
      return new ExecConnection(socket, exitCode);
    } catch (CompletionException e) {
      throw refused(e.getCause());
    }
  }

  private static CommandFailure refused(Throwable cause) {
    if (cause instanceof WebSocketHandshakeException handshake) {
      int code = handshake.getResponse().statusCode();
      Object body = handshake.getResponse().body();
      return ApiStatus.failure(code, body instanceof String text ? text : "");
    }
    return new CommandFailure("exec can't be opened: " + ApiStatus.oneLine(cause), cause);
  }

  /** Sends standard input; blocks until the connection has taken it. */
  public void stdin(byte[] bytes, int length) throws IOException {
    for (int from = 0; from < length; from += MAX_PIECE) {
      int size = Math.min(MAX_PIECE, length - from);
      ByteBuffer message = ByteBuffer.allocate(size + 1).put(STDIN).put(bytes, from, size);
      send(message.flip());
    }
  }

  public void endOfStdin() throws IOException {
    send(ByteBuffer.wrap(new byte[] {END, STDIN}));
  }

  public void resize(int columns, int rows) throws IOException {
    byte[] json =
        ("{\"Width\":" + columns + ",\"Height\":" + rows + "}").getBytes(StandardCharsets.UTF_8);
    send(ByteBuffer.allocate(json.length + 1).put(RESIZE).put(json).flip());
  }

  private synchronized void send(ByteBuffer message) throws IOException {
    try {
      socket.sendBinary(message, true).get(SEND_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new IOException(ApiStatus.oneLine(e.getCause()), e.getCause());
    } catch (TimeoutException e) {
      throw new IOException("the gateway takes no input", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** Waits for the command's end and says its exit code. */
  public int awaitExit() {
    try {
      return exitCode.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof CommandFailure failure) {
        throw failure;
      }
      throw new CommandFailure("the connection broke: " + ApiStatus.oneLine(e.getCause()), e);
    }
  }

  @Override
  public void close() {
    socket.abort();
  }

  /** The exit code in a final status; a failure that is none is thrown. */
  static int exitCodeOf(String statusJson) throws JsonProcessingException {
    JsonNode status = MAPPER.readTree(statusJson);
    if (status.path("status").asText().equals("Success")) {
      return 0;
    }
    for (JsonNode cause : status.path("details").path("causes")) {
      if (cause.path("reason").asText().equals("ExitCode")) {
        return Integer.parseInt(cause.path("message").asText());
      }
    }
    throw new CommandFailure(
        status.path("code").asInt(),
        status.path("reason").asText(""),
        ApiStatus.singleLine(status.path("message").asText("exec failed")),
        null);
  }

  private static final class Listener implements WebSocket.Listener {
    private final OutputStream out;
    private final OutputStream err;
    private final CompletableFuture<Integer> exitCode;
    private final ByteArrayOutputStream message = new ByteArrayOutputStream();

    Listener(OutputStream out, OutputStream err, CompletableFuture<Integer> exitCode) {
      this.out = out;
      this.err = err;
      this.exitCode = exitCode;
    }

    @Override
    public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
      byte[] bytes = new byte[data.remaining()];
      data.get(bytes);
      message.writeBytes(bytes);
      if (last) {
        byte[] whole = message.toByteArray();
        message.reset();
        take(whole);
      }
      socket.request(1);
      return null;
    }

    private void take(byte[] whole) {
      if (whole.length == 0) {
        return;
      }
      try {
        switch (whole[0]) {
          case STDOUT -> write(out, whole);
          case STDERR -> write(err, whole);
          case STATUS ->
              exitCode.complete(
                  exitCodeOf(new String(whole, 1, whole.length - 1, StandardCharsets.UTF_8)));
          default -> {
            // Channels that a later protocol may add.
          }
        }
      } catch (IOException | RuntimeException e) {
        exitCode.completeExceptionally(e);
      }
    }

    private static void write(OutputStream to, byte[] whole) throws IOException {
      to.write(whole, 1, whole.length - 1);
      to.flush();
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      exitCode.completeExceptionally(
          new CommandFailure(
              "the connection ended before the command did"
                  + (reason.isEmpty() ? "" : ": " + ApiStatus.singleLine(reason))));
      return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
      exitCode.completeExceptionally(error);
    }
  }
}
