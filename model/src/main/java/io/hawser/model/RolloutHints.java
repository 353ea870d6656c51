package io.hawser.model;

import io.hawser.model.DeploymentSpec.Amount;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a workload's annotations say about its rollouts that Kubernetes has no field for. Values
 * that make no sense count as absent here; {@link #problems} names them, and gateways refuse them.
 *
 * @param rollsBack whether a rollout that fails goes back by itself
 * @param followsConfig whether a changed config map or secret that its pods read is a new template
 */
public record RolloutHints(Optional<Canary> canary, boolean rollsBack, boolean followsConfig) {
  public static final String CANARY_STEPS = "hawser.io/canary-steps";
  public static final String CANARY_SECONDS = "hawser.io/canary-step-seconds";
  public static final String ROLLS_BACK = "hawser.io/auto-rollback";
  public static final String FOLLOWS_CONFIG = "hawser.io/roll-out-on-config-change";

  private static final long DEFAULT_SECONDS = 60;
  private static final String AMOUNT = "\\d{1,6}%?";
  private static final String SECONDS = "\\d{1,9}";
  private static final String EXPECTED_BOOLEAN = "must be true or false";

  /**
   * An update that stops at steps.
   *
   * @param steps of the new template, so many pods or per cent of all; none: to the end at once
   * @param seconds how long a step's pods must have been ready before the next one
   */
  public record Canary(List<Amount> steps, long seconds) {
    public Canary {
      steps = List.copyOf(steps);
    }
  }

  public static RolloutHints of(Map<String, String> annotations) {
    String seconds = annotations.getOrDefault(CANARY_SECONDS, "");
    long held = seconds.matches(SECONDS) ? Long.parseLong(seconds) : DEFAULT_SECONDS;
    return new RolloutHints(
        steps(annotations).map(steps -> new Canary(steps, held)),
        !"false".equals(annotations.get(ROLLS_BACK)),
        "true".equals(annotations.get(FOLLOWS_CONFIG)));
  }

  private static Optional<List<Amount>> steps(Map<String, String> annotations) {
    String text = annotations.get(CANARY_STEPS);
    if (text == null) {
      return Optional.empty();
    }
    List<Amount> steps = new ArrayList<>();
    for (String word : text.split(",")) {
      String step = word.strip();
      if (!step.matches(AMOUNT)) {
        return Optional.empty();
      }
      boolean percent = step.endsWith("%");
      int value = Integer.parseInt(percent ? step.substring(0, step.length() - 1) : step);
      steps.add(new Amount(value, percent));
    }
    return Optional.of(steps);
  }

  /** Annotations whose values make no sense. */
  public static List<AnnotationProblem> problems(Map<String, String> annotations) {
    List<AnnotationProblem> problems = new ArrayList<>();
    note(
        problems,
        annotations,
        CANARY_STEPS,
        steps(annotations).isPresent(),
        "must be numbers of pods or percentages such as 1,25%,50%");
    note(
        problems,
        annotations,
        CANARY_SECONDS,
        annotations.getOrDefault(CANARY_SECONDS, "").matches(SECONDS),
        "must be a whole number of seconds, at most nine digits");
    for (String key : List.of(ROLLS_BACK, FOLLOWS_CONFIG)) {
      String value = annotations.getOrDefault(key, "");
      boolean known = value.equals("true") || value.equals("false");
      note(problems, annotations, key, known, EXPECTED_BOOLEAN);
    }
    return problems;
  }

  private static void note(
      List<AnnotationProblem> problems,
      Map<String, String> annotations,
      String key,
      boolean fine,
      String expected) {
    if (annotations.containsKey(key) && !fine) {
      problems.add(new AnnotationProblem(key, annotations.get(key), expected));
    }
  }
}
