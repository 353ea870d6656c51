package io.hawser.scheduler;

import io.hawser.model.PlacementHints.Policy;
import io.hawser.scheduler.core.placement.PlacementSettings;
import io.hawser.scheduler.spi.PlacementFilter;
import io.hawser.scheduler.spi.PlacementScorer;
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
import java.util.Locale;
import java.util.ServiceLoader;
import java.util.function.Function;

/** Finds what others' jars add to placement. */
final class PlacementExtensions {
  private PlacementExtensions() {}

  /**
   * @param policy its name in any case
   * @param directory of jars, besides the class path; empty: none
   * @throws IllegalArgumentException for an unknown policy
   * @throws UncheckedIOException when the directory can't be read
   */
  static PlacementSettings load(String policy, String directory) {
    ClassLoader loader = loader(directory);
    return new PlacementSettings(
        Policy.valueOf(policy.toUpperCase(Locale.ROOT)),
        all(PlacementFilter.class, loader, PlacementFilter::name),
        all(PlacementScorer.class, loader, PlacementScorer::name));
  }

  private static ClassLoader loader(String directory) {
    ClassLoader own = PlacementExtensions.class.getClassLoader();
    if (directory.isEmpty()) {
      return own;
    }
    List<URL> jars = new ArrayList<>();
    try (var files = Files.newDirectoryStream(Path.of(directory), "*.jar")) {
      for (Path jar : files) {
        jars.add(jar.toUri().toURL());
      }
    } catch (MalformedURLException e) {
      throw new IllegalStateException("a file has a URL", e);
    } catch (IOException e) {
      throw new UncheckedIOException("placement's plugins can't be read: " + directory, e);
    }
    // For the life of the process: its classes are in use.
    return new URLClassLoader(jars.toArray(URL[]::new), own);
  }

  /** In the order of their names, so that every controller decides the same. */
  private static <T> List<T> all(Class<T> extension, ClassLoader loader, Function<T, String> name) {
    return ServiceLoader.load(extension, loader).stream()
        .map(ServiceLoader.Provider::get)
        .sorted(Comparator.comparing(name))
        .toList();
  }
}
