package io.hawser.ops.drill;

import io.hawser.model.DrillReport.Requests;
import io.hawser.model.Pod;
import io.hawser.model.PodContainer.Port;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * Fetches pages as a load balancer would: from the pods that are called ready now, one after the
 * other. Counts what failed and the longest time without a good answer. Belongs to one actor; only
 * the fetching itself runs elsewhere.
 */
final class PageProber {
  /** Pause between two fetches. */
  static final Duration INTERVAL = Duration.ofMillis(100);

  /** A page that takes longer has failed; with the interval this bounds the fetches under way. */
  static final Duration TIMEOUT = Duration.ofSeconds(1);

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(TIMEOUT).build();
  private final Optional<Integer> port;
  private int next;
  private long sent;
  private long failed;
  private long lastGoodNanos;
  private long longestGapNanos;

  PageProber(Optional<Integer> port, long nowNanos) {
    this.port = port;
    this.lastGoodNanos = nowNanos;
  }

  /** The pages of the pods that are ready, in the state's order. */
  List<URI> targets(Collection<Pod> pods) {
    return pods.stream()
        .filter(p -> p.status().isReady() && !p.isDeleting())
        .flatMap(p -> page(p).stream())
        .toList();
  }

  private Optional<URI> page(Pod pod) {
    Optional<Integer> at =
        port.or(
            () ->
                pod.spec().containers().stream()
                    .flatMap(c -> c.ports().stream())
                    .filter(p -> p.protocol().equals("TCP"))
                    .map(Port::containerPort)
                    .findFirst());
    return at.flatMap(
        p -> pod.status().podIp().map(ip -> URI.create("http://" + ip + ":" + p + "/")));
  }

  /** Fetches the next page; completes with whether it was good, never exceptionally. */
  Optional<CompletionStage<Boolean>> fetchNext(List<URI> targets) {
    if (targets.isEmpty()) {
      return Optional.empty();
    }
    URI page = targets.get(Math.floorMod(next++, targets.size()));
    sent++;
    HttpRequest request = HttpRequest.newBuilder(page).timeout(TIMEOUT).GET().build();
    return Optional.of(
        http.sendAsync(request, HttpResponse.BodyHandlers.discarding())
            .handle((answer, failure) -> failure == null && answer.statusCode() < 400));
  }

  void fetched(boolean good, long nowNanos) {
    if (good) {
      longestGapNanos = Math.max(longestGapNanos, nowNanos - lastGoodNanos);
      lastGoodNanos = nowNanos;
    } else {
      failed++;
    }
  }

  /** The counts so far; a gap that still lasts counts. */
  Requests count(long nowNanos) {
    long gap = sent == 0 ? 0 : Math.max(longestGapNanos, nowNanos - lastGoodNanos);
    return new Requests(sent, failed, Duration.ofNanos(gap).toMillis());
  }
}
