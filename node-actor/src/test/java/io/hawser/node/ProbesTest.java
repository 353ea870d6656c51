package io.hawser.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.model.PodContainer;
import io.hawser.model.Probe;
import io.hawser.node.ContainerProbes.Kind;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ProbesTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private static Probe probe(int initialDelay, int failures, int successes) {
    return new Probe(
        Optional.empty(),
        Optional.empty(),
        Optional.of(new Probe.Exec(List.of("x"))),
        Optional.empty(),
        initialDelay,
        10,
        1,
        failures,
        successes);
  }

  private static PodContainer with(Probe startup, Probe liveness, Probe readiness) {
    return Pods.with(Pods.container("main"))
        .probes(
            Optional.ofNullable(startup),
            Optional.ofNullable(liveness),
            Optional.ofNullable(readiness));
  }

  @Test
  void verdictTurnsOnlyAtItsThresholds() {
    ProbeVerdict verdict = ProbeVerdict.of(probe(0, 3, 2));
    verdict = verdict.observe(true);
    assertThat(verdict.state()).isEqualTo(ProbeVerdict.State.UNKNOWN);
    verdict = verdict.observe(true);
    assertThat(verdict.isPassing()).isTrue();
    verdict = verdict.observe(false).observe(false);
    assertThat(verdict.isPassing()).isTrue();
    verdict = verdict.observe(true).observe(false).observe(false);
    assertThat(verdict.isPassing()).isTrue();
    assertThat(verdict.observe(false).isFailing()).isTrue();
  }

  @Test
  void othersWaitForTheStartupProbe() {
    ContainerProbes probes =
        new ContainerProbes(with(probe(0, 3, 1), probe(0, 3, 1), probe(0, 3, 1)), START, false);
    assertThat(probes.active()).containsExactly(Kind.STARTUP);
    assertThat(probes.isReady()).isFalse();
    probes.observe(Kind.STARTUP, ProbeRunner.Result.SUCCESS);
    assertThat(probes.isStarted()).isTrue();
    assertThat(probes.active()).containsExactly(Kind.LIVENESS, Kind.READINESS);
    assertThat(probes.isReady()).isFalse();
    probes.observe(Kind.READINESS, ProbeRunner.Result.SUCCESS);
    assertThat(probes.isReady()).isTrue();
  }

  @Test
  void failedReadinessIsNotDeadlyFailedLivenessIs() {
    ContainerProbes probes =
        new ContainerProbes(with(null, probe(0, 2, 1), probe(0, 1, 1)), START, false);
    probes.observe(Kind.READINESS, ProbeRunner.Result.failure("no"));
    probes.observe(Kind.LIVENESS, ProbeRunner.Result.failure("no"));
    assertThat(probes.deadly()).isEmpty();
    probes.observe(Kind.LIVENESS, ProbeRunner.Result.failure("no"));
    assertThat(probes.deadly()).contains(Kind.LIVENESS);
  }

  @Test
  void adoptedContainerStaysReadyUntilItsProbeFails() {
    ContainerProbes probes = new ContainerProbes(with(null, null, probe(0, 2, 1)), START, true);
    assertThat(probes.isReady()).isTrue();
    probes.observe(Kind.READINESS, ProbeRunner.Result.failure("no"));
    assertThat(probes.isReady()).isTrue();
    probes.observe(Kind.READINESS, ProbeRunner.Result.failure("no"));
    assertThat(probes.isReady()).isFalse();
  }

  @Test
  void initialDelayCountsFromTheContainersStart() {
    ContainerProbes probes = new ContainerProbes(with(null, probe(30, 3, 1), null), START, false);
    assertThat(probes.firstDelay(Kind.LIVENESS, START.plusSeconds(10)))
        .isEqualTo(Duration.ofSeconds(20));
    assertThat(probes.firstDelay(Kind.LIVENESS, START.plusSeconds(40))).isZero();
    assertThat(probes.firstDelay(Kind.LIVENESS, START.minusSeconds(7_200)))
        .as("by a clock that was set back meanwhile")
        .isEqualTo(Duration.ofSeconds(30));
  }

  @Test
  void readinessIsAskedOftenOnlyUntilItsFirstSuccess() {
    ContainerProbes probes =
        new ContainerProbes(with(null, probe(0, 3, 1), probe(0, 3, 1)), START, false);
    assertThat(probes.nextDelay(Kind.READINESS, START)).isEqualTo(NodeLimits.FIRST_READINESS_EVERY);
    assertThat(probes.nextDelay(Kind.LIVENESS, START)).isEqualTo(Duration.ofSeconds(10));
    Instant later = START.plus(NodeLimits.FIRST_READINESS_WITHIN);
    assertThat(probes.nextDelay(Kind.READINESS, later)).isEqualTo(Duration.ofSeconds(10));
    probes.observe(Kind.READINESS, ProbeRunner.Result.SUCCESS);
    assertThat(probes.nextDelay(Kind.READINESS, START)).isEqualTo(Duration.ofSeconds(10));
  }

  @Test
  void statusLineDecidesAnHttpProbe() {
    assertThat(verdict("HTTP/1.1 200 OK\r\n").get().success()).isTrue();
    assertThat(verdict("HTTP/1.0 399\r\n").get().success()).isTrue();
    assertThat(verdict("HTTP/1.1 404 Not Found\r\n").get().message())
        .isEqualTo("HTTP probe failed with statuscode: 404");
    assertThat(verdict("SSH-2.0-x\r\n").get().success()).isFalse();
    assertThat(verdict("HTTP/1.1 2")).isEmpty();
  }

  @Test
  void httpRequestKeepsTheUsersHostHeader() {
    Probe.HttpGet get =
        new Probe.HttpGet(
            "health", "80", "HTTP", Optional.empty(), List.of(new Probe.Header("Host", "shop")));
    String request =
        new String(
            HttpProbe.request(get, new InetSocketAddress("10.0.0.1", 80)),
            StandardCharsets.ISO_8859_1);
    assertThat(request).startsWith("GET /health HTTP/1.1\r\n").contains("Host: shop\r\n");
    assertThat(request).doesNotContain("10.0.0.1").contains("Connection: close\r\n");
  }

  @Test
  void realServerIsProbed() throws Exception {
    try (java.net.ServerSocket server =
        new java.net.ServerSocket(0, 5, java.net.InetAddress.getByName("127.0.0.1"))) {
      InetSocketAddress address = new InetSocketAddress("127.0.0.1", server.getLocalPort());
      Thread answers =
          new Thread(
              () -> {
                try (java.net.Socket one = server.accept()) {
                  one.getOutputStream().write("HTTP/1.1 204 Fine\r\n\r\n".getBytes());
                } catch (java.io.IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      answers.start();
      Probe.HttpGet get = new Probe.HttpGet("/", "1", "HTTP", Optional.empty(), List.of());
      assertThat(HttpProbe.http(get, address, Duration.ofSeconds(5)).toCompletableFuture().join())
          .isEqualTo(ProbeRunner.Result.SUCCESS);
      answers.join();
      assertThat(HttpProbe.tcp(address, Duration.ofSeconds(5)).toCompletableFuture().join())
          .isEqualTo(ProbeRunner.Result.SUCCESS);
      // Nobody answers: the backlog takes the connection.
      assertThat(
              HttpProbe.http(get, address, Duration.ofSeconds(1))
                  .toCompletableFuture()
                  .join()
                  .message())
          .contains("within 1 s");
    }
  }

  private static Optional<ProbeRunner.Result> verdict(String response) {
    byte[] bytes = response.getBytes(StandardCharsets.ISO_8859_1);
    ByteBuffer buffer = ByteBuffer.allocate(100);
    buffer.put(bytes);
    return HttpProbe.verdict(buffer);
  }
}
