package io.hawser.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.hawser.model.PodStatus.ContainerStatus;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.FishingOutcomes;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One container whose time the test moves. */
class ContainerActorTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir Path dir;
  private final ActorTestKit kit = ActorTestKit.create(ManualTime.config());
  private final ManualTime time = ManualTime.get(kit.system());
  private FakeRuntime runtime;
  private PodWork work;
  private TestProbe<PodActor.Command> pod;
  private ActorRef<ContainerActor.Command> actor;

  @BeforeEach
  void startContainer() throws Exception {
    Files.createDirectories(dir.resolve("logs"));
    runtime = new FakeRuntime(dir.resolve("logs"));
    Machine machine = new Machine(Pods.settings(dir), runtime);
    machine.leftovers();
    work = machine.begin(Pods.pod("a"));
    work.prepare().toCompletableFuture().join();
    pod = kit.createTestProbe(PodActor.Command.class);
    ContainerActor.Task task =
        new ContainerActor.Task(machine, work, work.assigned().spec().containers().get(0), false);
    actor = kit.spawn(ContainerActor.create(task, pod.getRef()));
    status(ContainerStatus::ready);
  }

  @AfterEach
  void stop() {
    kit.shutdownTestKit();
  }

  private ContainerStatus status(Predicate<ContainerStatus> wanted) {
    PodActor.Command last =
        pod.fishForMessage(
                SOON,
                m ->
                    wanted.test(((PodActor.ContainerChanged) m).status())
                        ? FishingOutcomes.complete()
                        : FishingOutcomes.continueAndIgnore())
            .get(0);
    return ((PodActor.ContainerChanged) last).status();
  }

  @Test
  void crashingContainerIsStartedAgainAfterEachOfItsWaits() {
    runtime.running("a", "main").exit(1);
    status(s -> s.restartCount() == 1 && s.ready());
    int restarts = 1;
    for (long seconds : new long[] {10, 20, 40, 80, 160, 300, 300}) {
      runtime.running("a", "main").exit(1);
      ContainerStatus waiting =
          status(s -> s.state().reason().equals(Optional.of("CrashLoopBackOff")));
      assertThat(waiting.state().message().get()).startsWith("back-off " + seconds + "s");
      time.timePasses(Duration.ofSeconds(seconds).minusMillis(1));
      assertThat(runtime.count("start")).isEqualTo(restarts + 1);
      time.timePasses(Duration.ofMillis(1));
      restarts++;
      int count = restarts;
      status(s -> s.restartCount() == count && s.ready());
    }
  }

  @Test
  void stopEndsTheWaitForARestart() {
    runtime.running("a", "main").exit(1);
    status(s -> s.restartCount() == 1 && s.ready());
    runtime.running("a", "main").exit(1);
    status(s -> s.state().reason().equals(Optional.of("CrashLoopBackOff")));
    actor.tell(new ContainerActor.Stop(Duration.ofSeconds(30)));
    pod.expectTerminated(actor);
    assertThat(runtime.count("start")).isEqualTo(2);
  }

  @Test
  void containerThatOutlivesItsGraceIsKilledAgainAndAgain() {
    runtime.ignoresTerm = true;
    runtime.ignoresKills = 1;
    actor.tell(new ContainerActor.Stop(Duration.ofSeconds(30)));
    await().atMost(SOON).until(() -> runtime.count("stop a.main.0 30") == 1);
    time.timePasses(Duration.ofSeconds(30).plus(NodeLimits.KILL_AGAIN));
    await().atMost(SOON).until(() -> runtime.count("signal 9") == 1);
    time.timePasses(NodeLimits.KILL_AGAIN);
    pod.expectTerminated(actor);
    assertThat(runtime.count("signal 9")).isEqualTo(2);
  }

  @Test
  void secondStopShortensTheGrace() {
    runtime.ignoresTerm = true;
    actor.tell(new ContainerActor.Stop(Duration.ofSeconds(30)));
    actor.tell(new ContainerActor.Stop(Duration.ofSeconds(2)));
    actor.tell(new ContainerActor.Stop(Duration.ofSeconds(60)));
    await().atMost(SOON).until(() -> runtime.count("stop a.main.0 30") == 1);
    time.timePasses(Duration.ofSeconds(2));
    pod.expectTerminated(actor);
    assertThat(runtime.count("stop")).isEqualTo(1);
  }

  @Test
  void imageThatCantBeHadIsTriedAgainAfterEachOfItsWaits() {
    runtime.images.clear();
    runtime.running("a", "main").exit(1);
    long[] waits = {5, 10, 20, 40, 80, 160, 300, 300};
    for (int i = 0; i < waits.length; i++) {
      ContainerStatus failed = status(s -> s.state().reason().equals(Optional.of("ErrImagePull")));
      assertThat(failed.state().message().get()).contains("there is no web:1");
      time.timePasses(NodeLimits.PULL_FAILURE_SHOWN);
      ContainerStatus waiting =
          status(s -> s.state().reason().equals(Optional.of("ImagePullBackOff")));
      assertThat(waiting.state().message().get())
          .startsWith("Back-off pulling image \"web:1\": there is no web:1");
      if (i == waits.length - 1) {
        runtime.images.add("web:1");
      }
      time.timePasses(Duration.ofSeconds(waits[i]).minus(NodeLimits.PULL_FAILURE_SHOWN));
    }
    assertThat(status(ContainerStatus::ready).state().message().get()).contains("already present");
  }

  @Test
  void stopEndsTheWaitForAnImage() {
    runtime.images.clear();
    runtime.running("a", "main").exit(1);
    status(s -> s.state().reason().equals(Optional.of("ErrImagePull")));
    actor.tell(new ContainerActor.Stop(Duration.ofSeconds(30)));
    pod.expectTerminated(actor);
  }
}
