package io.hawser.gateway.decode;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.state.ClusterState;
import io.hawser.gateway.encode.DeploymentEncoder;
import io.hawser.gateway.encode.NodeEncoder;
import io.hawser.gateway.encode.PodEncoder;
import io.hawser.model.ConfigSource;
import io.hawser.model.Deployment;
import io.hawser.model.DeploymentSpec;
import io.hawser.model.DeploymentSpec.Amount;
import io.hawser.model.DeploymentStatus;
import io.hawser.model.LabelSelector;
import io.hawser.model.Lifecycle;
import io.hawser.model.Node;
import io.hawser.model.NodeInfo;
import io.hawser.model.ObjectMeta;
import io.hawser.model.Pod;
import io.hawser.model.PodContainer;
import io.hawser.model.PodContainer.SecurityContext;
import io.hawser.model.PodIsolation;
import io.hawser.model.PodSpec;
import io.hawser.model.PodTemplate;
import io.hawser.model.Probe;
import io.hawser.model.ResourceAmounts;
import io.hawser.model.Scheduling;
import io.hawser.model.Scheduling.NodeAffinity;
import io.hawser.model.Scheduling.NodeOperator;
import io.hawser.model.Scheduling.NodePolicy;
import io.hawser.model.Scheduling.NodeRequirement;
import io.hawser.model.Scheduling.NodeTerm;
import io.hawser.model.Scheduling.PodAffinity;
import io.hawser.model.Scheduling.PodTerm;
import io.hawser.model.Scheduling.PreemptionPolicy;
import io.hawser.model.Scheduling.PreferredNodes;
import io.hawser.model.Scheduling.PreferredPods;
import io.hawser.model.Scheduling.SpreadConstraint;
import io.hawser.model.Taint;
import io.hawser.model.Toleration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is written can be read again and is the same: patches rely on it. */
class RoundTripTest {
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
  private static final ObjectMeta META =
      new ObjectMeta(
          "blue", "web", "uid-1", 3, 42, NOON, Map.of("app", "web"), Map.of("note", "a b\nc"));

  @Test
  void aDeploymentWithEveryFieldIsReadAsItWasWritten() {
    DeploymentSpec spec = fullSpec();
    Deployment deployment =
        new Deployment(
            META,
            spec,
            List.of(new Deployment.Revision(7, "abc", spec.template(), NOON)),
            DeploymentStatus.NONE);

    DeploymentDecoder.Decoded read =
        DeploymentDecoder.decode(
            DeploymentEncoder.encode(deployment), target("apps", "Deployment", "blue"));

    assertThat(read.spec()).isEqualTo(spec);
    assertThat(read.meta().labels()).isEqualTo(META.labels());
    assertThat(read.meta().annotations()).as("no revision").isEqualTo(META.annotations());
    assertThat(read.meta().ifUid()).contains("uid-1");
    assertThat(read.meta().ifResourceVersion()).contains(42L);
  }

  @Test
  void aRecreateDeploymentIsReadAsItWasWritten() {
    DeploymentSpec full = fullSpec();
    DeploymentSpec spec =
        new DeploymentSpec(
            0,
            full.selector(),
            full.template(),
            new DeploymentSpec.Strategy(
                DeploymentSpec.StrategyType.RECREATE, Amount.percent(25), Amount.percent(25)),
            0,
            600,
            10,
            false);
    Deployment deployment = new Deployment(META, spec, List.of(), DeploymentStatus.NONE);
    assertThat(
            DeploymentDecoder.decode(
                    DeploymentEncoder.encode(deployment), target("apps", "Deployment", "blue"))
                .spec())
        .isEqualTo(spec);
  }

  @Test
  void aPodIsReadAsItWasWritten() {
    Pod pod =
        Pod.created(META, fullPodSpec(), Optional.of(Pod.Owner.deployment("web", "uid-2", "abc")))
            .placedOn("n7", NOON)
            .withDeletion(new Pod.Deletion(NOON, 30));
    PodDecoder.Decoded read =
        PodDecoder.decode(PodEncoder.encode(pod, ClusterState.EMPTY), target("", "Pod", "blue"));
    assertThat(read.spec()).isEqualTo(fullPodSpec());
  }

