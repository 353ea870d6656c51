package io.hawser.ops.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryWatchTest {
  private static final Duration OFTEN = Duration.ofMillis(10);
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir private Path top;
  private Path dir;
  private Path file;
  private final CountDownLatch gone = new CountDownLatch(1);

  @BeforeEach
  void aNodesDirectory() throws IOException {
    dir = Files.createDirectory(top.resolve("n1"));
    file = Files.createFile(dir.resolve("agent.lock"));
  }

  @Test
  void aDirectoryThatWasDeletedIsNoticed() throws IOException {
    try (DirectoryWatch watch = watch()) {
      Files.delete(file);
      Files.delete(dir);

      await().atMost(PATIENCE).until(() -> gone.getCount() == 0);
    }
  }

  @Test
  void anotherOneInItsPlaceIsNoticed() throws IOException {
    Path other = Files.createFile(top.resolve("other"));
    try (DirectoryWatch watch = watch()) {
      Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);

      await().atMost(PATIENCE).until(() -> gone.getCount() == 0);
    }
  }

  @Test
  void whatIsWrittenIntoItIsNoLoss() throws IOException, InterruptedException {
    try (DirectoryWatch watch = watch()) {
      Files.writeString(file, "more");
      Files.createFile(dir.resolve("other"));

      assertThat(gone.await(20 * OFTEN.toMillis(), TimeUnit.MILLISECONDS)).isFalse();
    }
  }

  private DirectoryWatch watch() throws IOException {
    return DirectoryWatch.start(file, OFTEN, gone::countDown);
  }
}
