package io.hawser.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.protocol.NodeProtocol;
import io.hawser.cluster.protocol.NodeProtocol.Assign;
import io.hawser.cluster.protocol.NodeProtocol.ReportAccepted;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol.RegisterNode;
import io.hawser.cluster.protocol.SchedulerProtocol.ReportPods;
import io.hawser.model.AssignedPod;
import io.hawser.model.PodReport;
import io.hawser.model.PodStatus.ContainerStatus;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** What tests of a node with a fake runtime share; the test is its scheduler. */
abstract class FakeNode {
  static final Duration SOON = Duration.ofSeconds(30);

  @TempDir Path dir;
  final ActorTestKit kit = ActorTestKit.create();
  FakeRuntime runtime;
  TestProbe<SchedulerProtocol.Command> scheduler;
  final Map<String, PodReport> known = new ConcurrentHashMap<>();

  @BeforeEach
  void makeRuntime() throws Exception {
    Files.createDirectories(dir.resolve("logs"));
    runtime = new FakeRuntime(dir.resolve("logs"));
    scheduler = kit.createTestProbe(SchedulerProtocol.Command.class);
  }

  @AfterEach
  void stop() {
    runtime.startGate.countDown();
    kit.shutdownTestKit();
  }

  ActorRef<NodeProtocol.Command> node() {
    return kit.spawn(
        NodeActor.create(Pods.settings(dir.resolve("state")), runtime, scheduler.getRef()));
  }

  ActorRef<NodeProtocol.Command> registered(AssignedPod... pods) {
    ActorRef<NodeProtocol.Command> node = node();
    scheduler.expectMessageClass(RegisterNode.class);
    node.tell(new Assign(1, 1, List.of(pods)));
    return node;
  }

  /** Accepts reports until the pod's satisfies the condition. */
  PodReport until(String uid, Predicate<PodReport> condition) {
    Instant deadline = Instant.now().plus(SOON);
    while (!(known.containsKey(uid) && condition.test(known.get(uid)))) {
      assertThat(Instant.now()).as("last report %s", known.get(uid)).isBefore(deadline);
      SchedulerProtocol.Command message = scheduler.receiveMessage(SOON);
      if (message instanceof ReportPods report) {
        report.pods().forEach(p -> known.put(p.uid(), p));
        report.replyTo().tell(new ReportAccepted(report.number()));
      }
    }
    return known.get(uid);
  }

  static boolean isReady(PodReport report) {
    return report.status().isReady();
  }

  static ContainerStatus only(PodReport report) {
    return report.status().containers().get(0);
  }

  static AssignedPod stopping(AssignedPod pod, long grace) {
    return Convergence.stopping(pod, grace);
  }
}
