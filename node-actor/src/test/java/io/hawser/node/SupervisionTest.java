package io.hawser.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.hawser.model.PodReport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A bug in one pod's actor. */
class SupervisionTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir Path dir;
  private final ActorTestKit kit = ActorTestKit.create();

  @AfterEach
  void stop() {
    kit.shutdownTestKit();
  }

  @Test
  void restartedPodActorKeepsTheContainerAndStillStopsIt() throws Exception {
    Files.createDirectories(dir.resolve("logs"));
    FakeRuntime runtime = new FakeRuntime(dir.resolve("logs"));
    Machine machine = new Machine(Pods.settings(dir), runtime);
    machine.leftovers();
    PodWork work = machine.begin(Pods.pod("a"));
    TestProbe<PodReport> reports = kit.createTestProbe(PodReport.class);
    ActorRef<PodActor.Command> pod = kit.spawn(PodActor.create(machine, work, reports.getRef()));
    reports.fishForMessage(SOON, r -> done(r.status().isReady()));

    // No outcome at all is what only a bug would send.
    pod.tell(new PodActor.ContainerChanged("main", null, null, null));
    reports.fishForMessage(SOON, r -> done(r.status().isReady()));
    assertThat(runtime.count("start")).isEqualTo(1);
    assertThat(runtime.runs("a", "main", 0)).isTrue();

    // Told while its actor may be waiting to begin anew.
    pod.tell(new PodActor.ContainerChanged("main", null, null, null));
    work.assign(Convergence.stopping(work.assigned(), 6));
    pod.tell(new PodActor.AssignmentChanged());
    reports.fishForMessage(SOON, r -> done(r.gone()));
    await().atMost(SOON).until(() -> runtime.calls.contains("stop a.main.0 6"));
    assertThat(runtime.sandboxes).isEmpty();
  }

  private static org.apache.pekko.actor.testkit.typed.FishingOutcome done(boolean found) {
    return found
        ? org.apache.pekko.actor.testkit.typed.javadsl.FishingOutcomes.complete()
        : org.apache.pekko.actor.testkit.typed.javadsl.FishingOutcomes.continueAndIgnore();
  }
}
