package io.hawser.node;

import io.hawser.runtime.MemoryVolumes;
import io.hawser.runtime.files.TreeRemoval;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The volumes of this machine that outlive pods: a directory each, by the volume's name. Nothing
 * here removes one but {@link #remove}. Safe for use from any thread; every method but {@link
 * #directory} blocks.
 *
 * <p>What is half made is called {@code .making-NAME} and what is half removed {@code
 * .removing-NAME}, so that a crash at any point leaves a volume that is whole or none.
 */
final class PersistentVolumes {
  /** A file's name has at most 255 bytes, and the longest prefix comes before. */
  private static final Pattern NAME = Pattern.compile("[a-z0-9]([-a-z0-9.]{0,198}[a-z0-9])?");

  private static final String MAKING = ".making-";
  private static final String REMOVING = ".removing-";
  private static final int ANYBODY = 0777;
  private static final int SET_GROUP_ID = 02000;

  private final Path root;

  /**
   * @param root made with the first volume; a link to a directory elsewhere will do
   */
  PersistentVolumes(Path root) {
    this.root = root;
  }

  /**
   * Where a volume is, or would be.
   *
   * @throws IllegalArgumentException for a name that is none
   */
  Path directory(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "\""
              + name
              + "\" is no volume's name: expected at most 200 of a-z, 0-9, '-' and '.', beginning"
              + " and ending with a letter or digit");
    }
    return root.resolve(name);
  }

  /**
   * Makes the volume unless it is there; idempotent. Everybody may write there; a group that is
   * given gets the directory, and what is made in it later, once.
   *
   * @throws UncheckedIOException naming the directory and what is wrong, such as a full disk
   */
  synchronized Path make(String name, Optional<Long> group) {
    Path directory = directory(name);
    try {
      if (exists(root.resolve(REMOVING + name))) {
        throw new IOException("the volume is being removed");
      }
      if (!exists(directory)) {
        makeNew(name, directory);
      } else if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
        throw new IOException("it is not a directory");
      }
      if (group.isPresent()) {
        giveTo(group.get().intValue(), directory);
      }
      return directory;
    } catch (IOException e) {
      throw new UncheckedIOException("can't make the directory " + directory + ": " + reason(e), e);
    }
  }

  private void makeNew(String name, Path directory) throws IOException {
    if (!Files.isDirectory(root)) {
      Files.createDirectories(root);
      flush(root.toAbsolutePath().getParent());
    }
    // Set-uid files of a container must not be within reach of the machine's users.
    Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwx------"));
    Path fresh = root.resolve(MAKING + name);
    try {
      Files.createDirectory(fresh);
    } catch (FileAlreadyExistsException e) {
      // Left by a crash; nothing was ever put there.
    }
    Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rwxrwxrwx"));
    Files.move(fresh, directory, StandardCopyOption.ATOMIC_MOVE);
    // What a database has flushed must not be lost with the entry of its directory.
    flush(root);
  }

  /** As later changes by containers are theirs, only where the group is another one. */
  private static void giveTo(int group, Path directory) throws IOException {
    if (!Files.getAttribute(directory, "unix:gid", LinkOption.NOFOLLOW_LINKS).equals(group)) {
      Files.setAttribute(directory, "unix:gid", group, LinkOption.NOFOLLOW_LINKS);
      Files.setAttribute(directory, "unix:mode", SET_GROUP_ID | ANYBODY);
    }
  }

  /**
   * Removes a volume with all that is in it, never what a link in it points to; idempotent, and
   * goes on where a crash ended it. No pod may have it mounted.
   *
   * @throws UncheckedIOException when something of it is left
   */
  void remove(String name) {
    Path leaving = root.resolve(REMOVING + name);
    try {
      deleteTree(leaving); // of an earlier try
      synchronized (this) {
        Path directory = directory(name);
        if (exists(directory)) {
          Files.move(directory, leaving, StandardCopyOption.ATOMIC_MOVE);
        }
        Files.deleteIfExists(root.resolve(MAKING + name));
      }
      deleteTree(leaving);
    } catch (IOException e) {
      throw new UncheckedIOException("can't remove volume " + name + ": " + e, e);
    }
  }

  private static void deleteTree(Path directory) throws IOException {
    if (Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      MemoryVolumes.unmountBelow(directory); // what a container mounted there for the machine
      TreeRemoval.delete(directory);
    } else {
      Files.deleteIfExists(directory);
    }
  }

  private static boolean exists(Path path) {
    return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
  }

  /** Java's own text is the path alone for some errors, and the path and the reason for others. */
  private static String reason(IOException failure) {
    return failure instanceof FileSystemException file && file.getReason() != null
        ? file.getReason()
        : failure.getClass() == IOException.class ? failure.getMessage() : failure.toString();
  }

  private static void flush(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
