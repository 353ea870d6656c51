package io.hawser.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.ToolProvider;

/** Makes the jars that the examples' own builds make. */
public final class Jars {
  private Jars() {}

  /**
   * @param example its folder's name
   * @param dir where {@code plugin.jar} is put
   */
  public static void ofTheExample(String example, Path dir) throws IOException {
    Path main = Path.of("../examples", example, "src/main").toAbsolutePath().normalize();
    Path classes = Files.createDirectory(dir.resolve("classes"));
    List<String> arguments =
        new ArrayList<>(
            List.of("-cp", System.getProperty("java.class.path"), "-d", classes.toString()));
    files(main.resolve("java")).map(Path::toString).forEach(arguments::add);
    int code =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, arguments.toArray(String[]::new));
    assertThat(code).isZero();
    try (JarOutputStream jar =
        new JarOutputStream(Files.newOutputStream(dir.resolve("plugin.jar")))) {
      for (Path root : List.of(classes, main.resolve("resources"))) {
        for (Path file : files(root).toList()) {
          jar.putNextEntry(new JarEntry(root.relativize(file).toString()));
          Files.copy(file, jar);
          jar.closeEntry();
        }
      }
    }
  }

  private static Stream<Path> files(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      return files.filter(Files::isRegularFile).toList().stream();
    }
  }
}