  @Test
  void aNodeIsReadAsItWasWritten() {
    List<Taint> taints =
        List.of(
            new Taint("dedicated", "db", Taint.Effect.NO_SCHEDULE),
            new Taint("slow", "", Taint.Effect.PREFER_NO_SCHEDULE),
            new Taint("bad", "", Taint.Effect.NO_EXECUTE).from(NOON));
    ObjectMeta meta = new ObjectMeta("", "web", "u", 1, 9, NOON, Map.of("a", "b"), Map.of());
    NodeInfo info =
        new NodeInfo(
            "web",
            "r",
            "",
            "10.0.0.1",
            "",
            Set.of(),
            "10.1.0.0/24",
            new ResourceAmounts(2000, 1L << 30, 0, Map.of()),
            10,
            "amd64",
            "6",
            "Debian",
            "1");
    Node node = new Node(meta, info, true, taints, Node.State.READY, "", NOON);
    NodeDecoder.Decoded read = NodeDecoder.decode(NodeEncoder.encode(node), target("", "Node", ""));
    assertThat(read.taints()).isEqualTo(taints.stream().map(Taint::plain).toList());
    assertThat(NodeEncoder.encode(node).at("/spec/taints/2/timeAdded").asText())
        .as("the time is the cluster's")
        .isEqualTo(NOON.toString());
    assertThat(read.unschedulable()).isTrue();
    assertThat(read.meta().labels()).isEqualTo(Map.of("a", "b"));
  }

  private static Target target(String group, String kind, String namespace) {
    return new Target(group, "v1", kind, namespace, Optional.of("web"));
  }

  private static DeploymentSpec fullSpec() {
    LabelSelector selector =
        new LabelSelector(
            Map.of("app", "web"),
            List.of(
                new LabelSelector.Requirement(
                    "app", LabelSelector.Operator.IN, List.of("web", "api")),
                new LabelSelector.Requirement(
                    "old", LabelSelector.Operator.DOES_NOT_EXIST, List.of())));
    return new DeploymentSpec(
        4,
        selector,
        new PodTemplate(Map.of("app", "web"), Map.of("hash", "1"), fullPodSpec()),
        new DeploymentSpec.Strategy(
            DeploymentSpec.StrategyType.ROLLING_UPDATE, Amount.of(2), Amount.percent(10)),
        5,
        700,
        3,
        true);
  }

  private static PodSpec fullPodSpec() {
    return new PodSpec(
        List.of(container("init", Optional.empty())),
        List.of(container("main", Optional.of(probe()))),
        volumes(),
        PodSpec.RestartPolicy.ALWAYS,
        12,
        Map.of("disk", "ssd"),
        List.of(
            new Toleration(
                "gone", true, "", Optional.of(Taint.Effect.NO_EXECUTE), Optional.of(30L)),
            new Toleration("dedicated", false, "db", Optional.empty(), Optional.empty())),
        Optional.of("n7"),
        Optional.of("host-1"),
        true,
        new SecurityContext(
            Optional.of(1000L),
            Optional.of(1001L),
            Optional.of(true),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            List.of(),
            new PodContainer.Confinement(
                Optional.empty(),
                Optional.of(
                    new PodContainer.Seccomp(
                        PodContainer.SeccompKind.LOCALHOST, Optional.of("web.json"))),
                false)),
        new PodIsolation(
            Optional.of(true),
            true,
            false,
            false,
            Optional.of(2000L),
            List.of(3000L, 3001L),
            Map.of("kernel.shm_rmid_forced", "1")),
        fullScheduling(),
        List.of("registry", "other"),
        Optional.of("sandboxed"),
        Optional.of(new ResourceAmounts(250, 120L << 20, 0, Map.of())));
  }

  private static Scheduling fullScheduling() {
    NodeTerm node =
        new NodeTerm(
            List.of(
                new NodeRequirement("zone", NodeOperator.NOT_IN, List.of("a", "b")),
                new NodeRequirement("cores", NodeOperator.GT, List.of("8")),
                new NodeRequirement("old", NodeOperator.DOES_NOT_EXIST, List.of())),
            List.of(new NodeRequirement("metadata.name", NodeOperator.IN, List.of("n7"))));
    LabelSelector web = new LabelSelector(Map.of("app", "web"), List.of());
    PodTerm pods =
        new PodTerm(
            Optional.of(web),
            "zone",
            Set.of("blue", "green"),
            Optional.of(new LabelSelector(Map.of(), List.of())),
            List.of("tier"),
            List.of("tenant"));
    PodTerm bare =
        new PodTerm(
            Optional.empty(),
            "kubernetes.io/hostname",
            Set.of(),
            Optional.empty(),
            List.of(),
            List.of());
    return new Scheduling(
        new NodeAffinity(List.of(node), List.of(new PreferredNodes(7, node))),
        new PodAffinity(List.of(pods), List.of(new PreferredPods(1, bare))),
        new PodAffinity(List.of(bare), List.of(new PreferredPods(100, pods))),
        List.of(
            new SpreadConstraint(
                2,
                "zone",
                true,
                Optional.of(web),
                Optional.of(3),
                NodePolicy.IGNORE,
                NodePolicy.HONOR,
                List.of("rev")),
            new SpreadConstraint(
                1,
                "zone",
                false,
                Optional.empty(),
                Optional.empty(),
                NodePolicy.HONOR,
                NodePolicy.IGNORE,
                List.of())),
        Optional.of(1000),
        Optional.of("high"),
        PreemptionPolicy.NEVER);
  }

