package io.hawser.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.hawser.cluster.protocol.NodeProtocol;
import io.hawser.cluster.protocol.NodeProtocol.Assign;
import io.hawser.cluster.protocol.NodeProtocol.AssignDelta;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.model.AssignedPod;
import io.hawser.model.PodSpec.RestartPolicy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever was assigned and whatever failed on the way, the node ends as the last word says. */
class RandomAssignmentsTest {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final int STEPS = 400;

  @TempDir Path dir;
  private final ActorTestKit kit = ActorTestKit.create();

  @AfterEach
  void stop() {
    kit.shutdownTestKit();
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void nodeConvergesToTheLastAssignment(long seed) throws Exception {
    Files.createDirectories(dir.resolve("logs"));
    FakeRuntime runtime = new FakeRuntime(dir.resolve("logs"));
    TestProbe<SchedulerProtocol.Command> scheduler =
        kit.createTestProbe(SchedulerProtocol.Command.class);
    ActorRef<NodeProtocol.Command> node =
        kit.spawn(NodeActor.create(Pods.settings(dir), runtime, scheduler.getRef()));
    // Before that it keeps only so many messages: the scheduler speaks after a registration.
    scheduler.expectMessageClass(SchedulerProtocol.RegisterNode.class, SOON);

    Random random = new Random(seed);
    Map<String, AssignedPod> assigned = new HashMap<>();
    List<NodeProtocol.Command> said = new ArrayList<>();
    long version = 0;
    for (int step = 0; step < STEPS; step++) {
      version++;
      change(random, "p" + step, assigned);
      said.add(new Assign(1, version, List.copyOf(assigned.values())));
      node.tell(said.get(said.size() - 1));
      node.tell(said.get(random.nextInt(said.size())));
      node.tell(new AssignDelta(1, version + 7, version + 9, List.of(), List.of()));
      disturb(random, runtime);
    }
    runtime.failStarts.set(0);
    runtime.failRemovals.set(0);

    List<AssignedPod> last = List.of(pod("last1"), pod("last2"));
    node.tell(new Assign(1, version + 1, last));
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> {
              assertThat(runtime.sandboxes.keySet()).isEqualTo(Set.of("last1", "last2"));
              assertThat(running(runtime))
                  .containsExactlyInAnyOrder(
                      "last1.main", "last1.side", "last2.main", "last2.side");
            });
    assertThat(runtime.doubles).isEmpty();
    node.tell(new Assign(1, version + 2, List.of()));
    await().atMost(SOON).until(() -> runtime.sandboxes.isEmpty() && runtime.containers.isEmpty());
  }

  private static void change(Random random, String uid, Map<String, AssignedPod> assigned) {
    switch (random.nextInt(4)) {
      case 0, 1 -> assigned.put(uid, pod(uid));
      case 2 -> any(random, assigned.keySet()).ifPresent(assigned::remove);
      default ->
          any(random, assigned.keySet())
              .ifPresent(
                  u -> assigned.put(u, Convergence.stopping(assigned.get(u), random.nextInt(3))));
    }
  }

  private static void disturb(Random random, FakeRuntime runtime) {
    switch (random.nextInt(8)) {
      case 0 ->
          any(random, runtime.containers.keySet())
              .map(runtime.containers::get)
              .ifPresent(c -> c.exit(random.nextInt(2)));
      case 1 -> any(random, runtime.sandboxes.keySet()).ifPresent(runtime.sandboxes::remove);
      case 2 -> runtime.failStarts.incrementAndGet();
      case 3 -> runtime.failRemovals.incrementAndGet();
      case 4 -> Thread.yield();
      default -> {
        // Most of the time nothing goes wrong.
      }
    }
  }

  private static java.util.Optional<String> any(Random random, Set<String> from) {
    List<String> all = from.stream().sorted().toList();
    return all.isEmpty()
        ? java.util.Optional.empty()
        : java.util.Optional.of(all.get(random.nextInt(all.size())));
  }

  private static AssignedPod pod(String uid) {
    return Pods.pod(
        uid, Pods.spec(RestartPolicy.ALWAYS, Pods.container("main"), Pods.container("side")));
  }

  private static Set<String> running(FakeRuntime runtime) {
    return runtime.containers.values().stream()
        .filter(c -> !c.exit.isDone())
        .map(c -> c.podUid() + "." + c.name())
        .collect(Collectors.toSet());
  }
}
