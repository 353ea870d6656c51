package io.hawser.node;

import io.hawser.model.Probe;
import io.hawser.node.ProbeRunner.Result;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpEntity;
import org.apache.pekko.http.javadsl.model.HttpEntity.ChunkStreamPart;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.apache.pekko.util.ByteStringBuilder;

/**
 * Asks a container's {@code grpc.health.v1.Health/Check} over HTTP/2 without TLS, a connection for
 * each question. The two messages are one field each and written by hand.
 *
 * @see <a href="https://github.com/grpc/grpc/blob/master/doc/health-checking.md">the protocol</a>
 * @see <a href="https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md">gRPC over
 *     HTTP/2</a>
 */
final class GrpcProbe {
  private static final String PATH = "/grpc.health.v1.Health/Check";
  private static final String STATUS = "grpc-status";
  private static final String OK = "0";
  private static final String UNIMPLEMENTED = "12";

  /** A byte that says "not compressed" and four with the length come before a message. */
  private static final int PREFIX_BYTES = 5;

  /** Of {@code HealthCheckResponse.status}; what the number is not in is unknown too. */
  private static final List<String> STATUSES =
      List.of("UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN");

  private GrpcProbe() {}

  /** What an answer said: the call's status, if any, and the bytes of the message. */
  private record Answer(Optional<String> status, ByteString body) {}

  /** Takes no thread while it waits. */
  static CompletionStage<Result> check(
      ActorSystem<?> system, Probe.Grpc probe, InetSocketAddress address, Duration timeout) {
    Materializer materializer = Materializer.matFromSystem(system);
    String authority = address.getHostString() + ":" + address.getPort();
    HttpRequest request =
        HttpRequest.POST("http://" + authority + PATH)
            .addHeader(RawHeader.create("te", "trailers"))
            .withEntity(
                HttpEntities.create(
                    ContentTypes.parse("application/grpc"), framed(request(probe.service()))));
    // Open until the answer is read: an end of the requests would end the connection.
    return Source.single(request)
        .concat(Source.maybe())
        .via(
            Http.get(system)
                .connectionTo(address.getHostString())
                .toPort(address.getPort())
                .http2WithPriorKnowledge())
        .mapAsync(1, response -> read(response, materializer))
        .completionTimeout(timeout)
        .runWith(Sink.head(), materializer)
        .thenApply(answer -> verdict(probe.service(), answer))
        .exceptionally(failure -> failed(failure, probe.service(), authority, timeout));
  }

  /** {@code HealthCheckRequest{service = 1}}. */
  static ByteString request(String service) {
    byte[] text = service.getBytes(StandardCharsets.UTF_8);
    ByteStringBuilder message = new ByteStringBuilder();
    if (text.length > 0) {
      message.addOne((byte) (1 << 3 | 2));
      int length = text.length;
      while (length > 0x7f) {
        message.addOne((byte) (length & 0x7f | 0x80));
        length >>>= 7;
      }
      message.addOne((byte) length);
      message.putBytes(text);
    }
    return message.result();
  }

  private static ByteString framed(ByteString message) {
    int size = message.size();
    byte[] prefix = {
      0, (byte) (size >>> 24), (byte) (size >>> 16), (byte) (size >>> 8), (byte) size
    };
    return ByteString.fromArray(prefix).concat(message);
  }

  private static CompletionStage<Answer> read(HttpResponse response, Materializer materializer) {
    if (response.status().intValue() != 200) {
      response.discardEntityBytes(materializer);
      return CompletableFuture.failedFuture(
          new IllegalStateException("the server answered with HTTP " + response.status()));
    }
    Optional<String> early = response.getHeader(STATUS).map(HttpHeader::value);
    if (response.entity() instanceof HttpEntity.Chunked chunked) {
      return chunked
          .getChunks()
          .limitWeighted(NodeLimits.PROBE_RESPONSE_BYTES, part -> (long) part.data().size())
          .runFold(new Answer(early, ByteString.emptyByteString()), GrpcProbe::plus, materializer);
    }
    return response
        .entity()
        .getDataBytes()
        .limitWeighted(NodeLimits.PROBE_RESPONSE_BYTES, bytes -> (long) bytes.size())
        .runFold(ByteString.emptyByteString(), ByteString::concat, materializer)
        .thenApply(body -> new Answer(early, body));
  }

  private static Answer plus(Answer answer, ChunkStreamPart part) {
    if (!part.isLastChunk()) {
      return new Answer(answer.status, answer.body.concat(part.data()));
    }
    for (HttpHeader header : part.getTrailerHeaders()) {
      if (header.is(STATUS)) {
        return new Answer(Optional.of(header.value()), answer.body);
      }
    }
    return answer;
  }

  private static Result verdict(String service, Answer answer) {
    String status = answer.status.orElse("missing");
    if (status.equals(UNIMPLEMENTED)) {
      return Result.failure(
          "error: this server does not implement the grpc health protocol"
              + " (grpc.health.v1.Health)");
    } else if (!status.equals(OK)) {
      return Result.failure(
          "error: health rpc failed for service \"%s\" with gRPC status %s"
              .formatted(service, status));
    }
    String said = status(answer.body);
    return said.equals("SERVING")
        ? Result.SUCCESS
        : Result.failure("service unhealthy (responded with \"" + said + "\")");
  }

  /** The word of {@code HealthCheckResponse{status = 1}}. */
  static String status(ByteString body) {
    int at = PREFIX_BYTES;
    boolean given = body.size() > at + 1 && body.apply(0) == 0 && body.apply(at) == 1 << 3;
    int number = given ? body.apply(at + 1) : 0;
    return number >= 0 && number < STATUSES.size() ? STATUSES.get(number) : STATUSES.get(0);
  }

  private static Result failed(
      Throwable failure, String service, String authority, Duration timeout) {
    Throwable cause = failure.getCause() == null ? failure : failure.getCause();
    return cause instanceof TimeoutException || failure instanceof TimeoutException
        ? Result.failure(
            "timeout: health rpc of service \"%s\" at %s did not complete within %d s"
                .formatted(service, authority, timeout.toSeconds()))
        : Result.failure(
            "error: failed to connect service \"%s\" at %s: %s"
                .formatted(service, authority, NodeThreads.text(failure)));
  }
}
