package io.hawser.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.model.Probe;
import io.hawser.node.ProbeRunner.Result;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BiConsumer;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.ratis.thirdparty.io.grpc.MethodDescriptor;
import org.apache.ratis.thirdparty.io.grpc.Server;
import org.apache.ratis.thirdparty.io.grpc.ServerServiceDefinition;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.apache.ratis.thirdparty.io.grpc.netty.NettyServerBuilder;
import org.apache.ratis.thirdparty.io.grpc.stub.ServerCalls;
import org.apache.ratis.thirdparty.io.grpc.stub.StreamObserver;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The probe against grpc-java's own server, the one that Ratis brings along. */
class GrpcProbeTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final byte SERVING = 1;
  private static final byte NOT_SERVING = 2;

  private static ActorTestKit kit;
  private final ConcurrentLinkedQueue<String> asked = new ConcurrentLinkedQueue<>();
  private Server server;

  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @BeforeAll
  static void start() {
    kit = ActorTestKit.create();
  }

  @AfterAll
  static void stop() {
    kit.shutdownTestKit();
  }

  @AfterEach
  void stopServer() {
    if (server != null) {
      server.shutdownNow();
    }
  }

  private void serve(String service, BiConsumer<byte[], StreamObserver<byte[]>> answer)
      throws IOException {
    MethodDescriptor<byte[], byte[]> check =
        MethodDescriptor.newBuilder(new Bytes(), new Bytes())
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName(service + "/Check")
            .build();
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
            .addService(
                ServerServiceDefinition.builder(service)
                    .addMethod(check, ServerCalls.asyncUnaryCall(answer::accept))
                    .build())
            .build()
            .start();
  }

  private void serveHealth(byte status) throws IOException {
    serve(
        "grpc.health.v1.Health",
        (request, answers) -> {
          asked.add(new String(request, StandardCharsets.UTF_8));
          answers.onNext(status == 0 ? new byte[0] : new byte[] {1 << 3, status});
          answers.onCompleted();
        });
  }

  private Result check(int port, String service, Duration timeout) {
    return GrpcProbe.check(
            kit.system(),
            new Probe.Grpc(port, service),
            new InetSocketAddress("127.0.0.1", port),
            timeout)
        .toCompletableFuture()
        .join();
  }

  private Result check(String service) {
    return check(server.getPort(), service, PATIENCE);
  }

  @Test
  void aServingServiceSucceeds() throws IOException {
    serveHealth(SERVING);
    assertThat(check("")).isEqualTo(Result.SUCCESS);
    assertThat(check("shop.Orders")).isEqualTo(Result.SUCCESS);
    assertThat(asked).containsExactly("", "\n\u000bshop.Orders");
  }

  @Test
  void aServiceThatDoesNotServeFails() throws IOException {
    serveHealth(NOT_SERVING);
    assertThat(check("").message()).contains("responded with \"NOT_SERVING\"");
  }

  @Test
  void anAnswerWithoutAStatusFails() throws IOException {
    serveHealth((byte) 0);
    assertThat(check("").message()).contains("responded with \"UNKNOWN\"");
  }

  @Test
  void aServerWithoutTheProtocolIsTold() throws IOException {
    serve("other.Service", (request, answers) -> answers.onCompleted());
    assertThat(check("").message()).contains("does not implement the grpc health protocol");
  }

  @Test
  void aServiceThatTheServerDoesNotKnowFails() throws IOException {
    serve(
        "grpc.health.v1.Health",
        (request, answers) -> answers.onError(Status.NOT_FOUND.asRuntimeException()));
    assertThat(check("nobody").message()).contains("\"nobody\"").contains("gRPC status 5");
  }

  @Test
  void aServerThatDoesNotAnswerFailsInTime() throws IOException {
    serve("grpc.health.v1.Health", (request, answers) -> {});
    assertThat(check(server.getPort(), "", Duration.ofSeconds(1)).message())
        .contains("did not complete within 1 s");
  }

  @Test
  void whereNobodyListensItFails() throws IOException {
    try (java.net.ServerSocket free = new java.net.ServerSocket(0)) {
      int port = free.getLocalPort();
      free.close();
      Result result = check(port, "", PATIENCE);
      assertThat(result.success()).isFalse();
      assertThat(result.message()).contains("failed to connect");
    }
  }
}
