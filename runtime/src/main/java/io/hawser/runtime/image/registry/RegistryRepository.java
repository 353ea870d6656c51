package io.hawser.runtime.image.registry;

import io.hawser.runtime.image.Digest;
import io.hawser.runtime.image.ImageFault;
import io.hawser.runtime.image.oci.Descriptor;
import io.hawser.runtime.image.oci.MediaTypes;
import io.hawser.runtime.image.oci.OciJson;
import io.hawser.runtime.image.store.Arrival;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.LongConsumer;

/** Reads one repository of a registry; source: OCI distribution specification, "Pull". */
final class RegistryRepository {
  private static final String ACCEPT = String.join(", ", MediaTypes.MANIFESTS);
  private static final String SCHEMA_1 = "application/vnd.docker.distribution.manifest.v1";
  private static final int BUFFER_BYTES = 256 << 10;

  /** A transfer that again and again brings a little must end some time. */
  private static final int MAX_RESUMES = 100;

  private final RegistryHttp http;
  private final RegistryEndpoint endpoint;
  private final String doing;

  /**
   * @param doing for errors
   */
  RegistryRepository(RegistryHttp http, RegistryEndpoint endpoint, String doing) {
    this.http = http;
    this.endpoint = endpoint;
    this.doing = doing;
  }

  RegistryEndpoint endpoint() {
    return endpoint;
  }

  /**
   * A manifest or index.
   *
   * @param descriptor of the bytes as they came, with their true digest
   */
  record Document(Descriptor descriptor, byte[] bytes) {}

  /**
   * Gets a manifest or index by tag or digest.
   *
   * @param digest what the content must have; none for a tag
   */
  Document manifest(String reference, Optional<Digest> digest) {
    RetryPolicy retry = http.settings().retry();
    for (int attempt = 1; ; attempt++) {
      try {
        return manifestOnce(reference, digest);
      } catch (IOException e) {
        ImageFault fault = http.unreachable(call("manifests/" + reference, "GET"), e);
        if (attempt >= retry.attempts()) {
          throw fault;
        }
        RegistryHttp.pause(retry.pause(attempt, java.time.Duration.ZERO));
      }
    }
  }

  private Document manifestOnce(String reference, Optional<Digest> digest) throws IOException {
    RegistryHttp.Call call =
        new RegistryHttp.Call(
            endpoint,
            doing,
            "pull",
            () ->
                HttpRequest.newBuilder(endpoint.uri("manifests/" + reference))
                    .setHeader("Accept", ACCEPT));
    HttpResponse<InputStream> response = http.send(call);
    if (response.statusCode() != 200) {
      throw http.refusal(call, response);
    }
    byte[] bytes = boundedBody(response);
    verify(bytes, digest, response);
    String announced = response.headers().firstValue("Content-Type").orElse("");
    String type = OciJson.mediaTypeOf(bytes, announced);
    if (!MediaTypes.isIndex(type) && !MediaTypes.isManifest(type)) {
      String what = type.startsWith(SCHEMA_1) || type.isEmpty() ? "schema 1 or unknown" : type;
      throw new ImageFault(
          ImageFault.Kind.BAD_INPUT,
          doing + ": the manifest's media type is not supported: " + what);
    }
    Digest actual = digest.orElseGet(() -> Digest.of(bytes));
    return new Document(new Descriptor(type, actual, bytes.length), bytes);
  }

  private byte[] boundedBody(HttpResponse<InputStream> response) throws IOException {
    long announced = response.headers().firstValueAsLong("Content-Length").orElse(-1);
    try (InputStream body = new StallGuard(response.body(), http.settings().stallTimeout())) {
      if (announced <= OciJson.MAX_DOCUMENT_BYTES) {
        byte[] bytes = body.readNBytes(OciJson.MAX_DOCUMENT_BYTES + 1);
        if (announced >= 0 && bytes.length < announced) {
          throw new EOFException("the manifest was cut off");
        }
        if (bytes.length <= OciJson.MAX_DOCUMENT_BYTES) {
          return bytes;
        }
      }
      throw new ImageFault(
          ImageFault.Kind.TOO_LARGE,
          doing
              + ": the manifest has "
              + (announced >= 0 ? announced + " bytes" : "no end")
              + "; at most "
              + OciJson.MAX_DOCUMENT_BYTES
              + " bytes are read");
    }
  }

