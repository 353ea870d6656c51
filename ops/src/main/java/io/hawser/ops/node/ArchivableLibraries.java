package io.hawser.ops.node;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassWriter;

/**
 * Run by the build over the distribution's libraries before {@link ClassTraining}: what Java's
 * class data archive can't hold is written in a form that it can. Two kinds were nearly all of it,
 * and a quarter of a node's start-up: Scala's lambdas, which are serializable, and classes without
 * stack maps, from before Java 6. Signed libraries are left as they are. docs/adr/0005-agent-jvm.md
 */
public final class ArchivableLibraries {
  private static final byte[] FACTORY = "altMetafactory".getBytes(StandardCharsets.US_ASCII);

  private static final Pattern SIGNATURE = Pattern.compile("META-INF/[^/]+\\.(SF|RSA|DSA|EC)");

  private ArchivableLibraries() {}

  /**
   * @param args the directory with the jars, which are replaced one by one
   */
  public static void main(String[] args) throws IOException {
    List<Path> jars;
    try (Stream<Path> files = Files.list(Path.of(args[0]))) {
      jars = files.filter(file -> file.toString().endsWith(".jar")).toList();
    }
    jars.parallelStream().forEach(ArchivableLibraries::rewrite);
  }

  private static void rewrite(Path jar) {
    Path next = Path.of(jar + ".next");
    try {
      boolean changed;
      try (JarFile in = new JarFile(jar.toFile(), false)) {
        changed = isToBeWritten(in);
        if (changed) {
          copy(in, next);
        }
      }
      if (changed) {
        Files.move(next, jar, StandardCopyOption.ATOMIC_MOVE);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("rewrite(" + jar + ") failed: " + e.getMessage(), e);
    }
  }

  private static boolean isToBeWritten(JarFile jar) throws IOException {
    Manifest manifest = jar.getManifest();
    return (manifest != null && !manifest.getEntries().isEmpty())
        || jar.stream().anyMatch(entry -> isToBeWritten(entry.getName(), read(jar, entry)));
  }

  private static boolean isToBeWritten(String name, byte[] bytes) {
    // Of the other releases in a jar, some are newer than what reads them here.
    return name.endsWith(".class")
        && !name.startsWith("META-INF/")
        && (StackMaps.areMissing(bytes) || contains(bytes, FACTORY));
  }

  private static void copy(JarFile in, Path next) throws IOException {
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(next))) {
      for (JarEntry entry : Collections.list(in.entries())) {
        if (SIGNATURE.matcher(entry.getName()).matches()) {
          continue;
        }
        JarEntry copy = new JarEntry(entry.getName());
        copy.setTime(entry.getTime());
        out.putNextEntry(copy);
        out.write(rewritten(entry.getName(), read(in, entry)));
        out.closeEntry();
      }
    }
  }

  private static byte[] rewritten(String name, byte[] bytes) throws IOException {
    if (name.equals(JarFile.MANIFEST_NAME)) {
      return mainSection(bytes);
    }
    return isToBeWritten(name, bytes) ? rewritten(bytes) : bytes;
  }

  private static byte[] mainSection(byte[] bytes) throws IOException {
    Manifest manifest = new Manifest(new ByteArrayInputStream(bytes));
    manifest.getEntries().clear();
    ByteArrayOutputStream main = new ByteArrayOutputStream();
    manifest.write(main);
    return main.toByteArray();
  }

  private static byte[] rewritten(byte[] bytes) {
    if (StackMaps.areMissing(bytes)) {
      return StackMaps.added(bytes);
    }
    ClassWriter writer = new ClassWriter(0);
    new ClassReader(bytes).accept(new PlainLambdas(writer), 0);
    return writer.toByteArray();
  }

  private static boolean contains(byte[] bytes, byte[] word) {
    for (int i = 0; i <= bytes.length - word.length; i++) {
      int same = 0;
      while (same < word.length && bytes[i + same] == word[same]) {
        same++;
      }
      if (same == word.length) {
        return true;
      }
    }
    return false;
  }

  private static byte[] read(JarFile jar, JarEntry entry) {
    try (var in = jar.getInputStream(entry)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("read(" + entry + ") failed: " + e.getMessage(), e);
    }
  }
}
