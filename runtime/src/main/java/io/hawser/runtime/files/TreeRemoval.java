package io.hawser.runtime.files;

import java.io.IOException;
import java.io.UncheckedIOException;
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

  private static void deleteDirectory(SecureDirectoryStream<Path> parent, Path name)
      throws IOException {
    try (SecureDirectoryStream<Path> directory =
        parent.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
      for (Path entry : directory) {
        Path child = entry.getFileName();
        if (isDirectory(directory, child)) {
          deleteDirectory(directory, child);
        } else {
          directory.deleteFile(child);
        }
      }
      parent.deleteDirectory(name);
    } catch (NoSuchFileException e) {
      return; // another one removes the same
    }
  }

  private static boolean isDirectory(SecureDirectoryStream<Path> parent, Path name)
      throws IOException {
    BasicFileAttributeView view =
        parent.getFileAttributeView(name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    return view.readAttributes().isDirectory();
  }
}