  private void verify(byte[] bytes, Optional<Digest> digest, HttpResponse<?> response) {
    Optional<Digest> expected =
        digest.or(() -> response.headers().firstValue("Docker-Content-Digest").map(Digest::parse));
    if (expected.isPresent()) {
      Digest actual = Digest.finish(expected.get().algorithm(), hashed(expected.get(), bytes));
      if (!actual.equals(expected.get())) {
        throw new ImageFault(
            ImageFault.Kind.CORRUPT,
            doing + ": the manifest has the digest " + actual + " instead of " + expected.get());
      }
    }
  }

  private static java.security.MessageDigest hashed(Digest digest, byte[] bytes) {
    var hasher = digest.hasher();
    hasher.update(bytes);
    return hasher;
  }

  /**
   * Gets a blob, going on where it broke off, until it is whole or the tries without any progress
   * are used up.
   *
   * @param progress hears how many bytes are here
   */
  void blob(Arrival arrival, Descriptor blob, LongConsumer progress) throws IOException {
    RetryPolicy retry = http.settings().retry();
    int fruitless = 0;
    for (int tries = 0; arrival.received() < blob.size() || blob.size() == 0; tries++) {
      long before = arrival.received();
      try {
        rest(arrival, blob, progress);
        if (arrival.received() >= blob.size()) {
          return;
        }
        throw new EOFException("no more came");
      } catch (IOException e) {
        fruitless = arrival.received() > before ? 0 : fruitless + 1;
        RegistryHttp.Call call = call("blobs/" + blob.digest(), "GET");
        if (fruitless >= retry.attempts() || tries >= MAX_RESUMES || isLocal(e)) {
          throw isLocal(e)
              ? ImageFault.of("can't store " + blob.digest(), e)
              : http.unreachable(call, cutOff(arrival, blob, e));
        }
        RegistryHttp.pause(retry.pause(Math.max(1, fruitless), java.time.Duration.ZERO));
      }
    }
  }

  /** Java's client says of a connection that broke no more than "closed". */
  private static IOException cutOff(Arrival arrival, Descriptor blob, IOException e) {
    long received = arrival.received();
    if (received == 0 || e instanceof HttpTimeoutException) {
      return e;
    }
    return new IOException(
        "the layer was cut off at "
            + (received + " of " + blob.size() + " bytes: ")
            + e.getMessage(),
        e);
  }

  private static boolean isLocal(IOException e) {
    return String.valueOf(e.getMessage()).contains("No space left");
  }

  private void rest(Arrival arrival, Descriptor blob, LongConsumer progress) throws IOException {
    long from = arrival.received();
    RegistryHttp.Call call =
        new RegistryHttp.Call(
            endpoint,
            doing,
            "pull",
            () -> {
              HttpRequest.Builder get =
                  HttpRequest.newBuilder(endpoint.uri("blobs/" + blob.digest()));
              return from > 0 ? get.setHeader("Range", "bytes=" + from + "-") : get;
            });
    HttpResponse<InputStream> response = http.send(call);
    int status = response.statusCode();
    if (status == 416) {
      response.body().close();
      arrival.restart();
      throw new EOFException("the registry has no bytes from " + from + " on");
    }
    if (status != 200 && status != 206) {
      throw http.refusal(call, response);
    }
    try (InputStream body = new StallGuard(response.body(), http.settings().stallTimeout())) {
      if (from > 0 && !goesOnAt(from, response)) {
        arrival.restart();
      }
      byte[] buffer = new byte[BUFFER_BYTES];
      for (int n = body.read(buffer); n >= 0; n = body.read(buffer)) {
        arrival.write(ByteBuffer.wrap(buffer, 0, n));
        progress.accept(arrival.received());
      }
    }
  }

  private static boolean goesOnAt(long from, HttpResponse<?> response) {
    String range = response.headers().firstValue("Content-Range").orElse("");
    return response.statusCode() == 206 && range.startsWith("bytes " + from + "-");
  }

  private RegistryHttp.Call call(String path, String method) {
    URI uri = endpoint.uri(path);
    return new RegistryHttp.Call(
        endpoint,
        doing,
        "pull",
        () -> HttpRequest.newBuilder(uri).method(method, HttpRequest.BodyPublishers.noBody()));
  }
}
