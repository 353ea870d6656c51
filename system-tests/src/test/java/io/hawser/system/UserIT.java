package io.hawser.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the README tells a user to do, done. */
@Tag("system")
class UserIT {
  private static final Duration DEMO = Duration.ofMinutes(4);

  @Test
  void theDemoSeesEveryStepHappenAndLeavesNothing() {
    Shell.Outcome demo = Shell.run(DEMO, Shell.hawser("cli.jvm", "demo", "--once"));
    assertThat(demo.code()).as(demo.out() + demo.err()).isZero();
    assertThat(demo.out().strip().lines().toList())
        .last()
        .asString()
        .matches("detected \\d+\\.\\d s · replaced \\d+\\.\\d s · ready \\d+\\.\\d s.*");
    Matcher dir = Pattern.compile("/\\S*hawser-demo\\S*").matcher(demo.out());
    assertThat(dir.find()).as("the demo says where its cluster is").isTrue();
    new Leftovers(Path.of(dir.group()), List.of("n1", "n2", "n3")).awaitNone();
    assertThat(Path.of(dir.group())).doesNotExist();
  }

  @Test
  void commandsKubectlAndBadInputOnOneCluster() throws IOException {
    try (TestCluster cluster = TestCluster.up(3)) {
      cluster.applyWeb(3);
      cluster.awaitReady(3);
      commandsShowWhatRuns(cluster);
      kubectlWorks(cluster);
      kubectlExplains(cluster);
      kubectlAppliesOnTheServer(cluster);
      badInputChangesNothing(cluster);
      aDrillWritesItsReport(cluster);
    }
  }

  private static void commandsShowWhatRuns(TestCluster cluster) {
    String pod = cluster.api().readyPods().get(0).at("/metadata/name").asText();
    assertThat(cluster.hawser("get", "pods", "-o", "wide").ok().out()).contains(pod, "Running");
    assertThat(cluster.hawser("get", "nodes").ok().out()).contains("n1", "n2", "n3", "Ready");
    assertThat(cluster.hawser("describe", "pod", pod).ok().out()).contains("Scheduled", "Started");
    assertThat(cluster.hawser("exec", pod, "--", "cat", "/proc/1/comm").ok().out().strip())
        .isEqualTo("sh");
    assertThat(cluster.hawser("exec", pod, "--", "sh", "-c", "exit 7").code()).isEqualTo(7);
    assertThat(cluster.hawser("status").ok().out()).contains("n1");
    assertThat(cluster.hawser("get", "pods", "nope").code()).isEqualTo(1);
    assertThat(cluster.hawser("get", "pods", "nope").err().strip().lines()).hasSize(1);
    assertThat(cluster.hawser("get").code()).isEqualTo(2);
    cluster.hawser("cordon", "n2").ok();
    assertThat(cluster.hawser("get", "nodes").ok().out()).contains("SchedulingDisabled");
    cluster.hawser("uncordon", "n2").ok();
    cluster.hawser("drain", "n3").ok();
    cluster.awaitReady(3);
    assertThat(cluster.api().readyPods().stream().map(p -> p.at("/spec/nodeName").asText()))
        .doesNotContain("n3");
    cluster.hawser("uncordon", "n3").ok();
  }

  private static void kubectlWorks(TestCluster cluster) throws IOException {
    Path config = cluster.dir().resolve("kubeconfig");
    Files.writeString(config, cluster.hawser("kubeconfig").ok().out());
    assertThat(kubectl(config, "get", "pods").ok().out()).contains("Running");
    kubectl(config, "scale", "deployment/web", "--replicas=4").ok();
    kubectl(config, "rollout", "status", "deployment/web", "--timeout=60s").ok();
    assertThat(kubectl(config, "get", "deployment", "web").ok().out()).contains("4/4");
    kubectl(config, "apply", "-f", cluster.dir().resolve("web.yaml").toString()).ok();
    assertThat(kubectl(config, "describe", "deployment", "web").ok().out())
        .contains("NewReplicaSet");
    String pod = cluster.api().readyPods().get(0).at("/metadata/name").asText();
    kubectl(config, "logs", pod).ok();
    kubectl(config, "delete", "pod", pod).ok();
    cluster.awaitReady(3);
  }

  private static void kubectlExplains(TestCluster cluster) throws IOException {
    Path config = cluster.dir().resolve("kubeconfig");
    assertThat(kubectl(config, "explain", "pod").ok().out())
        .contains("KIND:       Pod", "spec\t<PodSpec> -required-");
    String resources = "deployment.spec.template.spec.containers.resources";
    assertThat(kubectl(config, "explain", resources).ok().out())
        .contains("GROUP:      apps", "limits\t<map[string]Quantity>");
    assertThat(kubectl(config, "explain", "deployment", "--recursive").ok().out())
        .contains("livenessProbe\t<Probe>", "availableReplicas\t<integer>");
    assertThat(kubectl(config, "explain", "pod.spec.nothing").err())
        .contains("field \"nothing\" does not exist");

    String web = Files.readString(cluster.dir().resolve("web.yaml"));
    Path wrong = cluster.dir().resolve("wrong.yaml");
    Files.writeString(wrong, web.replace("replicas:", "replicaz:"));
    assertThat(kubectl(config, "apply", "-f", wrong.toString()).err())
        .contains("spec.replicaz: Unknown field: expected one of");
  }

