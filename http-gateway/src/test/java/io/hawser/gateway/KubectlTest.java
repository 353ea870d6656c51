package io.hawser.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real kubectl against the gateway, over TLS. Skipped where kubectl is not installed. */
class KubectlTest {
  private static final Path KUBECTL = Path.of("/usr/bin/kubectl");
  private static final long SECONDS = 60;

  @TempDir static Path directory;
  private static GatewayFixture gateway;

  /** What a command printed, on both streams, and its exit code. */
  private record Outcome(int code, String text) {}

  @BeforeAll
  static void start() throws IOException {
    assumeTrue(Files.isExecutable(KUBECTL), "kubectl is not installed");
    gateway = new GatewayFixture();
    Files.writeString(directory.resolve("kubeconfig"), gateway.kubeconfig());
    Files.writeString(directory.resolve("web.yaml"), Manifests.WEB);
  }

  @AfterAll
  static void stop() {
    if (gateway != null) {
      gateway.close();
    }
  }

  @BeforeEach
  void applyWeb() throws Exception {
    assertThat(ok("apply", "-f", "web.yaml")).contains("deployment.apps/web created");
    assertThat(ok("rollout", "status", "deployment/web", "--timeout=30s"))
        .contains("successfully rolled out");
  }

  @AfterEach
  void deleteWeb() throws Exception {
    ok("uncordon", "n1");
    ok("delete", "deployment", "--all");
    await()
        .atMost(GatewayFixture.PATIENCE)
        .until(() -> gateway.get("/api/v1/pods").json().path("items").isEmpty());
  }

  @Test
  void getShowsWhatRuns() throws Exception {
    assertThat(ok("version")).contains("Server Version: v1.32");
    assertThat(ok("get", "deployments")).contains("2/2");
    assertThat(ok("get", "pods", "-o", "wide")).contains("Running").contains("n1");
    assertThat(ok("get", "nodes")).contains("Ready").contains("controller,gateway,worker");
    assertThat(ok("get", "namespaces")).contains("default").contains("Active");
    assertThat(ok("get", "events")).contains("Scheduled");
    assertThat(ok("get", "all")).contains("replicaset.apps/web-");
    assertThat(ok("get", "deployment", "web", "-o", "yaml")).contains("image: demo:1");
    assertThat(ok("get", "pods", "-l", "app=web", "-o", "name").lines()).hasSize(2);
    assertThat(ok("api-resources")).contains("deployments");
  }

  @Test
  void applyingAgainChangesNothingAndApplyingAChangeDoes() throws Exception {
    assertThat(ok("apply", "-f", "web.yaml")).contains("unchanged");
    Files.writeString(directory.resolve("changed.yaml"), Manifests.WEB.replace("demo:1", "demo:2"));
    assertThat(ok("apply", "-f", "changed.yaml")).contains("configured");
    ok("rollout", "status", "deployment/web", "--timeout=30s");
    assertThat(ok("get", "deployment", "web", "-o", "jsonpath={..image}")).contains("demo:2");
  }

