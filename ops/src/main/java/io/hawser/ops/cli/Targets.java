package io.hawser.ops.cli;

import io.hawser.ops.client.ApiKinds;
import io.hawser.ops.client.ResourceKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import picocli.CommandLine.ParameterException;

/**
 * What a user names on the command line: {@code pods}, {@code pods,nodes}, {@code pod NAME…} or
 * {@code pod/NAME deployment/NAME…}.
 *
 * @param name empty: all of the kind
 */
record Targets(ResourceKind kind, Optional<String> name) {

  /**
   * @param kinds of the cluster
   * @param usage makes the exception for an argument that is wrong
   */
  static List<Targets> parse(
      List<String> words, ApiKinds kinds, Function<String, ParameterException> usage) {
    if (words.stream().anyMatch(w -> w.contains("/"))) {
      return words.stream().map(w -> slashed(w, kinds, usage)).toList();
    }
    List<ResourceKind> named = new ArrayList<>();
    for (String word : words.get(0).split(",")) {
      named.add(kind(word, kinds, usage));
    }
    if (words.size() == 1) {
      return named.stream().map(k -> new Targets(k, Optional.empty())).toList();
    }
    if (named.size() > 1) {
      throw usage.apply("names need one kind, such as pod/NAME node/NAME");
    }
    return words.stream().skip(1).map(n -> new Targets(named.get(0), Optional.of(n))).toList();
  }

  /** Exactly one object, as {@code KIND/NAME} or {@code KIND NAME}. */
  static Targets one(
      List<String> words, ApiKinds kinds, Function<String, ParameterException> usage) {
    boolean slashed = words.get(0).contains("/");
    if (words.size() != (slashed ? 1 : 2)) {
      throw usage.apply("expected one object, as KIND/NAME or KIND NAME");
    }
    return parse(words, kinds, usage).get(0);
  }

  private static Targets slashed(
      String word, ApiKinds kinds, Function<String, ParameterException> usage) {
    String[] parts = word.split("/", -1);
    if (parts.length != 2 || parts[0].isEmpty() || parts[1].isEmpty()) {
      throw usage.apply("expected KIND/NAME, got " + word);
    }
    return new Targets(kind(parts[0], kinds, usage), Optional.of(parts[1]));
  }

  private static ResourceKind kind(
      String word, ApiKinds kinds, Function<String, ParameterException> usage) {
    return kinds
        .named(word)
        .orElseThrow(
            () -> usage.apply("unknown kind " + word + ": expected one of " + kinds.known()));
  }

  String path(String namespace) {
    return kind.path(namespace, name.orElseThrow());
  }

  String label() {
    return kind.label() + "/" + name.orElse("");
  }
}
