package io.hawser.ops.demo;

import io.hawser.ops.client.ApiStatus;
import io.hawser.ops.client.CommandFailure;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** Fetches the example's pages straight from the pods' addresses. */
final class Pages {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(TIMEOUT).build();

  /** The page's text on one line. */
  String fetch(WebPods.WebPod pod) {
    URI page = URI.create("http://" + pod.ip() + ":" + WebExample.PORT + "/");
    try {
      HttpResponse<String> answer =
          http.send(
              HttpRequest.newBuilder(page).timeout(TIMEOUT).GET().build(),
              HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() != 200) {
        throw new CommandFailure("pod " + pod.name() + " answered " + answer.statusCode());
      }
      return answer.body().strip().replaceAll("\\s+", " ");
    } catch (IOException e) {
      throw new CommandFailure(
          "no page from pod " + pod.name() + " at " + page + ": " + ApiStatus.oneLine(e), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("interrupted", e);
    }
  }
}
