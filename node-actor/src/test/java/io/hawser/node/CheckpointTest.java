package io.hawser.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.model.AssignedPod;
import io.hawser.model.PodContainer;
import io.hawser.model.PodSpec;
import io.hawser.model.PodSpec.RestartPolicy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointTest {
  @TempDir Path dir;

  private static Assignment sample() {
    PodContainer container =
        Pods.with(Pods.container("main"))
            .probes(
                Optional.of(Pods.exec(1, 2, "a")),
                Optional.empty(),
                Optional.of(Pods.http("http", 3)));
    PodSpec.Volume volume =
        new PodSpec.Volume("v", Optional.of(new PodSpec.EmptyDir("", 5)), Optional.empty());
    AssignedPod pod =
        Pods.pod("a", Pods.spec(RestartPolicy.ON_FAILURE, List.of(), List.of(volume), container));
    AssignedPod claiming = Pods.claiming("b", "pvc-1", true, Optional.empty(), "");
    return Assignment.of(3, 17, List.of(pod, Convergence.stopping(claiming, 4)));
  }

  @Test
  void whatWasWrittenIsRead() {
    new Checkpoint(dir).write(sample());
    assertThat(new Checkpoint(dir).read()).isEqualTo(sample());
  }

  @Test
  void noCheckpointIsNoAssignment() {
    assertThat(new Checkpoint(dir.resolve("none")).read()).isEqualTo(Assignment.NONE);
  }

  @Test
  void tornCheckpointIsSetAsideAndTheNextIsWritten() throws Exception {
    new Checkpoint(dir).write(sample());
    Path file = dir.resolve("assignment.json");
    byte[] bytes = Files.readAllBytes(file);
    for (int length : new int[] {0, 1, bytes.length / 2, bytes.length - 1}) {
      Files.write(file, java.util.Arrays.copyOf(bytes, length));
      assertThat(new Checkpoint(dir).read()).isEqualTo(Assignment.NONE);
      assertThat(dir.resolve("assignment.json.unreadable")).exists();
    }
    new Checkpoint(dir).write(sample());
    assertThat(new Checkpoint(dir).read()).isEqualTo(sample());
  }

  @Test
  void halfWrittenSuccessorDoesNotHurt() throws Exception {
    new Checkpoint(dir).write(sample());
    Files.writeString(dir.resolve("assignment.json.new"), "{\"form");
    assertThat(new Checkpoint(dir).read()).isEqualTo(sample());
  }
}
