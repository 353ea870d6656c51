package io.hawser.ops.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeProcessTest {
  @TempDir Path dir;

  @Test
  void aProcessIsFoundByItsFileUntilItEnds() throws Exception {
    Process sleep = new ProcessBuilder("sleep", "600").start();
    try {
      NodeProcess.of(sleep.pid()).orElseThrow().write(dir);
      assertThat(NodeProcess.running(dir).orElseThrow().pid()).isEqualTo(sleep.pid());
      NodeProcess.running(dir).orElseThrow().kill();
      await().atMost(Duration.ofSeconds(20)).until(() -> NodeProcess.running(dir).isEmpty());
    } finally {
      sleep.destroyForcibly();
    }
  }

  @Test
  void aPidThatAnotherProcessHasNowIsNotTheNode() throws Exception {
    NodeProcess self = NodeProcess.of(ProcessHandle.current().pid()).orElseThrow();
    new NodeProcess(self.pid(), self.startTicks() + 1).write(dir);
    assertThat(NodeProcess.running(dir)).isEmpty();
    self.write(dir);
    assertThat(NodeProcess.running(dir)).contains(self);
  }

  @Test
  void aTornFileIsNoProcess() throws Exception {
    assertThat(NodeProcess.running(dir)).isEmpty();
    Files.writeString(dir.resolve(NodeProcess.PID_FILE), "12");
    assertThat(NodeProcess.running(dir)).isEmpty();
    Files.writeString(dir.resolve(NodeProcess.PID_FILE), "");
    assertThat(NodeProcess.running(dir)).isEmpty();
  }
}
