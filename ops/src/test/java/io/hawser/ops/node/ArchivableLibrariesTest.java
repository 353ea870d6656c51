package io.hawser.ops.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On copies of the libraries that the distribution has. */
class ArchivableLibrariesTest {
  @TempDir Path lib;

  private Path library(String name) throws IOException {
    Path jar =
        Arrays.stream(System.getProperty("java.class.path").split(":"))
            .map(Path::of)
            .filter(path -> path.getFileName().toString().matches(name + "[_-][0-9].*\\.jar"))
            .findFirst()
            .orElseThrow();
    return Files.copy(jar, lib.resolve(jar.getFileName()));
  }

  private static List<String> classesWith(Path jar, String word) throws IOException {
    List<String> found = new ArrayList<>();
    try (JarFile file = new JarFile(jar.toFile())) {
      for (JarEntry entry : file.stream().toList()) {
        byte[] bytes = file.getInputStream(entry).readAllBytes();
        if (new String(bytes, StandardCharsets.ISO_8859_1).contains(word)) {
          found.add(entry.getName());
        }
      }
    }
    return found;
  }

  private static TreeMap<String, Long> entries(Path jar) throws IOException {
    TreeMap<String, Long> times = new TreeMap<>();
    try (JarFile file = new JarFile(jar.toFile())) {
      file.stream().forEach(entry -> times.put(entry.getName(), entry.getTime()));
    }
    return times;
  }

  @Test
  void serializableLambdasBecomePlainOnes() throws IOException {
    Path jar = library("pekko-coordination");
    TreeMap<String, Long> before = entries(jar);
    String lambdas = "org/apache/pekko/coordination/lease/scaladsl/LeaseProvider.class";
    assertThat(classesWith(jar, "altMetafactory")).contains(lambdas);
    ArchivableLibraries.main(new String[] {lib.toString()});
    assertThat(classesWith(jar, "altMetafactory")).doesNotContain(lambdas);
    assertThat(entries(jar)).isEqualTo(before);
    assertThat(lib)
        .isDirectoryContaining(file -> file.equals(jar))
        .isDirectoryNotContaining("glob:**.next");
  }

  /** Called with plain lambdas: a range is cut and joined. */
  @Test
  void libraryOfPlainLambdasDoesWhatItDid() throws Exception {
    Path scala = library("scala-library");
    ArchivableLibraries.main(new String[] {lib.toString()});
    try (URLClassLoader loader = loader(scala)) {
      Object range =
          loader.loadClass("scala.collection.immutable.Range$").getField("MODULE$").get(null);
      Object numbers =
          range.getClass().getMethod("apply", int.class, int.class).invoke(range, 0, 5);
      Object grouped = numbers.getClass().getMethod("grouped", int.class).invoke(numbers, 2);
      Object text = grouped.getClass().getMethod("mkString", String.class).invoke(grouped, ";");
      assertThat(text.toString()).isEqualTo("Range 0 to 1;Range 2 to 3;Range 4 until 5");
    }
  }

  @Test
  void oldClassesGetStackMapsAndRun() throws Exception {
    Path jar = library("picocli");
    ArchivableLibraries.main(new String[] {lib.toString()});
    try (URLClassLoader loader = loader(jar)) {
      Class<?> type = loader.loadClass("picocli.CommandLine$Help$Ansi");
      try (var bytes = loader.getResourceAsStream("picocli/CommandLine.class")) {
        assertThat(StackMaps.areMissing(bytes.readAllBytes())).isFalse();
      }
      Object off = type.getField("OFF").get(null);
      Object plain = type.getMethod("string", String.class).invoke(off, "@|bold word|@");
      assertThat(plain).isEqualTo("word");
    }
  }

  @Test
  void manifestsKeepTheirMainSectionOnly() throws Exception {
    Path jar = library("bcpkix-jdk18on");
    ArchivableLibraries.main(new String[] {lib.toString()});
    try (JarFile file = new JarFile(jar.toFile(), true)) {
      assertThat(file.getManifest().getEntries()).isEmpty();
      assertThat(file.getManifest().getMainAttributes().getValue("Bundle-Name")).isNotEmpty();
      assertThat(file.stream().map(JarEntry::getName)).noneMatch(name -> name.endsWith(".SF"));
    }
  }

  private static URLClassLoader loader(Path jar) throws IOException {
    return new URLClassLoader(
        new URL[] {jar.toUri().toURL()}, ClassLoader.getPlatformClassLoader());
  }
}
