package io.hawser.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/** The workload kind of {@code examples/workload-plugin} as a jar, as its own build makes it. */
final class ExampleKind {
  private ExampleKind() {}

  /**
   * @param folder made, and the jar put into it
   */
  static void jarInto(Path folder) throws IOException {
    Path example = Shell.home().resolve("examples/workload-plugin/src/main");
    Path classes = Files.createDirectories(folder.resolve("classes"));
    List<String> javac = new ArrayList<>(List.of("-d", classes.toString(), "-cp"));
    javac.add(System.getProperty("java.class.path"));
    try (Stream<Path> sources = Files.walk(example.resolve("java"))) {
      sources.filter(Files::isRegularFile).map(Path::toString).forEach(javac::add);
    }
    run("javac", javac);
    String jar = folder.resolve("office-hours.jar").toString();
    String resources = example.resolve("resources").toString();
    run(
        "jar",
        List.of("--create", "--file", jar, "-C", classes.toString(), ".", "-C", resources, "."));
  }

  private static void run(String tool, List<String> arguments) {
    ToolProvider found = ToolProvider.findFirst(tool).orElseThrow();
    int code = found.run(System.out, System.err, arguments.toArray(String[]::new));
    if (code != 0) {
      throw new AssertionError(tool + " " + arguments + " ended with " + code);
    }
  }
}
