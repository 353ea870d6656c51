package io.hawser.ops.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Objects;

/**
 * Looks whether a node's directory is still the one that it began in, by a file that stays as long
 * as the node does. Files that are open outlive their directory, so a node whose directory was
 * deleted would go on unnoticed, and after its next start know nothing of its pods. An error of the
 * disk is no such thing: whoever reads or writes there meets it.
 */
final class DirectoryWatch implements AutoCloseable {
  static final Duration EVERY = Duration.ofSeconds(10);

  private final Path file;
  private final Object identity;
  private final Duration every;
  private final Runnable gone;
  private final Thread thread = new Thread(this::run, "directory-watch");

  private DirectoryWatch(Path file, Duration every, Runnable gone) throws IOException {
    this.file = file;
    this.identity = identity(file);
    this.every = every;
    this.gone = gone;
  }

  /**
   * @param gone called once, on a thread of its own
   * @throws IOException when the file is not there now
   */
  static DirectoryWatch start(Path file, Duration every, Runnable gone) throws IOException {
    DirectoryWatch watch = new DirectoryWatch(file, every, gone);
    watch.thread.setDaemon(true);
    watch.thread.start();
    return watch;
  }

  /** Device and inode. */
  private static Object identity(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
  }

  private void run() {
    try {
      do {
        Thread.sleep(every.toMillis());
      } while (isThere());
      gone.run();
    } catch (InterruptedException closed) {
      // Nobody needs to know any more.
    }
  }

  private boolean isThere() {
    try {
      return Objects.equals(identity, identity(file));
    } catch (NoSuchFileException | NotDirectoryException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