  private static Probe probe() {
    return new Probe(
        Optional.of(
            new Probe.HttpGet(
                "/ok", "http", "HTTPS", Optional.of("h"), List.of(new Probe.Header("X", "y")))),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        3,
        4,
        5,
        6,
        1);
  }

  private static PodContainer container(String name, Optional<Probe> probe) {
    return new PodContainer(
        name,
        "registry:5000/demo@sha256:0",
        PodContainer.ImagePullPolicy.NEVER,
        List.of("sh", "-c"),
        List.of("echo $(A)"),
        Optional.of("/srv"),
        List.of(
            new PodContainer.EnvVar("A", Optional.of(""), Optional.empty()),
            new PodContainer.EnvVar("IP", Optional.empty(), Optional.of("status.podIP")),
            new PodContainer.EnvVar(
                "KEY",
                Optional.empty(),
                Optional.empty(),
                Optional.of(
                    new ConfigSource.KeyRef(ConfigSource.Kind.SECRET, "keys", "password", true)),
                Optional.empty()),
            new PodContainer.EnvVar(
                "MEM",
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(
                    new ConfigSource.ResourceRef("", "limits.memory", "1Mi", 1000L << 20)))),
        List.of(
            new PodContainer.Port("http", 80, 8080, "TCP"),
            new PodContainer.Port("", 53, 0, "UDP")),
        new ResourceAmounts(250, 1000, 0, Map.of("example.com/gpu", 2L)),
        new ResourceAmounts(1000, 1 << 30, 1 << 20, Map.of("example.com/gpu", 2L)),
        List.of(
            new PodContainer.VolumeMount("tmp", "/tmp", true, Optional.of("a/b")),
            new PodContainer.VolumeMount(
                "host",
                "/host",
                false,
                Optional.empty(),
                Optional.of(PodContainer.MountPropagation.BIDIRECTIONAL))),
        probe,
        probe,
        probe,
        new SecurityContext(
            Optional.of(0L),
            Optional.of(0L),
            Optional.of(false),
            Optional.of(true),
            Optional.of(true),
            List.of("NET_BIND_SERVICE"),
            List.of("ALL"),
            new PodContainer.Confinement(
                Optional.of(true),
                Optional.of(
                    new PodContainer.Seccomp(
                        PodContainer.SeccompKind.UNCONFINED, Optional.empty())),
                false)),
        true,
        true,
        List.of(
            new ConfigSource.AllKeys("P_", ConfigSource.Kind.CONFIG_MAP, "settings", false),
            new ConfigSource.AllKeys("", ConfigSource.Kind.SECRET, "keys", true)),
        probe.isPresent() ? hooks() : Lifecycle.NONE,
        false,
        true);
  }

  private static Lifecycle hooks() {
    Lifecycle.Handler exec =
        new Lifecycle.Handler(
            Optional.of(new Probe.Exec(List.of("sync"))),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
    Lifecycle.Handler sleep =
        new Lifecycle.Handler(
            Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(5L));
    return new Lifecycle(Optional.of(exec), Optional.of(sleep));
  }

  private static List<PodSpec.Volume> fileVolumes() {
    ConfigSource.Item item =
        new ConfigSource.Item("password", Optional.empty(), "db/pass", Optional.of(256));
    ConfigSource.Item label =
        new ConfigSource.Item("metadata.labels['app']", Optional.empty(), "app", Optional.empty());
    ConfigSource.Files map =
        new ConfigSource.Files(ConfigSource.Kind.CONFIG_MAP, "settings", true, List.of());
    ConfigSource.Files secret =
        new ConfigSource.Files(ConfigSource.Kind.SECRET, "keys", false, List.of(item));
    ConfigSource.Files downward =
        new ConfigSource.Files(ConfigSource.Kind.DOWNWARD, "", false, List.of(label));
    return List.of(
        files("map", ConfigSource.Form.CONFIG_MAP, map),
        files("secret", ConfigSource.Form.SECRET, secret),
        files("downward", ConfigSource.Form.DOWNWARD_API, downward),
        files("projected", ConfigSource.Form.PROJECTED, map, secret, downward));
  }

  private static PodSpec.Volume files(
      String name, ConfigSource.Form form, ConfigSource.Files... sources) {
    return new PodSpec.Volume(
        name,
        Optional.empty(),
        Optional.empty(),
        Optional.of(new ConfigSource.FileVolume(form, 420, List.of(sources))));
  }

  private static List<PodSpec.Volume> volumes() {
    List<PodSpec.Volume> all = new java.util.ArrayList<>(fileVolumes());
    all.addAll(
        List.of(
            new PodSpec.Volume(
                "tmp", Optional.of(new PodSpec.EmptyDir("Memory", 1 << 20)), Optional.empty()),
            new PodSpec.Volume(
                "host", Optional.empty(), Optional.of(new PodSpec.HostPath("/srv", "Directory")))));
    return all;
  }
}
