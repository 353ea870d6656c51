package io.hawser.runtime.files;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.runtime.image.fs.Dir;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TreeRemovalTest {
  @TempDir Path base;

  @Test
  void linksAreRemovedNotFollowed() throws IOException {
    Path kept = Files.createDirectory(base.resolve("kept"));
    Files.writeString(kept.resolve("file"), "");
    Path tree = Files.createDirectories(base.resolve("tree/deep/deeper")).getParent().getParent();
    Files.createSymbolicLink(tree.resolve("deep/out"), kept);
    TreeRemoval.delete(tree);
    assertThat(tree).doesNotExist();
    assertThat(kept.resolve("file")).exists();
    TreeRemoval.delete(tree); // once more: fine
  }

  /** As any user of a volume can make it; longer than any path name, deeper than any stack. */
  @Test
  void treeOf15000LevelsIsRemoved() throws IOException {
    Path tree = Files.createDirectory(base.resolve("deep"));
    Dir at = Dir.open(tree);
    for (int level = 0; level < 15_000; level++) {
      at.makeDir("level", 0755);
      at.create("file").close();
      try (Dir above = at) {
        at = above.dir("level");
      }
    }
    at.close();
    TreeRemoval.delete(tree);
    assertThat(tree).doesNotExist();
  }

  /** As a container's exit record is: written beside, renamed into place. */
  @Test
  void fileRenamedMeanwhileKeepsNothingBack() throws IOException {
    for (int round = 0; round < 300; round++) {
      Path tree = Files.createDirectory(base.resolve("round" + round));
      for (int i = 0; i < 20; i++) {
        Files.writeString(tree.resolve("file" + i), "");
      }
      CompletableFuture<Void> renames = CompletableFuture.runAsync(() -> rename(tree));
      TreeRemoval.delete(tree);
      renames.join();
      assertThat(tree).doesNotExist();
    }
  }

  private static void rename(Path tree) {
    for (int i = 0; i < 20; i++) {
      try {
        Files.move(
            tree.resolve("file" + i),
            tree.resolve("renamed" + i % 3),
            StandardCopyOption.ATOMIC_MOVE);
      } catch (NoSuchFileException e) {
        continue; // removed before it was renamed
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }
  }
}
