package io.hawser.ops.local;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How the JVM of one node is started: by the flags and the class data archive of the distribution
 * that this command runs from, or plainly when it runs from classes, as in a development tool.
 */
final class NodeJvm {
  /** The class with the {@code main} of every command. */
  static final String MAIN_CLASS = "io.hawser.ops.cli.Hawser";

  /** The distribution's directory, with {@code lib}, {@code conf} and {@code node.jsa}. */
  static final String DIST_PROPERTY = "hawser.dist";

  /**
   * More flags, between blanks; of two of a kind the JVM takes the last. The script knows it too.
   */
  private static final String MORE_FLAGS = "HAWSER_NODE_JVM";

  private static final List<String> PLAIN_FLAGS =
      List.of("-Xmx256m", "-Xss512k", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

  private NodeJvm() {}

  /** The command line up to the main class; arguments of {@code hawser} follow. */
  static List<String> command() {
    return command(System.getenv().getOrDefault(MORE_FLAGS, ""));
  }

  /** As {@link #command()}, with those flags after the distribution's. */
  static List<String> command(String moreFlags) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    String dist = System.getProperty(DIST_PROPERTY, "");
    if (dist.isEmpty()) {
      command.addAll(PLAIN_FLAGS);
    } else {
      command.addAll(distribution(Path.of(dist).toAbsolutePath()));
    }
    Stream.of(moreFlags.split("\\s+")).filter(flag -> !flag.isEmpty()).forEach(command::add);
    command.add("-cp");
    // The same words as when the archive was made: it is only used for the same class path.
    command.add(
        dist.isEmpty() ? classPath() : Path.of(dist).toAbsolutePath().resolve("lib") + "/*");
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