  @Test
  void serverSideApplyOwnsFieldsAndTellsConflicts() throws Exception {
    // What kubectl applied on its side before is taken over, but for what others set.
    ok("scale", "deployment/web", "--replicas=3");
    String manifest = Manifests.WEB.replace("  replicas: 2\n", "");
    Files.writeString(directory.resolve("owned.yaml"), manifest);
    assertThat(ok("apply", "--server-side", "-f", "owned.yaml")).contains("serverside-applied");
    assertThat(ok("get", "deployment", "web", "-o", "jsonpath={.spec.replicas}")).isEqualTo("3");
    assertThat(ok("get", "deployment", "web", "-o", "yaml", "--show-managed-fields"))
        .contains("manager: kubectl-last-applied")
        .contains("manager: before-first-apply")
        .doesNotContain("manager: kubectl-client-side-apply")
        .doesNotContain("hawser.io/managed-fields");

    String variable = "- {name: GREETING, value: hello}";
    Files.writeString(directory.resolve("less.yaml"), manifest.replace(variable, ""));
    Outcome diff = kubectl("diff", "--server-side", "-f", "less.yaml");
    assertThat(diff.code()).as(diff.text()).isEqualTo(1);
    assertThat(diff.text()).contains("-        - name: GREETING");
    ok("apply", "--server-side", "--dry-run=server", "-f", "less.yaml");
    assertThat(ok("get", "deployment", "web", "-o", "jsonpath={..env}")).contains("GREETING");
    ok("apply", "--server-side", "-f", "less.yaml");
    assertThat(ok("get", "deployment", "web", "-o", "jsonpath={..env}")).isEmpty();

    Outcome refused = kubectl("apply", "--server-side", "--field-manager=ci", "-f", "web.yaml");
    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.text()).contains("\"before-first-apply\" using apps/v1: .spec.replicas");
    ok("apply", "--server-side", "--field-manager=ci", "--force-conflicts", "-f", "web.yaml");
    ok("scale", "deployment/web", "--replicas=1");
    assertThat(kubectl("apply", "--server-side", "--field-manager=ci", "-f", "web.yaml").text())
        .contains("conflict with \"kubectl\" with subresource \"scale\" using apps/v1");
  }

  @Test
  void badInputIsToldByField() throws Exception {
    Files.writeString(
        directory.resolve("bad.yaml"),
        Manifests.WEB
            .replace("name: web\n  labels", "name: bad\n  labels")
            .replace("image:", "imagee:"));
    Outcome outcome = kubectl("apply", "-f", "bad.yaml");
    assertThat(outcome.code()).isEqualTo(1);
    assertThat(outcome.text()).contains("spec.template.spec.containers[0].imagee");
    assertThat(kubectl("get", "deployment", "bad").text()).contains("\"bad\" not found");
  }

  @Test
  void explainTellsKindsAndFields() throws Exception {
    assertThat(ok("explain", "pod"))
        .contains(
            "KIND:       Pod", "VERSION:    v1", "DESCRIPTION:", "spec\t<PodSpec> -required-");
    assertThat(ok("explain", "deployment.spec.template.spec.containers.resources"))
        .contains("GROUP:      apps", "FIELD: resources <Resources>")
        .contains("limits\t<map[string]Quantity>");
    assertThat(ok("explain", "pods.spec.restartPolicy")).contains("ENUM:", "OnFailure");
    assertThat(ok("explain", "hpa", "--api-version=autoscaling/v1", "--recursive"))
        .contains("targetCPUUtilizationPercentage\t<integer>");
    assertThat(ok("explain", "flocks.spec.template")).contains("FIELD: template <PodTemplateSpec>");
    assertThat(ok("explain", "drills.steps"))
        .contains("GROUP:      hawser.io", "atMillis\t<integer>");
    assertThat(ok("explain", "pods", "--api-version=metrics.k8s.io/v1beta1"))
        .contains("KIND:       PodMetrics");
    for (String kind : List.of("deployment", "statefulset", "cronjob", "node", "pvc", "event")) {
      assertThat(ok("explain", kind, "--recursive")).contains("metadata\t<ObjectMeta>");
    }
    Outcome outcome = kubectl("explain", "pod.spec.containerz");
    assertThat(outcome.code()).isEqualTo(1);
    assertThat(outcome.text()).contains("field \"containerz\" does not exist");
  }

  @Test
  void scaleChangesTheNumberOfPods() throws Exception {
    assertThat(ok("scale", "deployment/web", "--replicas=4")).contains("scaled");
    ok("rollout", "status", "deployment/web", "--timeout=30s");
    assertThat(ok("get", "deployment", "web")).contains("4/4");
  }

  @Test
  void aRolloutCanBeFollowedUndoneAndStartedAgain() throws Exception {
    ok("set", "image", "deployment/web", "web=demo:2");
    ok("rollout", "status", "deployment/web", "--timeout=30s");
    assertThat(ok("rollout", "history", "deployment/web")).contains("1").contains("2");
    assertThat(ok("rollout", "undo", "deployment/web")).contains("rolled back");
    ok("rollout", "status", "deployment/web", "--timeout=30s");
    assertThat(ok("get", "deployment", "web", "-o", "jsonpath={..image}")).contains("demo:1");
    assertThat(ok("rollout", "restart", "deployment/web")).contains("restarted");
    ok("rollout", "status", "deployment/web", "--timeout=30s");
  }

  @Test
  void describeShowsPartsAndEvents() throws Exception {
    assertThat(ok("describe", "deployment", "web")).contains("NewReplicaSet:   web-");
    assertThat(ok("describe", "pod", "-l", "app=web")).contains("Scheduled").contains("Started");
    assertThat(ok("describe", "node", "n1")).contains("Non-terminated Pods").contains("50m (0%)");
  }

  @Test
  void logsAndExecReachThePod() throws Exception {
    String pod = ok("get", "pods", "-o", "jsonpath={.items[0].metadata.name}").strip();
    assertThat(ok("logs", pod)).isEqualTo("hello\nfrom " + pod + "\n");
    assertThat(ok("exec", pod, "--", "ls", "-l", "/")).isEqualTo("ls -l /\n");
  }

  @Test
  void nodesAreCordonedLabelledTaintedAndDrained() throws Exception {
    assertThat(ok("cordon", "n1")).contains("cordoned");
    assertThat(ok("get", "node", "n1")).contains("SchedulingDisabled");
    assertThat(ok("drain", "n1", "--delete-emptydir-data", "--timeout=30s"))
        .contains("evicted")
        .contains("drained");
    assertThat(ok("uncordon", "n1")).contains("uncordoned");
    ok("rollout", "status", "deployment/web", "--timeout=30s");
    ok("label", "node", "n1", "disk=ssd");
    assertThat(ok("get", "nodes", "-l", "disk=ssd")).contains("n1");
    ok("label", "node", "n1", "disk-");
    assertThat(ok("drain", "n1", "--dry-run=server", "--delete-emptydir-data"))
        .contains("(server dry run)");
    assertThat(ok("scale", "deployment/web", "--replicas=0", "--dry-run=server"))
        .contains("(server dry run)");
    assertThat(ok("delete", "deployment", "web", "--dry-run=server")).contains("(server dry run)");
    assertThat(ok("get", "deployment", "web", "-o", "jsonpath={.spec.replicas}")).isEqualTo("2");
    assertThat(ok("get", "node", "n1")).doesNotContain("SchedulingDisabled");
    ok("taint", "node", "n1", "a=b:NoSchedule");
    assertThat(ok("describe", "node", "n1")).contains("a=b:NoSchedule");
    ok("taint", "node", "n1", "a-");
  }

  @Test
  void aDeletedPodIsReplacedAndWaitedFor() throws Exception {
    String pod = ok("get", "pods", "-o", "jsonpath={.items[0].metadata.name}").strip();
    assertThat(ok("delete", "pod", pod)).contains("deleted");
    assertThat(kubectl("get", "pod", pod).text()).contains("not found");
    ok("rollout", "status", "deployment/web", "--timeout=30s");
  }

  @Test
  void aWatchShowsChanges() throws Exception {
    Process watch = start("get", "deployment", "web", "-w", "--request-timeout=20s");
    try {
      var lines = watch.inputReader();
      assertThat(lines.readLine()).startsWith("NAME");
      assertThat(lines.readLine()).contains("2/2");
      ok("scale", "deployment/web", "--replicas=3");
      String line = lines.readLine();
      while (line != null && !line.contains("3/3")) {
        line = lines.readLine();
      }
      assertThat(line).contains("3/3");
    } finally {
      watch.destroyForcibly();
    }
  }

  @Test
  void whatClientsSendInProtobufIsReadToo() throws Exception {
    assertThat(ok("create", "namespace", "blue")).contains("created");
    assertThat(
            ok(
                "create",
                "deployment",
                "api",
                "--image=demo:1",
                "--replicas=2",
                "--port=80",
                "-n",
                "blue"))
        .contains("created");
    ok("rollout", "status", "deployment/api", "-n", "blue", "--timeout=30s");
    assertThat(ok("auth", "can-i", "create", "pods")).contains("yes");
    ok("delete", "namespace", "blue");
  }

  @Test
  void autoscaleScalesAndTopShowsWhatIsUsed() throws Exception {
    assertThat(ok("top", "nodes")).contains("n1").contains("500m");
    assertThat(ok("top", "pods", "-l", "app=web")).contains("250m").contains("32Mi");
    assertThat(ok("top", "pods", "-A", "--containers")).contains("default").contains("web");
    assertThat(ok("autoscale", "deployment/web", "--min=3", "--max=5", "--cpu-percent=50"))
        .contains("horizontalpodautoscaler.autoscaling/web autoscaled");
    await()
        .atMost(GatewayFixture.PATIENCE)
        .until(() -> ok("get", "deployment", "web").contains("3/3"));
    assertThat(ok("get", "hpa")).contains("Deployment/web").contains("cpu: ").contains("3");
    assertThat(ok("describe", "hpa", "web")).contains("SuccessfulRescale").contains("AbleToScale");
    ok("patch", "hpa", "web", "-p", "{\"spec\":{\"minReplicas\":4}}");
    await()
        .atMost(GatewayFixture.PATIENCE)
        .until(() -> ok("get", "deployment", "web").contains("4/4"));
    ok("delete", "hpa", "web");
  }

  @Test
  void aSetsRolloutsAreListedAndUndone() throws Exception {
    for (String kind : List.of("StatefulSet", "DaemonSet")) {
      String set = kind.toLowerCase(java.util.Locale.ROOT) + "/kept";
      String yaml =
          """
          apiVersion: apps/v1
          kind: %s
          metadata: {name: kept}
          spec:
            selector: {matchLabels: {app: kept}}
            template:
              metadata: {labels: {app: kept}}
              spec: {containers: [{name: main, image: 'demo:1'}]}
          """
              .formatted(kind);
      Files.writeString(directory.resolve("set.yaml"), yaml);
      ok("apply", "-f", "set.yaml");
      ok("rollout", "status", set, "--timeout=30s");
      ok("set", "image", set, "main=demo:2");
      ok("rollout", "status", set, "--timeout=30s");
      assertThat(ok("rollout", "history", set).lines().filter(l -> l.matches("[12] .*")))
          .hasSize(2);
      assertThat(ok("rollout", "history", set, "--revision=1")).contains("demo:1");
      assertThat(ok("rollout", "undo", set)).contains("rolled back");
      ok("rollout", "status", set, "--timeout=30s");
      assertThat(ok("get", set, "-o", "jsonpath={..image}")).isEqualTo("demo:1");
      assertThat(ok("get", "controllerrevisions")).contains("kept-").contains(".apps/kept");
      ok("delete", set);
    }
  }

  @Test
  void createMakesEveryKindItKnows() throws Exception {
    ok("create", "configmap", "made", "--from-literal=a=1");
    ok("create", "secret", "generic", "made", "--from-literal=pw=hunter2");
    ok("create", "job", "made", "--image=demo:1", "--", "true");
    ok("create", "cronjob", "made", "--image=demo:1", "--schedule=0 0 1 1 *", "--", "true");
    ok("create", "job", "by-hand", "--from=cronjob/made");
    ok("create", "pdb", "made", "--selector=app=web", "--min-available=1");
    ok("create", "quota", "made", "--hard=pods=50,cpu=100");
    ok("create", "priorityclass", "made", "--value=10", "--description=x");

    assertThat(ok("get", "configmap", "made", "-o", "jsonpath={.data.a}")).contains("1");
    assertThat(ok("describe", "secret", "made")).contains("pw:  7 bytes");
    assertThat(ok("get", "quota", "made", "-o", "jsonpath={.spec.hard.pods}")).contains("50");
    assertThat(ok("get", "job", "by-hand", "-o", "jsonpath={.metadata.ownerReferences[0]}"))
        .contains("\"kind\":\"CronJob\"")
        .contains("\"controller\":true");
    ok("delete", "job,configmap,secret,pdb,quota,priorityclass", "made");
    ok("delete", "cronjob", "made");
    await()
        .atMost(GatewayFixture.PATIENCE)
        .until(() -> kubectl("get", "job", "by-hand").text().contains("not found"));
  }

  @Test
  void runMakesAPodAndDeletesIt() throws Exception {
    assertThat(ok("run", "one", "--image=demo:1", "--restart=Never")).contains("pod/one created");
    assertThat(ok("annotate", "pod", "one", "a=b")).contains("annotated");
    assertThat(ok("delete", "pod", "one", "--now")).contains("deleted");
  }

  private static String ok(String... arguments) throws Exception {
    Outcome outcome = kubectl(arguments);
    assertThat(outcome.code())
        .as("kubectl " + String.join(" ", arguments) + ": " + outcome.text())
        .isZero();
    return outcome.text();
  }

  private static Outcome kubectl(String... arguments) throws Exception {
    Process process = start(arguments);
    process.getOutputStream().close();
    String text = new String(process.getInputStream().readAllBytes());
    if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("kubectl " + List.of(arguments) + " did not end: " + text);
    }
    return new Outcome(process.exitValue(), text);
  }

  private static Process start(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(KUBECTL.toString()));
    command.addAll(List.of("--kubeconfig", "kubeconfig", "--cache-dir", "cache"));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
        .directory(directory.toFile())
        .redirectErrorStream(true)
        .start();
  }
}
