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
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.UUID;

/**
 * Deletes a directory with all in it, by descriptors: a container's files can't lead it elsewhere
 * by symbolic links, nor can path names get too long, nor the tree too deep: what lies below {@link
 * #MAX_DEPTH} is moved up first, so that each level costs the same.
 */
public final class TreeRemoval {
  private static final int LOOKS = 5;

  /** Each level holds a descriptor. */
  private static final int MAX_DEPTH = 100;

  private final SecureDirectoryStream<Path> root;
  private final Deque<Path> movedUp = new ArrayDeque<>();

  private TreeRemoval(SecureDirectoryStream<Path> root) {
    this.root = root;
  }

  /** Idempotent. */
  public static void delete(Path directory) {
    if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (DirectoryStream<Path> parent = Files.newDirectoryStream(directory.getParent())) {
      deleteTree((SecureDirectoryStream<Path>) parent, directory.getFileName());
    } catch (IOException e) {
      throw new UncheckedIOException("remove(" + directory + ") failed: " + e, e);
    }
  }

  private static void deleteTree(SecureDirectoryStream<Path> parent, Path name) throws IOException {
    deleteDirectory(
        parent,
        name,
        root -> {
          TreeRemoval removal = new TreeRemoval(root);
          removal.deleteEntries(root, 1);
          removal.deleteMovedUp();
        });
  }

  private interface Emptying {
    void empty(SecureDirectoryStream<Path> directory) throws IOException;
  }

  /**
   * A container that is just ending may rename or remove files of its own meanwhile: a name that is
   * gone is skipped, one that came late is found by another look.
   */
  private static void deleteDirectory(
      SecureDirectoryStream<Path> parent, Path name, Emptying content) throws IOException {
    for (int look = 1; ; look++) {
      try {
        try (SecureDirectoryStream<Path> directory =
            parent.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
          content.empty(directory);
        }
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

  private void deleteEntries(SecureDirectoryStream<Path> directory, int depth) throws IOException {
    for (Path entry : directory) {
      deleteEntry(directory, entry.getFileName(), depth);
    }
  }

  private void deleteEntry(SecureDirectoryStream<Path> directory, Path name, int depth)
      throws IOException {
    try {
      if (!isDirectory(directory, name)) {
        directory.deleteFile(name);
      } else if (depth < MAX_DEPTH) {
        deleteDirectory(directory, name, below -> deleteEntries(below, depth + 1));
      } else {
        moveUp(directory, name);
      }
    } catch (NoSuchFileException e) {
      return; // gone since the look
    }
  }

  /** The new name is one that nobody can have taken before. */
  private void moveUp(SecureDirectoryStream<Path> directory, Path name) throws IOException {
    Path next = Path.of(UUID.randomUUID().toString());
    directory.move(name, root, next);
    movedUp.add(next);
  }

  private void deleteMovedUp() throws IOException {
    while (!movedUp.isEmpty()) {
      deleteEntry(root, movedUp.remove(), 1);
    }
  }

  private static boolean isDirectory(SecureDirectoryStream<Path> parent, Path name)
      throws IOException {
    BasicFileAttributeView view =
        parent.getFileAttributeView(name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    return view.readAttributes().isDirectory();
  }
}
