package io.hawser.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.protocol.NodeProtocol.Assign;
import io.hawser.cluster.protocol.SchedulerProtocol.ReportPods;
import io.hawser.model.AssignedPod;
import io.hawser.model.PodIsolation;
import io.hawser.model.PodPhase;
import io.hawser.model.PodReport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Persistent volumes under real containers. */
@Tag("kernel")
class KernelVolumesTest {
  private static final String READ = "cat /data/sub/file && ! touch /data/x";

  private RealNode node;
  private Path volume;

  @BeforeEach
  void start() throws Exception {
    node = new RealNode();
    volume = node.base.resolve("node/persistent-volumes/pvc-1");
  }

  @AfterEach
  void stop() {
    Path base = node.base;
    node.close();
    assertThat(base).doesNotExist();
  }

  private void runs(int version, AssignedPod pod) {
    node.assign(version, pod);
    node.until(pod.uid(), r -> r.status().phase() == PodPhase.SUCCEEDED);
    node.assign(version + 1, Convergence.stopping(pod, 0));
    node.until(pod.uid(), PodReport::gone);
  }

  private static AssignedPod claiming(String uid, boolean readOnly, String script) {
    return Pods.claiming(uid, "pvc-1", readOnly, Optional.empty(), script);
  }

  /** The pods have users of their own, each another range: on the disk root's files are root's. */
  @Test
  void dataOutlivesPodsAndAgentsAndGoesOnlyWhenTheSchedulerSaysSo() throws Exception {
    runs(1, claiming("w", false, "mkdir /data/sub && echo written > /data/sub/file"));
    assertThat(volume.resolve("sub/file")).hasContent("written");
    assertThat(Files.getAttribute(volume.resolve("sub/file"), "unix:uid")).isEqualTo(0);
    node.restart();
    runs(3, claiming("r", true, READ));
    runs(5, Pods.claiming("s", "pvc-1", false, Optional.of("sub"), "echo again > /data/file"));
    assertThat(volume.resolve("sub/file")).hasContent("again");

    node.node.tell(new Assign(1, 7, List.of(), List.of("pvc-1")));
    while (!(node.scheduler.receiveMessage(RealNode.SOON) instanceof ReportPods report
        && report.removedVolumes().contains("pvc-1"))) {
      // of the pods
    }
    assertThat(volume).doesNotExist();
    assertThat(volume.getParent()).isEmptyDirectory();
  }

  @Test
  void groupOfThePodOwnsTheVolumeAndALinkInItLeadsNowhere() throws Exception {
    PodIsolation group =
        new PodIsolation(
            Optional.empty(), false, false, false, Optional.of(2345L), List.of(), Map.of());
    AssignedPod first = claiming("g", false, "touch /data/x && ln -s /etc /data/out");
    AssignedPod grouped =
        new AssignedPod(
            first.name(),
            first.uid(),
            Map.of(),
            Map.of(),
            Pods.isolated(first.spec(), group),
            Optional.empty(),
            first.claimVolumes());
    runs(1, grouped);
    assertThat(Files.getAttribute(volume.resolve("x"), "unix:gid")).isEqualTo(2345);
    AssignedPod led = Pods.claiming("l", "pvc-1", false, Optional.of("out"), "ls /data");
    node.assign(3, led);
    PodReport refused =
        node.until("l", r -> r.status().containers().get(0).state().message().isPresent());
    assertThat(refused.status().containers().get(0).state().message().get()).contains("EXDEV");
    node.assign(4, Convergence.stopping(led, 0));
    node.until("l", PodReport::gone);
  }
}
