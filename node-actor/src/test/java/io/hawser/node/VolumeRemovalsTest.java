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
import io.hawser.model.PodSpec.RestartPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.Test;

/** Which volumes a node removes, and when. */
class VolumeRemovalsTest extends FakeNode {
  private Path root() {
    return dir.resolve("state/persistent-volumes");
  }

  private Path volume(String name) throws IOException {
    Path volume = Files.createDirectories(root().resolve(name));
    Files.writeString(volume.resolve("file"), "data");
    return volume;
  }

  private static AssignedPod claiming(String uid, String volume) {
    return Pods.claiming(uid, volume, false, Optional.empty(), "");
  }

  /** Accepts reports until one says that the volume is removed. */
  private void untilRemoved(String volume) {
    Instant deadline = Instant.now().plus(SOON);
    while (true) {
      assertThat(Instant.now()).isBefore(deadline);
      SchedulerProtocol.Command message = scheduler.receiveMessage(SOON);
      if (message instanceof ReportPods report) {
        report.pods().forEach(p -> known.put(p.uid(), p));
        report.replyTo().tell(new ReportAccepted(report.number()));
        if (report.removedVolumes().contains(volume)) {
          return;
        }
      }
    }
  }

  @Test
  void volumeGoesOnceTheSchedulerSaysSoAndNoPodHasItAnyMore() throws IOException {
    AssignedPod pod = claiming("a", "pvc-1");
    Path other = volume("pvc-3");
    ActorRef<NodeProtocol.Command> node = registered(pod);
    until("a", FakeNode::isReady);
    Path used = volume("pvc-1");
    node.tell(new Assign(1, 2, List.of(pod), List.of("pvc-1", "pvc-2")));
    untilRemoved("pvc-2"); // was never there, and comes after the other
    assertThat(used.resolve("file")).exists();

    node.tell(new Assign(1, 3, List.of(stopping(pod, 0)), List.of("pvc-1")));
    until("a", PodReport::gone);
    node.tell(new Assign(1, 4, List.of(), List.of("pvc-1")));
    untilRemoved("pvc-1");
    assertThat(used).doesNotExist();
    assertThat(other.resolve("file")).exists();

    node.tell(new Assign(1, 5, List.of(), List.of("pvc-1")));
    untilRemoved("pvc-1"); // the report may have been lost
  }

  /** What the checkpoint says may be outdated; and nothing of a crash is cleaned up by itself. */
  @Test
  void restartedNodeRemovesNothingThatItWasNotTold() throws IOException {
    Path stray = volume("pvc-1");
    Path half = volume(".removing-pvc-2");
    ActorRef<NodeProtocol.Command> node = registered(Pods.pod("a"));
    until("a", FakeNode::isReady);
    kit.stop(node);
    node = node();
    RegisterNode register = null;
    while (register == null) {
      register = scheduler.receiveMessage(SOON) instanceof RegisterNode r ? r : null;
    }
    node.tell(new Assign(1, 9, List.of(), List.of("pvc-2")));
    untilRemoved("pvc-2");
    assertThat(half).doesNotExist();
    assertThat(stray.resolve("file")).exists();
  }

  @Test
  void removalThatFailsIsTriedAgain() throws IOException {
    Files.createDirectories(dir.resolve("state"));
    Files.writeString(root(), "in the way");
    ActorRef<NodeProtocol.Command> node = registered(Pods.pod("a"));
    node.tell(new Assign(1, 2, List.of(Pods.pod("a")), List.of("pvc-1")));
    until("a", FakeNode::isReady);
    Files.delete(root());
    untilRemoved("pvc-1");
  }

  @Test
  void claimWithoutAVolumeAndAVolumeThatCannotBeMadeAreThePodsTrouble() throws IOException {
    Files.createDirectories(dir.resolve("state"));
    Files.writeString(root(), "in the way");
    AssignedPod pod = claiming("a", "pvc-1");
    AssignedPod unbound =
        Pods.pod(
            "b",
            Pods.spec(
                RestartPolicy.ALWAYS, List.of(), pod.spec().volumes(), Pods.container("main")));
    registered(pod, unbound);
    PodReport report = until("a", r -> r.status().reason().isPresent());
    assertThat(report.status().reason()).contains("FailedMount");
    assertThat(report.status().message().orElseThrow())
        .startsWith("MountVolume.SetUp failed for volume \"data\" : can't make the directory ")
        .contains("pvc-1: ");
    report = until("b", r -> r.status().reason().isPresent());
    assertThat(report.status().message())
        .contains(
            "MountVolume.SetUp failed for volume \"data\" : persistentvolumeclaim \"the-claim\""
                + " is not bound to a volume");
  }
}
