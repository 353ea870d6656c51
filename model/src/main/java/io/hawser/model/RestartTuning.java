package io.hawser.model;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How long a pod's containers wait for their next start, in whole seconds from 1 to a day; by
 * default as in Kubernetes. A pod's annotations may say otherwise.
 *
 * @param first the wait after the first restart, which is immediate
 * @param max each wait is twice the one before, up to this
 * @param resetAfter a run of this length begins anew
 */
public record RestartTuning(Duration first, Duration max, Duration resetAfter) {
  public static final String FIRST = "hawser.io/restart-backoff-first-seconds";
  public static final String MAX = "hawser.io/restart-backoff-max-seconds";
  public static final String RESET = "hawser.io/restart-backoff-reset-seconds";

  public static final RestartTuning DEFAULT =
      new RestartTuning(Duration.ofSeconds(10), Duration.ofSeconds(300), Duration.ofMinutes(10));

  private static final long MAX_SECONDS = 24 * 3600;

  /** What can't be read is the default; {@link #problems} names it, and gateways refuse it. */
  public static RestartTuning of(Map<String, String> annotations) {
    Duration first = seconds(annotations, FIRST).orElse(DEFAULT.first);
    Duration max = seconds(annotations, MAX).orElse(DEFAULT.max);
    return new RestartTuning(
        first,
        max.compareTo(first) < 0 ? first : max,
        seconds(annotations, RESET).orElse(DEFAULT.resetAfter));
  }

  private static Optional<Duration> seconds(Map<String, String> annotations, String name) {
    String text = annotations.getOrDefault(name, "");
    long seconds = text.matches("\\d{1,6}") ? Long.parseLong(text) : 0;
    return seconds >= 1 && seconds <= MAX_SECONDS
        ? Optional.of(Duration.ofSeconds(seconds))
        : Optional.empty();
  }

  /** Annotations whose values make no sense. */
  public static List<AnnotationProblem> problems(Map<String, String> annotations) {
    List<AnnotationProblem> problems = new ArrayList<>();
    for (String name : List.of(FIRST, MAX, RESET)) {
      if (annotations.containsKey(name) && seconds(annotations, name).isEmpty()) {
        problems.add(
            new AnnotationProblem(
                name,
                annotations.get(name),
                "must be a whole number of seconds from 1 to " + MAX_SECONDS));
      }
    }
    return problems;
  }
}
