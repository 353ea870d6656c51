package io.hawser.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.runtime.machine.ProcessorPriority;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Nice values of the agent and of what it starts: field 19 of {@code /proc/PID/stat}, proc(5). */
@Tag("kernel")
class PriorityTest {
  private static final int FIELD = 19;

  @AfterEach
  void asBefore() {
    ProcessorPriority.set(0);
  }

  @Test
  void containersOfAnAgentThatGoesFirstStartAtZero() throws Exception {
    try (TestNode node = TestNode.open()) {
      assertThat(ProcessorPriority.set(ProcessorPriority.AGENT)).isTrue();
      String nice =
          node.output(
              TestNode.spec(
                  "nice", "main", "sh", "-c", "cut -d' ' -f" + FIELD + " /proc/self/stat"));
      assertThat(nice.strip()).isEqualTo("0");
    }
  }

  @Test
  void threadOfTheAgentGivesWayByItself() throws Exception {
    ProcessorPriority.set(ProcessorPriority.AGENT);
    assertThat(inNewThread(() -> {})).isEqualTo(ProcessorPriority.AGENT);
    assertThat(inNewThread(ProcessorPriority::yieldToOthers)).isZero();
    assertThat(inNewThread(() -> {})).isEqualTo(ProcessorPriority.AGENT);
  }

  private static int inNewThread(Runnable first) throws Exception {
    CompletableFuture<Integer> nice = new CompletableFuture<>();
    new Thread(
            () -> {
              first.run();
              nice.complete(ownNice());
            })
        .start();
    return nice.get();
  }

  private static int ownNice() {
    try {
      String stat = Files.readString(Path.of("/proc/thread-self/stat"));
      String[] afterName = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      return Integer.parseInt(afterName[FIELD - 3]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
