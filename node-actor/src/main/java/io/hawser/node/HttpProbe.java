package io.hawser.node;

import io.hawser.model.Probe;
import io.hawser.node.ProbeRunner.Result;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * Probes over TCP. An own small HTTP/1.1 client because a probe must leave no connection open in
 * the container and may set the Host header, neither of which java.net.http can do. Only the status
 * line is read; redirects are a success and are not followed.
 */
final class HttpProbe {
  private static final int OK_FROM = 200;
  private static final int OK_BELOW = 400;

  private HttpProbe() {}

  /** Succeeds once the connection is open. Takes no thread. */
  static CompletionStage<Result> tcp(InetSocketAddress address, Duration timeout) {
    return exchange(address, Optional.empty(), timeout);
  }

  /** Takes no thread. */
  static CompletionStage<Result> http(
      Probe.HttpGet get, InetSocketAddress address, Duration timeout) {
    return exchange(address, Optional.of(request(get, address)), timeout);
  }

  /** Blocks. The server's certificate is not checked, as in Kubernetes. */
  static Result https(Probe.HttpGet get, InetSocketAddress address, Duration timeout)
      throws IOException {
    int millis = (int) timeout.toMillis();
    try (Socket plain = new Socket()) {
      plain.connect(address, millis);
      plain.setSoTimeout(millis);
      try (Socket socket =
          anyCertificate()
              .getSocketFactory()
              .createSocket(plain, address.getHostString(), address.getPort(), false)) {
        socket.getOutputStream().write(request(get, address));
        ByteBuffer response = ByteBuffer.allocate(NodeLimits.PROBE_RESPONSE_BYTES);
        int read;
        while (response.hasRemaining()
            && (read =
                    socket
                        .getInputStream()
                        .read(response.array(), response.position(), response.remaining()))
                > 0) {
          response.position(response.position() + read);
          Optional<Result> result = verdict(response);
          if (result.isPresent()) {
            return result.get();
          }
        }
      }
    }
    return Result.failure("HTTPS probe failed: the response has no status line");
  }

  static byte[] request(Probe.HttpGet get, InetSocketAddress address) {
    StringBuilder text = new StringBuilder();
    String path = get.path().startsWith("/") ? get.path() : "/" + get.path();
    text.append("GET ").append(path).append(" HTTP/1.1\r\n");
    if (get.headers().stream().noneMatch(h -> h.name().equalsIgnoreCase("Host"))) {
      text.append("Host: ").append(address.getHostString()).append(':').append(address.getPort());
      text.append("\r\n");
    }
    if (get.headers().stream().noneMatch(h -> h.name().equalsIgnoreCase("User-Agent"))) {
      text.append("User-Agent: hawser-probe\r\n");
    }
    get.headers().forEach(h -> text.append(h.name()).append(": ").append(h.value()).append("\r\n"));
    text.append("Accept: */*\r\nConnection: close\r\n\r\n");
    return text.toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  /** The probe's result once the status line is there. */
  static Optional<Result> verdict(ByteBuffer response) {
    String text = new String(response.array(), 0, response.position(), StandardCharsets.ISO_8859_1);
    int end = text.indexOf('\n');
    if (end < 0) {
      return response.hasRemaining()
          ? Optional.empty()
          : Optional.of(Result.failure("HTTP probe failed: the status line is too long"));
    }
    String[] words = text.substring(0, end).trim().split(" ", 3);
    if (words.length < 2 || !words[0].startsWith("HTTP/1.") || !words[1].matches("[1-9]\\d\\d")) {
      return Optional.of(Result.failure("HTTP probe failed: the answer is not HTTP/1.x"));
    }
    int code = Integer.parseInt(words[1]);
    return Optional.of(
        code >= OK_FROM && code < OK_BELOW
            ? Result.SUCCESS
            : Result.failure("HTTP probe failed with statuscode: " + code));
  }

  private static CompletionStage<Result> exchange(
      InetSocketAddress address, Optional<byte[]> request, Duration timeout) {
    CompletableFuture<Result> result = new CompletableFuture<>();
    if (address.isUnresolved()) {
      return CompletableFuture.completedFuture(
          Result.failure(
              "probe's host \""
                  + address.getHostString()
                  + "\" must be an address: names are not"
                  + " looked up"));
    }
    try {
      AsynchronousSocketChannel channel = AsynchronousSocketChannel.open();
      result
          .completeOnTimeout(
              Result.failure(
                  "no answer from "
                      + address.getHostString()
                      + ":"
                      + address.getPort()
                      + " within "
                      + timeout.toSeconds()
                      + " s"),
              timeout.toMillis(),
              TimeUnit.MILLISECONDS)
          .whenComplete((done, failed) -> close(channel));
      channel.connect(address, null, new Connected(channel, request, result, address));
    } catch (IOException | RuntimeException e) {
      result.complete(Result.failure("can't connect to " + address + ": " + e.getMessage()));
    }
    return result;
  }

  private static void close(AsynchronousSocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      // Nothing is lost with it.
    }
  }

  /** The steps of one exchange: connected, then written, then read until the verdict is clear. */
  private record Connected(
      AsynchronousSocketChannel channel,
      Optional<byte[]> request,
      CompletableFuture<Result> result,
      InetSocketAddress address)
      implements CompletionHandler<Void, Void> {

    @Override
    public void completed(Void nothing, Void attachment) {
      if (request.isEmpty()) {
        result.complete(Result.SUCCESS);
        return;
      }
      write(ByteBuffer.wrap(request.get()));
    }

    @Override
    public void failed(Throwable failure, Void attachment) {
      if (!(failure instanceof AsynchronousCloseException)) {
        result.complete(
            Result.failure(
                "dial tcp "
                    + address.getHostString()
                    + ":"
                    + address.getPort()
                    + ": "
                    + failure.getMessage()));
      }
    }

    private void write(ByteBuffer bytes) {
      channel.write(
          bytes,
          null,
          then(
              count -> {
                if (bytes.hasRemaining()) {
                  write(bytes);
                } else {
                  read(ByteBuffer.allocate(NodeLimits.PROBE_RESPONSE_BYTES));
                }
              }));
    }

    private void read(ByteBuffer response) {
      channel.read(
          response,
          null,
          then(
              count -> {
                Optional<Result> verdict = verdict(response);
                if (verdict.isPresent()) {
                  result.complete(verdict.get());
                } else if (count < 0) {
                  result.complete(
                      Result.failure("HTTP probe failed: the connection ended without an answer"));
                } else {
                  read(response);
                }
              }));
    }

    private CompletionHandler<Integer, Void> then(java.util.function.IntConsumer next) {
      return new CompletionHandler<>() {
        @Override
        public void completed(Integer count, Void attachment) {
          next.accept(count);
        }

        @Override
        public void failed(Throwable failure, Void attachment) {
          Connected.this.failed(failure, attachment);
        }
      };
    }
  }

  private static SSLContext anyCertificate() throws IOException {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {new TrustsAll()}, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException("TLS is not available", e);
    }
  }

  private static final class TrustsAll implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
