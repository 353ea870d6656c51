package io.hawser.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a pod's annotations say about its placement that Kubernetes has no field for. Values that
 * make no sense count as absent here; {@link #problems} names them, and gateways refuse them.
 *
 * @param policy how nodes are compared; empty: the cluster's
 * @param weights a part of the score by name, and what it is multiplied with
 * @param maxPerNode most pods of one owner on one node; 0: no bound
 * @param architectures of the image; empty: every one
 */
public record PlacementHints(
    Optional<Policy> policy,
    Map<String, Integer> weights,
    int maxPerNode,
    Optional<Gang> gang,
    Set<String> architectures) {
  public static final String POLICY = "hawser.io/placement";
  public static final String WEIGHTS = "hawser.io/placement-weights";
  public static final String MAX_PER_NODE = "hawser.io/max-per-node";
  public static final String GANG = "hawser.io/gang";
  public static final String GANG_SIZE = "hawser.io/gang-size";
  public static final String ARCHITECTURES = "hawser.io/architectures";

  /** Largest factor of a part of the score, either way. */
  public static final int MAX_WEIGHT = 1_000;

  public static final int MAX_GANG_SIZE = 10_000;

  /** All annotations that are read here. */
  public static final List<String> KEYS =
      List.of(POLICY, WEIGHTS, MAX_PER_NODE, GANG, GANG_SIZE, ARCHITECTURES);

  public static final PlacementHints NONE =
      new PlacementHints(Optional.empty(), Map.of(), 0, Optional.empty(), Set.of());

  /** How nodes are compared. */
  public enum Policy {
    /** Pods of one owner apart, then the emptiest node. */
    SPREAD,
    /** The fullest node that still has room. */
    BINPACK,
    /** Cpu and memory used alike. */
    BALANCED
  }

  /** Pods that are placed together or not at all: those of one namespace with the same name. */
  public record Gang(String name, int size) {}

  public PlacementHints {
    weights = Map.copyOf(weights);
    architectures = Set.copyOf(architectures);
  }

  public static PlacementHints of(Map<String, String> annotations) {
    if (KEYS.stream().noneMatch(annotations::containsKey)) {
      return NONE;
    }
    Optional<String> gang = Optional.ofNullable(annotations.get(GANG));
    return new PlacementHints(
        policy(annotations),
        weights(annotations.getOrDefault(WEIGHTS, "")).orElse(Map.of()),
        number(annotations, MAX_PER_NODE, Integer.MAX_VALUE).orElse(0),
        number(annotations, GANG_SIZE, MAX_GANG_SIZE)
            .flatMap(size -> gang.map(name -> new Gang(name, size))),
        words(annotations.getOrDefault(ARCHITECTURES, "")));
  }

  public static List<AnnotationProblem> problems(Map<String, String> annotations) {
    List<AnnotationProblem> problems = new ArrayList<>();
    if (policy(annotations).isEmpty()) {
      note(problems, annotations, POLICY, "must be spread, binpack or balanced");
    }
    if (weights(annotations.getOrDefault(WEIGHTS, "")).isEmpty()) {
      note(
          problems,
          annotations,
          WEIGHTS,
          "must be like spread=1,free=-2, with numbers from -%d to %d"
              .formatted(MAX_WEIGHT, MAX_WEIGHT));
    }
    if (number(annotations, MAX_PER_NODE, Integer.MAX_VALUE).isEmpty()) {
      note(problems, annotations, MAX_PER_NODE, "must be a whole number of at least 1");
    }
    boolean sized = number(annotations, GANG_SIZE, MAX_GANG_SIZE).isPresent();
    if (!sized) {
      note(problems, annotations, GANG_SIZE, "must be between 1 and " + MAX_GANG_SIZE);
    }
    if (annotations.containsKey(GANG) != annotations.containsKey(GANG_SIZE)) {
      String present = annotations.containsKey(GANG) ? GANG : GANG_SIZE;
      note(problems, annotations, present, "needs " + GANG + " and " + GANG_SIZE);
    }
    return problems;
  }

  private static void note(
      List<AnnotationProblem> problems,
      Map<String, String> annotations,
      String key,
      String expected) {
    if (annotations.containsKey(key)) {
      problems.add(new AnnotationProblem(key, annotations.get(key), expected));
    }
  }

  private static Optional<Policy> policy(Map<String, String> annotations) {
    return Arrays.stream(Policy.values())
        .filter(p -> p.name().toLowerCase(java.util.Locale.ROOT).equals(annotations.get(POLICY)))
        .findFirst();
  }

  private static Optional<Integer> number(Map<String, String> annotations, String key, int max) {
    String text = annotations.getOrDefault(key, "");
    return text.matches("[0-9]{1,10}")
        ? Optional.of(Long.parseLong(text)).filter(n -> n >= 1 && n <= max).map(Math::toIntExact)
        : Optional.empty();
  }

  private static Optional<Map<String, Integer>> weights(String text) {
    Map<String, Integer> weights = new TreeMap<>();
    for (String entry : words(text)) {
      if (!entry.matches("[a-zA-Z0-9._-]{1,63}=-?[0-9]{1,4}")) {
        return Optional.empty();
      }
      int equals = entry.indexOf('=');
      int weight = Integer.parseInt(entry.substring(equals + 1));
      if (Math.abs(weight) > MAX_WEIGHT) {
        return Optional.empty();
      }
      weights.put(entry.substring(0, equals), weight);
    }
    return Optional.of(weights);
  }

  private static Set<String> words(String text) {
    Set<String> words = new TreeSet<>();
    for (String word : text.split(",")) {
      if (!word.isBlank()) {
        words.add(word.strip());
      }
    }
    return words;
  }
}
