package io.hawser.gateway.kind;

import io.hawser.cluster.state.ClusterState;
import java.time.Duration;
import java.time.Instant;
import java.util.function.BiFunction;

/**
 * A column of a kind's table.
 *
 * @param priority 0: always shown; 1: only in wide output
 * @param cell a text, or a whole number
 */
public record Column<T>(
    String name, String type, int priority, BiFunction<T, Context, Object> cell) {

  /** What a cell may depend on besides its object. */
  public record Context(ClusterState state, Instant now) {
    /** How long ago, as kubectl writes it. */
    public String age(Instant since) {
      return HumanDuration.of(Duration.between(since, now));
    }
  }

  static <T> Column<T> text(String name, BiFunction<T, Context, Object> cell) {
    return new Column<>(name, "string", 0, cell);
  }

  static <T> Column<T> number(String name, BiFunction<T, Context, Object> cell) {
    return new Column<>(name, "integer", 0, cell);
  }

  static <T> Column<T> wide(String name, BiFunction<T, Context, Object> cell) {
    return new Column<>(name, "string", 1, cell);
  }
}
