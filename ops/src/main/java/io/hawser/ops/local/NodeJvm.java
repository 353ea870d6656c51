package io.hawser.ops.local;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * How the JVM of one node is started: by the flags and the class data archive of the distribution
 * that this command runs from, or plainly when it runs from classes, as in a development tool.
 */
final class NodeJvm {
  /** The class with the {@code main} of every command. */
  static final String MAIN_CLASS = "io.hawser.ops.cli.Hawser";

  /** The distribution's directory, with {@code lib}, {@code conf} and {@code node.jsa}. */
  static final String DIST_PROPERTY = "hawser.dist";

  private static final List<String> PLAIN_FLAGS =
      List.of("-Xmx256m", "-Xss512k", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

  private NodeJvm() {}

  /** The command line up to the main class; arguments of {@code hawser} follow. */
  static List<String> command() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    String dist = System.getProperty(DIST_PROPERTY, "");
    if (dist.isEmpty()) {
      command.addAll(PLAIN_FLAGS);
      command.addAll(List.of("-cp", classPath()));
    } else {
      command.addAll(distribution(Path.of(dist).toAbsolutePath()));
    }
    command.add(MAIN_CLASS);
    return command;
  }

  private static List<String> distribution(Path dist) {
    List<String> flags = new ArrayList<>();
    flags.add("@" + dist.resolve("conf").resolve("node.jvm"));
    Path archive = dist.resolve("node.jsa");
    if (Files.isRegularFile(archive)) {
      flags.add("-XX:SharedArchiveFile=" + archive);
    }
    flags.add("-D" + DIST_PROPERTY + "=" + dist);
    // The same words as when the archive was made: the archive is only used for the same class
    // path.
    flags.addAll(List.of("-cp", dist.resolve("lib") + "/*"));
    return flags;
  }

  /** This process's class path, so that a node runs the very same program. */
  private static String classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(":"))
        .filter(entry -> !entry.isEmpty())
        .map(entry -> Path.of(entry).toAbsolutePath().toString())
        .collect(Collectors.joining(":"));
  }
}
