package io.hawser.system;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Fetches pages all the time from the pods that are called ready, one after the other, as a load
 * balancer does that looks at the cluster before each of them.
 */
final class PageLoad implements AutoCloseable {
  /** A list older than this says nothing of the present: a node waits 2 s before SIGTERM. */
  private static final Duration FRESH = Duration.ofMillis(1900);

  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();
  private final Api api;
  private final List<String> failures = Collections.synchronizedList(new ArrayList<>());
  private final AtomicInteger fetched = new AtomicInteger();
  private final AtomicInteger fewestReady = new AtomicInteger(Integer.MAX_VALUE);
  private final Thread thread = new Thread(this::run, "page-load");
  private volatile boolean closed;

  private PageLoad(Api api) {
    this.api = api;
  }

  static PageLoad on(Api api) {
    PageLoad load = new PageLoad(api);
    load.thread.start();
    return load;
  }

  List<String> failures() {
    return List.copyOf(failures);
  }

  int fetched() {
    return fetched.get();
  }

  /** Of all the looks at the cluster. */
  int fewestReady() {
    return fewestReady.get();
  }

  private void run() {
    for (int next = 0; !closed; next++) {
      long looked = System.nanoTime();
      List<JsonNode> ready = api.readyPods();
      fewestReady.accumulateAndGet(ready.size(), Math::min);
      if (!ready.isEmpty()) {
        fetch(ready.get(next % ready.size()), looked);
      }
    }
  }

  private void fetch(JsonNode pod, long looked) {
    URI page = URI.create("http://" + pod.at("/status/podIP").asText() + ":8080/");
    try {
      HttpRequest request =
          HttpRequest.newBuilder(page).timeout(Duration.ofSeconds(5)).GET().build();
      int code = http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
      fetched.incrementAndGet();
      if (code != 200) {
        failures.add(page + " answered " + code);
      }
    } catch (IOException e) {
      // On a busy machine this thread itself may have waited between the look and the request.
      Duration age = Duration.ofNanos(System.nanoTime() - looked);
      if (age.compareTo(FRESH) < 0) {
        failures.add(
            "%s of %s, %d ms after a look at %s: %s"
                .formatted(page, pod.at("/metadata/name").asText(), age.toMillis(), pod, e));
      }
    } catch (InterruptedException e) {
      closed = true;
    }
  }

  @Override
  public void close() throws InterruptedException {
    closed = true;
    thread.join(Duration.ofSeconds(30).toMillis());
  }
}
