package io.hawser.runtime.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributeView;

/**
 * Deletes a directory with all in it, by descriptors: a container's files can't lead it elsewhere
 * by symbolic links, nor can path names get too long.
 */
public final class TreeRemoval {
  private static final int LOOKS = 5;

  private TreeRemoval() {}

  /** Idempotent. */
  public static void delete(Path directory) {
    if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (DirectoryStream<Path> parent = Files.newDirectoryStream(directory.getParent())) {
      deleteDirectory((SecureDirectoryStream<Path>) parent, directory.getFileName());
    } catch (IOException e) {
      throw new UncheckedIOException("remove(" + directory + ") failed: " + e, e);
    }
  }

  /**
   * A container that is just ending may rename or remove files of its own meanwhile: a name that is
   * gone is skipped, one that came late is found by another look.
   */
  private static void deleteDirectory(SecureDirectoryStream<Path> parent, Path name)
      throws IOException {
    for (int look = 1; ; look++) {
      try {
        deleteEntries(parent, name);
        parent.deleteDirectory(name);
        return;
      } catch (NoSuchFileException e) {
        return; // another one removed the same
      } catch (DirectoryNotEmptyException e) {
        if (look == LOOKS) {
          throw e;
        }
      }
    }
  }

  private static void deleteEntries(SecureDirectoryStream<Path> parent, Path name)
      throws IOException {
    try (SecureDirectoryStream<Path> directory =
        parent.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
      for (Path entry : directory) {
        deleteEntry(directory, entry.getFileName());
      }
    }
  }

  private static void deleteEntry(SecureDirectoryStream<Path> directory, Path name)
      throws IOException {
    try {
      if (isDirectory(directory, name)) {
        deleteDirectory(directory, name);
      } else {
        directory.deleteFile(name);
      }
    } catch (NoSuchFileException e) {
      return; // gone since the look
    }
  }

  private static boolean isDirectory(SecureDirectoryStream<Path> parent, Path name)
      throws IOException {
    BasicFileAttributeView view =
        parent.getFileAttributeView(name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    return view.readAttributes().isDirectory();
  }
}