  /** A deployment of its own, which is gone again after. */
  private static void kubectlAppliesOnTheServer(TestCluster cluster) throws IOException {
    Path config = cluster.dir().resolve("kubeconfig");
    String manifest =
        Files.readString(cluster.dir().resolve("web.yaml"))
            .replace("name: web", "name: owned")
            .replace("app: web", "app: owned")
            .replaceFirst("replicas: *[0-9]+", "replicas: 1");
    String file = write(cluster, "owned.yaml", manifest);
    String bare = "            - name: BARE\n              value: none\n";
    String more =
        write(
            cluster, "more.yaml", manifest.replace("          env:\n", "          env:\n" + bare));
    String variables = "jsonpath={.spec.template.spec.containers[0].env[*].name}";

    assertThat(kubectl(config, "apply", "--server-side", "-f", more).ok().out())
        .contains("owned serverside-applied");
    kubectl(config, "rollout", "status", "deployment/owned", "--timeout=60s").ok();
    kubectl(config, "apply", "--server-side", "--dry-run=server", "-f", file).ok();
    assertThat(kubectl(config, "diff", "--server-side", "-f", file).out()).contains("name: BARE");
    assertThat(kubectl(config, "get", "deployment", "owned", "-o", variables).ok().out())
        .contains("BARE", "POD_NAME");
    kubectl(config, "apply", "--server-side", "-f", file).ok();
    assertThat(kubectl(config, "get", "deployment", "owned", "-o", variables).ok().out())
        .contains("POD_NAME")
        .doesNotContain("BARE");

    kubectl(config, "scale", "deployment/owned", "--replicas=2").ok();
    assertThat(kubectl(config, "apply", "--server-side", "-f", file).err())
        .contains("conflict with \"kubectl\" with subresource \"scale\"", ".spec.replicas");
    kubectl(config, "apply", "--server-side", "--force-conflicts", "-f", file).ok();
    assertThat(kubectl(config, "get", "deployment", "owned").ok().out()).contains("/1");
    kubectl(config, "delete", "deployment", "owned").ok();

    // What was applied on the client's side is taken over and can be taken out.
    String map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: owned}\ndata: {%s}\n";
    kubectl(config, "apply", "-f", write(cluster, "map.yaml", map.formatted("a: one, b: two")))
        .ok();
    String less = write(cluster, "map.yaml", map.formatted("a: one"));
    kubectl(config, "apply", "--server-side", "-f", less).ok();
    assertThat(kubectl(config, "get", "configmap", "owned", "-o", "jsonpath={.data}").ok().out())
        .isEqualTo("{\"a\":\"one\"}");
    kubectl(config, "delete", "configmap", "owned").ok();
    cluster.awaitReady(3);
  }

  private static String write(TestCluster cluster, String name, String text) throws IOException {
    return Files.writeString(cluster.dir().resolve(name), text).toString();
  }

  private static Shell.Outcome kubectl(Path config, String... arguments) {
    List<String> command = new ArrayList<>(List.of("kubectl", "--kubeconfig", config.toString()));
    command.addAll(List.of(arguments));
    return Shell.run(TestCluster.PATIENCE, command);
  }

  private static void badInputChangesNothing(TestCluster cluster) {
    String path = "/apis/apps/v1/namespaces/default/deployments";
    long before = cluster.api().get(path).body().path("items").size();
    String huge = "a: " + "x".repeat(2_000_000);
    String bomb = bomb();
    for (String yaml : List.of(huge, bomb, "kind: [", "a: \u0000")) {
      Api.Response response =
          cluster
              .api()
              .send("POST", path, "application/yaml", yaml.getBytes(StandardCharsets.UTF_8));
      assertThat(response.code()).isBetween(400, 422);
      assertThat(response.body().path("kind").asText()).isEqualTo("Status");
    }
    byte[] broken = {'a', ':', ' ', (byte) 0xc3, (byte) 0x28};
    assertThat(cluster.api().send("POST", path, "application/yaml", broken).code())
        .isBetween(400, 422);
    assertThat(cluster.api().get(path).body().path("items").size()).isEqualTo((int) before);
  }

  /** Nine levels of nine references each: a billion strings if anybody expanded it. */
  private static String bomb() {
    StringBuilder yaml = new StringBuilder("a0: &a0 [x]\n");
    for (int level = 1; level <= 9; level++) {
      String reference = "*a" + (level - 1);
      yaml.append(
          "a%d: &a%d [%s]%n"
              .formatted(
                  level, level, String.join(",", java.util.Collections.nCopies(9, reference))));
    }
    return yaml.toString();
  }

  private static void aDrillWritesItsReport(TestCluster cluster) throws IOException {
    String scheduler = cluster.schedulerNode();
    String victim = scheduler.equals("n3") ? "n2" : "n3";
    Shell.Outcome drill = cluster.hawser("drill", "node-kill", "--node", victim);
    assertThat(drill.code()).as(drill.out() + drill.err() + cluster.logs()).isZero();
    assertThat(drill.out()).contains("detected", "replaced", "ready");
    cluster.awaitReady(3);
    try (var reports = Files.list(cluster.dir().resolve("drills"))) {
      assertThat(reports.map(p -> p.getFileName().toString()))
          .anyMatch(name -> name.endsWith(".json"))
          .anyMatch(name -> name.endsWith(".txt"));
    }
  }

  @Test
  void withoutRootUpSaysWhatIsMissing() {
    List<String> command = new ArrayList<>(List.of("setpriv", "--reuid=65534", "--clear-groups"));
    command.addAll(Shell.hawser("cli.jvm", "up", "--dir", "/tmp/hawser-system-nobody"));
    Shell.Outcome up = Shell.run(Duration.ofSeconds(60), command);
    assertThat(up.code()).isEqualTo(1);
    assertThat(up.err().strip().lines()).hasSize(1);
    assertThat(up.err()).contains("root");
    assertThat(Path.of("/tmp/hawser-system-nobody")).doesNotExist();
  }
}
