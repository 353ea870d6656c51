package io.hawser.node;

import io.hawser.model.Lifecycle;
import io.hawser.model.PodContainer;
import io.hawser.model.Probe;
import io.hawser.runtime.Container;
import io.hawser.runtime.ExecSession;
import io.hawser.runtime.ExecSpec;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.apache.pekko.actor.typed.ActorSystem;

/**
 * Carries out one probe. TCP, plain HTTP and gRPC take no thread while they wait; exec and HTTPS
 * take one of the probes' few threads. Ends within the probe's time-out.
 */
final class ProbeRunner {
  private static final Pattern IP_LITERAL =
      Pattern.compile("[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

  /** How a probe went; the message says why it failed. */
  record Result(boolean success, String message) {
    static final Result SUCCESS = new Result(true, "");

    static Result failure(String message) {
      return new Result(false, message);
    }
  }

  private final ActorSystem<?> system;
  private final Executor blocking;

  /**
   * @param system whose streams ask by gRPC
   * @param blocking where exec and HTTPS wait
   */
  ProbeRunner(ActorSystem<?> system, Executor blocking) {
    this.system = system;
    this.blocking = blocking;
  }

  /**
   * A container's hook, which is a probe that runs once, or a wait.
   *
   * @return never fails
   */
  CompletionStage<Result> run(
      Lifecycle.Handler hook,
      PodContainer spec,
      Container container,
      String podIp,
      Duration timeout) {
    if (hook.sleepSeconds().isPresent()) {
      long millis = Math.min(timeout.toMillis(), hook.sleepSeconds().get() * 1_000);
      return CompletableFuture.supplyAsync(
          () -> Result.SUCCESS, CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS));
    }
    Probe once =
        new Probe(
            hook.httpGet(),
            hook.tcpSocket(),
            hook.exec(),
            Optional.empty(),
            0,
            1,
            (int) Math.max(1, timeout.toSeconds()),
            1,
            1);
    return run(once, spec, container, podIp);
  }

  /**
   * @param podIp where the container listens when the probe names no host
   * @return never fails
   */
  CompletionStage<Result> run(Probe probe, PodContainer spec, Container container, String podIp) {
    Duration timeout = Duration.ofSeconds(Math.max(1, probe.timeoutSeconds()));
    CompletionStage<Result> result;
    try {
      result = start(probe, spec, container, podIp, timeout);
    } catch (RuntimeException e) {
      result = CompletableFuture.completedFuture(Result.failure(e.getMessage()));
    }
    return result.exceptionally(e -> Result.failure(NodeThreads.text(e)));
  }

  private CompletionStage<Result> start(
      Probe probe, PodContainer spec, Container container, String podIp, Duration timeout) {
    if (probe.httpGet().isPresent()) {
      Probe.HttpGet get = probe.httpGet().get();
      InetSocketAddress address = address(spec, get.port(), get.host(), podIp);
      return get.scheme().equalsIgnoreCase("HTTPS")
          ? NodeThreads.call(blocking, () -> HttpProbe.https(get, address, timeout))
          : HttpProbe.http(get, address, timeout);
    }
    if (probe.tcpSocket().isPresent()) {
      Probe.TcpSocket tcp = probe.tcpSocket().get();
      return HttpProbe.tcp(address(spec, tcp.port(), tcp.host(), podIp), timeout);
    }
    if (probe.exec().isPresent()) {
      return exec(probe.exec().get(), container, timeout);
    }
    Probe.Grpc grpc = probe.grpc().orElseThrow();
    return GrpcProbe.check(system, grpc, new InetSocketAddress(podIp, grpc.port()), timeout);
  }

  private CompletionStage<Result> exec(Probe.Exec exec, Container container, Duration timeout) {
    return NodeThreads.call(
        blocking,
        () -> {
          try (ExecSession session = container.exec(new ExecSpec(exec.command(), false, false))) {
            // Closing at the time-out kills the process, which ends the reads below.
            CompletableFuture.delayedExecutor(timeout.toMillis(), TimeUnit.MILLISECONDS)
                .execute(
                    () -> {
                      if (!session.exit().toCompletableFuture().isDone()) {
                        session.close();
                      }
                    });
            drain(session.stdout());
            drain(session.stderr());
            int code =
                session
                    .exit()
                    .toCompletableFuture()
                    .get(timeout.toMillis(), TimeUnit.MILLISECONDS)
                    .code();
            return code == 0
                ? Result.SUCCESS
                : Result.failure("command " + exec.command() + " exited with " + code);
          }
        });
  }

  private static void drain(InputStream in) {
    try {
      in.transferTo(java.io.OutputStream.nullOutputStream());
    } catch (IOException e) {
      // The process is gone; its exit code says the rest.
    }
  }

  /**
   * @param port a number or the name of one of the container's ports
   */
  private static InetSocketAddress address(
      PodContainer spec, String port, Optional<String> host, String podIp) {
    int number =
        spec.ports().stream()
            .filter(p -> p.name().equals(port))
            .map(PodContainer.Port::containerPort)
            .findFirst()
            .orElseGet(() -> number(port));
    String name = host.filter(h -> !h.isEmpty()).orElse(podIp);
    // Other names are not looked up: that would block.
    return name.equals("localhost")
        ? new InetSocketAddress("127.0.0.1", number)
        : IP_LITERAL.matcher(name).matches()
            ? new InetSocketAddress(name, number)
            : InetSocketAddress.createUnresolved(name, number);
  }

  private static int number(String port) {
    try {
      int number = Integer.parseInt(port);
      if (number > 0 && number <= 65_535) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Falls through to the one message for both.
    }
    throw new IllegalArgumentException(
        "probe's port \"" + port + "\" is neither a port number nor a port of the container");
  }
}
