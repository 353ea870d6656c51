package io.hawser.runtime.image.build;

import io.hawser.runtime.image.fs.RawNames;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What of a build's directory is no part of it; source: Docker's documentation, ".dockerignore
 * file". The last pattern that matches a path, or a directory above it, decides.
 */
public final class DockerIgnore {
  private record Rule(Pattern pattern, boolean keep) {}

  private final List<Rule> rules;

  private DockerIgnore(List<Rule> rules) {
    this.rules = rules;
  }

  public static DockerIgnore none() {
    return new DockerIgnore(List.of());
  }

  /**
   * @param file shown in errors
   */
  public static DockerIgnore parse(String file, String content) {
    List<Rule> rules = new ArrayList<>();
    String[] lines = content.split("\r?\n", -1);
    for (int i = 0; i < lines.length; i++) {
      String line = lines[i].strip();
      boolean keep = line.startsWith("!");
      String pattern =
          String.join("/", RawNames.components(keep ? line.substring(1).strip() : line));
      if (lines[i].startsWith("#") || pattern.isEmpty()) {
        continue;
      }
      try {
        rules.add(new Rule(PathPatterns.compile(RawNames.raw(pattern)), keep));
      } catch (IllegalArgumentException e) {
        throw DockerfileFault.at(file, i + 1, e.getMessage());
      }
    }
    return new DockerIgnore(rules);
  }

  /**
   * @param path raw, relative to the build's directory
   */
  public boolean ignores(String path) {
    boolean ignored = false;
    for (Rule rule : rules) {
      if (rule.keep() == ignored && matches(rule.pattern(), path)) {
        ignored = !rule.keep();
      }
    }
    return ignored;
  }

  /** Whether something below an ignored directory may be kept. */
  boolean hasExceptions() {
    return rules.stream().anyMatch(Rule::keep);
  }

  private static boolean matches(Pattern pattern, String path) {
    if (pattern.matcher(path).matches()) {
      return true;
    }
    for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      if (pattern.matcher(path.substring(0, slash)).matches()) {
        return true;
      }
    }
    return false;
  }
}
