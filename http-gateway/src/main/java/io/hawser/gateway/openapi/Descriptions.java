package io.hawser.gateway.openapi;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the files {@code *.txt} beside this class say of messages and their fields. A line without
 * indentation begins a message: its name, a colon and what it is. Below it a line for a field: its
 * name, {@code !} when it must be given, the values that it may have as {@code [A|B]}, and what
 * Hawser does with it. A line that is indented deeper goes on with the one before.
 */
final class Descriptions {
  private static final List<String> FILES =
      List.of("pods.txt", "containers.txt", "volumes.txt", "workloads.txt", "cluster.txt");
  private static final Pattern MESSAGE = Pattern.compile("(\\w+): (.+)");
  private static final Pattern FIELD = Pattern.compile("(\\w+)(!?)(?: \\[([^\\]]+)\\])?(?: (.+))?");

  /**
   * What is said of a field.
   *
   * @param values empty: any
   */
  record Word(String text, boolean required, List<String> values) {
    static final Word NONE = new Word("", false, List.of());
  }

  private final Map<String, Word> words = new HashMap<>();

  /**
   * @throws UncheckedIOException when a file is missing
   * @throws IllegalStateException when a line has another form, or one thing is described twice
   */
  Descriptions() {
    FILES.forEach(this::read);
  }

  Word message(String name) {
    return words.getOrDefault(name, Word.NONE);
  }

  Word field(String message, String name) {
    return words.getOrDefault(message + "." + name, Word.NONE);
  }

  /** Names of messages, and of fields after their message's and a dot. */
  java.util.Set<String> names() {
    return Map.copyOf(words).keySet();
  }

  private void read(String file) {
    try (InputStream in = Descriptions.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new IOException("no such resource beside " + Descriptions.class.getName());
      }
      List<String> lines =
          new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8)).lines().toList();
      read(String.join("\n", lines).replaceAll("\n {4,}", " ").lines().toList(), file);
    } catch (IOException e) {
      throw new UncheckedIOException(file, e);
    }
  }

  private void read(List<String> lines, String file) {
    String message = "";
    for (String line : lines) {
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      boolean isField = line.startsWith("  ");
      Matcher matcher = (isField ? FIELD : MESSAGE).matcher(line.strip());
      if (!matcher.matches()) {
        throw new IllegalStateException(file + ": a line that describes nothing: " + line);
      }
      message = isField ? message : matcher.group(1);
      Word word =
          isField
              ? new Word(or(matcher.group(4)), !matcher.group(2).isEmpty(), values(matcher))
              : new Word(matcher.group(2), false, List.of());
      String name = isField ? message + "." + matcher.group(1) : message;
      if (words.put(name, word) != null) {
        throw new IllegalStateException(file + ": " + name + " is described twice");
      }
    }
  }

  private static String or(String text) {
    return text == null ? "" : text;
  }

  private static List<String> values(Matcher matcher) {
    return matcher.group(3) == null ? List.of() : List.of(matcher.group(3).split("\\|"));
  }
}
