package io.hawser.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.hawser.cluster.protocol.NodeProtocol;
import io.hawser.cluster.protocol.NodeProtocol.Assign;
import io.hawser.cluster.protocol.NodeProtocol.ReportAccepted;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol.RegisterNode;
import io.hawser.cluster.protocol.SchedulerProtocol.ReportPods;
import io.hawser.model.AssignedPod;
import io.hawser.model.PodReport;
import io.hawser.runtime.ContainerRuntime;
import io.hawser.runtime.ImageStore;
import io.hawser.runtime.ImageStore.ImageConfig;
import io.hawser.runtime.RuntimeConfig;
import io.hawser.runtime.cgroup.CgroupLayout;
import io.hawser.runtime.network.PodNetwork;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;

/** A node with the real runtime and a busybox image {@code web:1}; the test is its scheduler. */
final class RealNode implements AutoCloseable {
  static final Duration SOON = Duration.ofSeconds(60);
  private static final AtomicInteger COUNTER = new AtomicInteger();

  final Path base;
  final ActorTestKit kit =
      ActorTestKit.create(
          // A crash, not a clean stop, is what most of these tests are about.
          ConfigFactory.parseString(
              "pekko.coordinated-shutdown.run-by-actor-system-terminate = off"));
  final TestProbe<SchedulerProtocol.Command> scheduler =
      kit.createTestProbe(SchedulerProtocol.Command.class);
  final Map<String, PodReport> known = new HashMap<>();
  private final RuntimeConfig config;
  ContainerRuntime runtime;
  ActorRef<NodeProtocol.Command> node;

  RealNode() throws IOException {
    base = Files.createTempDirectory("hawser-node-test");
    int n = COUNTER.incrementAndGet();
    long pid = ProcessHandle.current().pid();
    config =
        new RuntimeConfig(
            "nt-" + pid + "-" + n,
            base.resolve("node"),
            base.resolve("images"),
            "10.232." + (pid * 7 + n) % 250 + ".0/24",
            Duration.ofSeconds(30));
    importBusybox(config.imageDir());
    start();
  }

  private void start() {
    runtime = ContainerRuntime.open(config);
    node =
        kit.spawn(
            NodeActor.create(
                // One directory for both, as a user may well configure it.
                Pods.settings(config.stateDir()), runtime, scheduler.getRef()));
    RegisterNode register = await(RegisterNode.class);
    register.pods().forEach(p -> known.put(p.uid(), p));
  }

  /** As after {@code kill -9} of the agent, with another one within the restart window. */
  void restart() {
    kit.stop(node);
    runtime.close();
    known.clear();
    start();
  }

  void assign(long version, AssignedPod... pods) {
    node.tell(new Assign(1, version, List.of(pods)));
  }

  /** Accepts reports until the pod's satisfies the condition. */
  PodReport until(String uid, Predicate<PodReport> condition) {
    Instant deadline = Instant.now().plus(SOON);
    while (!(known.containsKey(uid) && condition.test(known.get(uid)))) {
      assertThat(Instant.now()).as("last report %s", known.get(uid)).isBefore(deadline);
      SchedulerProtocol.Command message;
      try {
        message = scheduler.receiveMessage(SOON);
      } catch (AssertionError e) {
        throw new AssertionError("last report " + known.get(uid), e);
      }
      if (message instanceof ReportPods report) {
        report.pods().forEach(p -> known.put(p.uid(), p));
        report.replyTo().tell(new ReportAccepted(report.number()));
      }
    }
    return known.get(uid);
  }

  int pid(String containerId) {
    return runtime.container(containerId).orElseThrow().pid();
  }

  /** The memory limit in force for a pod as a whole, in bytes. */
  long memoryLimit(String podUid) throws IOException {
    CgroupLayout.Hierarchy hierarchy = CgroupLayout.read().with("memory").orElseThrow();
    Path pod = hierarchy.own().resolve("hawser").resolve(config.nodeName()).resolve(podUid);
    String file = hierarchy.version() == 1 ? "memory.limit_in_bytes" : "memory.max";
    return Long.parseLong(Files.readString(pod.resolve(file)).strip());
  }

  private <T extends SchedulerProtocol.Command> T await(Class<T> type) {
    while (true) {
      SchedulerProtocol.Command message = scheduler.receiveMessage(SOON);
      if (type.isInstance(message)) {
        return type.cast(message);
      }
    }
  }

  @Override
  public void close() {
    try {
      kit.shutdownTestKit();
    } finally {
      runtime.purge();
      PodVolumes.deleteTree(base);
      assertThat(PodNetwork.tables()).doesNotContain(PodNetwork.bridgeName(config.nodeName()));
    }
  }

  private void importBusybox(Path imageDir) throws IOException {
    Path root = base.resolve("rootfs");
    for (String name : List.of("bin", "etc", "tmp", "proc", "sys", "dev", "www")) {
      Files.createDirectories(root.resolve(name));
    }
    Files.copy(Path.of("/bin/busybox"), root.resolve("bin/busybox"));
    root.resolve("bin/busybox").toFile().setExecutable(true, false);
    Process list = new ProcessBuilder("/bin/busybox", "--list").start();
    String applets = new String(list.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    for (String applet : applets.split("\n")) {
      Path link = root.resolve("bin").resolve(applet);
      if (!Files.exists(link, LinkOption.NOFOLLOW_LINKS)) {
        Files.createSymbolicLink(link, Path.of("busybox"));
      }
    }
    Files.writeString(root.resolve("www/index.html"), "hello\n");
    Files.writeString(root.resolve("etc/passwd"), "root:x:0:0:root:/:/bin/sh\n");
    Files.writeString(root.resolve("etc/group"), "root:x:0:\n");
    ImageStore.open(imageDir)
        .importDirectory(
            "web:1",
            root,
            new ImageConfig(
                List.of(),
                List.of("/bin/httpd", "-f", "-p", "8080", "-h", "/www"),
                List.of("PATH=/bin"),
                "",
                "",
                "SIGKILL"));
  }
}
