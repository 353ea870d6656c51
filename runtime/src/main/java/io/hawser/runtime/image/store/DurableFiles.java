package io.hawser.runtime.image.store;

import io.hawser.runtime.image.ImageFault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/** File operations after which a crash finds the old or the new, never half. */
public final class DurableFiles {
  private static final String TEMPORARY = ".tmp-";

  private DurableFiles() {}

  /** Replaces a file's content: temporary file, fsync, rename, fsync of the directory. */
  public static void replace(Path file, byte[] content) {
    Path temporary = file.resolveSibling(TEMPORARY + UUID.randomUUID());
    try {
      try (FileChannel channel =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        ByteBuffer buffer = ByteBuffer.wrap(content);
        while (buffer.hasRemaining()) {
          channel.write(buffer);
        }
        channel.force(true);
      }
      move(temporary, file);
    } catch (IOException e) {
      throw ImageFault.of("can't write " + file, e);
    } finally {
      deleteQuietly(temporary);
    }
  }

  /**
   * The same without waiting for the disk: whole after a killed process, not after a lost machine.
   */
  static void replaceUnsynced(Path file, byte[] content) {
    Path temporary = file.resolveSibling(TEMPORARY + UUID.randomUUID());
    try {
      Files.write(temporary, content, StandardOpenOption.CREATE_NEW);
      Files.move(
          temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw ImageFault.of("can't write " + file, e);
    } finally {
      deleteQuietly(temporary);
    }
  }

  /** Renames within one file system, durably; the source must have been synced. */
  public static void move(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    syncDirectory(to.getParent());
  }

  public static void syncDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  public static void makeDirectories(Path directory) {
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw ImageFault.of("can't make " + directory, e);
    }
  }

  /** The entries of a directory, sorted; none when it does not exist; no temporary files. */
  public static List<Path> entries(Path directory) {
    return list(directory).stream().filter(p -> !isTemporary(p)).toList();
  }

  /** What {@link #replace} left behind, or is writing just now. */
  static List<Path> temporary(Path directory) {
    return list(directory).stream().filter(DurableFiles::isTemporary).toList();
  }

  private static List<Path> list(Path directory) {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.sorted().toList();
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (IOException e) {
      throw ImageFault.of("can't list " + directory, e);
    } catch (UncheckedIOException e) {
      throw ImageFault.of("can't list " + directory, e.getCause());
    }
  }

  /** Removes a tree without following links; what is gone already is no error. */
  public static void deleteTree(Path root) throws IOException {
    if (!Files.exists(root, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes)
              throws IOException {
            // Without root a directory of an image may be closed to its own owner.
            boolean closed = !Files.isWritable(dir) || !Files.isExecutable(dir);
            if (closed && Files.exists(dir)) {
              Files.setPosixFilePermissions(
                  dir, java.nio.file.attribute.PosixFilePermissions.fromString("rwx------"));
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (e instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE;
            }
            if (e instanceof java.nio.file.AccessDeniedException) {
              Files.setPosixFilePermissions(
                  file, java.nio.file.attribute.PosixFilePermissions.fromString("rwx------"));
              deleteTree(file);
              return FileVisitResult.CONTINUE;
            }
            throw e;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path dir, IOException e) throws IOException {
            Files.deleteIfExists(dir);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  static void deleteQuietly(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // A left-over temporary file is taken by the next collection.
    }
  }

  private static boolean isTemporary(Path file) {
    return file.getFileName().toString().startsWith(TEMPORARY);
  }
}
