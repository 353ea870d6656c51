package io.hawser.ops.local;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** How the JVM of one node is started: the one place for its flags. */
final class NodeJvm {
  /** The class with the {@code main} of every command. */
  static final String MAIN_CLASS = "io.hawser.ops.cli.Hawser";

  /** Names a class-data archive; without it one beside the program's first jar is used. */
  static final String ARCHIVE_PROPERTY = "hawser.cds";

  static final String ARCHIVE_NAME = "hawser.jsa";

  /** Small heaps, small stacks and no second compiler: measured in the dependencies' page. */
  private static final List<String> FLAGS =
      List.of(
          "-Xmx256m",
          "-XX:+UseSerialGC",
          "-Xss512k",
          "-XX:TieredStopAtLevel=1",
          "-XX:+ExitOnOutOfMemoryError",
          "-Dfile.encoding=UTF-8",
          "-Dhawser.log=INFO");

  private NodeJvm() {}

  /** The command line up to the main class; arguments of {@code hawser} follow. */
  static List<String> command() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(FLAGS);
    archive().ifPresent(file -> command.add("-XX:SharedArchiveFile=" + file));
    command.add("-cp");
    command.add(classPath());
    command.add(MAIN_CLASS);
    return command;
  }

  /** This process's class path, so that a node runs the very same program. */
  static String classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(":"))
        .filter(entry -> !entry.isEmpty())
        .map(entry -> Path.of(entry).toAbsolutePath().toString())
        .collect(Collectors.joining(":"));
  }

  private static Optional<Path> archive() {
    String named = System.getProperty(ARCHIVE_PROPERTY, "");
    Path file =
        named.isEmpty()
            ? Path.of(classPath().split(":")[0]).resolveSibling(ARCHIVE_NAME)
            : Path.of(named).toAbsolutePath();
    return Optional.of(file).filter(Files::isRegularFile);
  }
}
