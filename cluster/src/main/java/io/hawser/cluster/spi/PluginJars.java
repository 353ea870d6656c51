package io.hawser.cluster.spi;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;
import java.util.function.Function;

/** The class path and a folder of jars, where extensions are found. */
public final class PluginJars {
  private final ClassLoader loader;

  private PluginJars(ClassLoader loader) {
    this.loader = loader;
  }

  /**
   * @param directory of jars, besides the class path; empty: none
   * @throws UncheckedIOException when the directory can't be read
   */
  public static PluginJars in(String directory) {
    ClassLoader own = PluginJars.class.getClassLoader();
    if (directory.isEmpty()) {
      return new PluginJars(own);
    }
    List<URL> jars = new ArrayList<>();
    try (var files = Files.newDirectoryStream(Path.of(directory), "*.jar")) {
      for (Path jar : files) {
        jars.add(jar.toUri().toURL());
      }
    } catch (MalformedURLException e) {
      throw new IllegalStateException("a file has a URL", e);
    } catch (IOException e) {
      throw new UncheckedIOException("the plugins can't be read: " + directory, e);
    }
    // For the life of the process: its classes are in use.
    return new PluginJars(new URLClassLoader(jars.toArray(URL[]::new), own));
  }

  /**
   * In the order of their names, so that every controller decides the same.
   *
   * @throws IllegalArgumentException when two have the same name
   */
  public <T> List<T> all(Class<T> extension, Function<T, String> name) {
    List<T> all =
        ServiceLoader.load(extension, loader).stream()
            .map(ServiceLoader.Provider::get)
            .sorted(Comparator.comparing(name))
            .toList();
    for (int i = 1; i < all.size(); i++) {
      String second = name.apply(all.get(i));
      if (second.equals(name.apply(all.get(i - 1)))) {
        throw new IllegalArgumentException("two extensions are called " + second);
      }
    }
    return all;
  }
}
