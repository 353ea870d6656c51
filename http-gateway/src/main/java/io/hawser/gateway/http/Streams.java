package io.hawser.gateway.http;

import io.hawser.gateway.Limits;
import io.hawser.gateway.wire.StatusError;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.stream.javadsl.Source;

/** Counts the answers that stay open. Thread-safe. */
final class Streams {
  private final AtomicInteger open = new AtomicInteger();

  /** Refuses one more than the bound; asked before any work is done. */
  void requireRoom() {
    if (open.get() >= Limits.MAX_STREAMS) {
      throw StatusError.tooManyRequests(
          "this gateway serves " + Limits.MAX_STREAMS + " watches, logs and commands at a time");
    }
  }

  <T, M> Source<T, M> counted(Source<T, M> source) {
    return source.watchTermination(
        (value, end) -> {
          open.incrementAndGet();
          end.whenComplete((done, failure) -> open.decrementAndGet());
          return value;
        });
  }
}
