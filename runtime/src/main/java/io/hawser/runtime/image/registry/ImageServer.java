package io.hawser.runtime.image.registry;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.hawser.runtime.image.ImageFault;
import io.hawser.runtime.image.ImageLibrary;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

/**
 * Serves a node's images to other nodes, for who knows the server's token (sent as the password of
 * basic authentication, or as a bearer). With the cluster's certificates it speaks TLS and asks for
 * the caller's; without, plain HTTP, which is for loopback.
 */
public final class ImageServer implements AutoCloseable {
  /** Requests at once; more wait. */
  public static final int THREADS = 8;

  /** The user name that nodes send; any is accepted. */
  public static final String USER = "node";

  private static final int BUFFER_BYTES = 256 << 10;

  private final ServedImages images;
  private final byte[] token;
  private final HttpServer server;
  private final ExecutorService threads;

  private ImageServer(
      ImageLibrary library, InetSocketAddress address, String token, Optional<SSLContext> tls)
      throws IOException {
    this.images = new ServedImages(library);
    this.token = token.getBytes(StandardCharsets.UTF_8);
    this.server = tls.isPresent() ? secured(address, tls.get()) : HttpServer.create(address, 0);
    this.threads =
        Executors.newFixedThreadPool(
            THREADS,
            task -> {
              Thread thread = new Thread(task, "image-server");
              thread.setDaemon(true);
              return thread;
            });
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  private static HttpServer secured(InetSocketAddress address, SSLContext tls) throws IOException {
    HttpsServer server = HttpsServer.create(address, 0);
    server.setHttpsConfigurator(
        new HttpsConfigurator(tls) {
          @Override
          public void configure(HttpsParameters parameters) {
            SSLParameters own = tls.getDefaultSSLParameters();
            own.setNeedClientAuth(true);
            parameters.setSSLParameters(own);
          }
        });
    return server;
  }

  /**
   * @param address port 0 takes a free one
   * @param tls the cluster's certificates, if it has any
   */
  public static ImageServer start(
      ImageLibrary library, InetSocketAddress address, String token, Optional<SSLContext> tls) {
    if (token.isEmpty()) {
      throw new ImageFault(ImageFault.Kind.BAD_INPUT, "an image server needs a token");
    }
    try {
      return new ImageServer(library, address, token, tls);
    } catch (IOException e) {
      throw ImageFault.of("can't listen on " + address, e);
    }
  }

  public InetSocketAddress address() {
    return server.getAddress();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String method = exchange.getRequestMethod();
      if (!isAuthorized(exchange.getRequestHeaders().getFirst("Authorization"))) {
        exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"hawser\"");
        exchange.sendResponseHeaders(401, -1);
      } else if (method.equals("GET") || method.equals("HEAD")) {
        send(exchange, method.equals("HEAD"));
      } else {
        exchange.sendResponseHeaders(405, -1);
      }
    }
  }

  private boolean isAuthorized(String header) {
    if (header == null) {
      return false;
    }
    String sent = "";
    if (header.startsWith("Bearer ")) {
      sent = header.substring("Bearer ".length());
    } else if (header.startsWith("Basic ")) {
      try {
        byte[] pair = Base64.getDecoder().decode(header.substring("Basic ".length()));
        sent = new String(pair, StandardCharsets.UTF_8).replaceFirst("^[^:]*:", "");
      } catch (IllegalArgumentException e) {
        return false;
      }
    }
    return MessageDigest.isEqual(token, sent.getBytes(StandardCharsets.UTF_8));
  }

  private void send(HttpExchange exchange, boolean headOnly) throws IOException {
    Optional<String> range = Optional.ofNullable(exchange.getRequestHeaders().getFirst("Range"));
    ServedImages.Answer answer = images.answer(exchange.getRequestURI().getPath(), range);
    answer.headers().forEach(exchange.getResponseHeaders()::set);
    if (answer.file().isEmpty() || answer.length() == 0) {
      exchange.sendResponseHeaders(answer.status(), -1);
      return;
    }
    try (FileChannel file = FileChannel.open(answer.file().get())) {
      if (headOnly) {
        exchange.getResponseHeaders().set("Content-Length", Long.toString(answer.length()));
        exchange.sendResponseHeaders(answer.status(), -1);
        return;
      }
      exchange.sendResponseHeaders(answer.status(), answer.length());
      file.position(answer.offset());
      copy(file, exchange.getResponseBody());
    } catch (NoSuchFileException e) {
      // Collected between the look-up and now.
      exchange.sendResponseHeaders(404, -1);
    }
  }

  private static void copy(FileChannel file, OutputStream out) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    var in = Channels.newInputStream(file);
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      out.write(buffer, 0, n);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
