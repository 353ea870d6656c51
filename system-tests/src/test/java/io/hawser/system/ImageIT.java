package io.hawser.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Images on a cluster whose nodes have image directories of their own. */
@Tag("system")
class ImageIT {
  private static final String BUILT = "hawser/web:latest";

  @Test
  void imageBuiltOnOneMachineRunsOnAllAndSecretsGuardThePrivateOnes() throws IOException {
    assumeTrue(LocalRegistry.isInstalled(), "docker-registry and apache2-utils are missing");
    try (LocalRegistry registry = LocalRegistry.start();
        TestCluster cluster = TestCluster.up(3, List.of("--own-images"))) {
      builtImageReachesEveryNode(cluster);
      privateImageNeedsItsSecret(cluster, registry);
      imageThatIsNowhereIsExplained(cluster, registry);
      deploymentOfABadImageShowsItInKubectl(cluster, registry);
      launchIsToldCallByCall(cluster);
      nothingShowsTheSecret(cluster, registry);
    }
  }

  private static void builtImageReachesEveryNode(TestCluster cluster) throws IOException {
    Path dockerfile = Shell.home().resolve("examples/web.Dockerfile");
    cluster.hawser("image", "build", "-t", BUILT, "-f", dockerfile.toString(), "/bin").ok();
    for (String node : List.of("n1", "n2", "n3")) {
      apply(cluster, pod("built-" + node, node, BUILT, ""));
    }
    await("the pods run")
        .atMost(TestCluster.PATIENCE)
        .pollInterval(Duration.ofMillis(200))
        .untilAsserted(() -> assertThat(cluster.api().readyPods()).hasSize(3));
    assertThat(events(cluster, "built-n1")).contains("already present on machine");
    assertThat(events(cluster, "built-n2"))
        .contains("Pulling image", "Successfully copied image", "from node n");
  }

  private static void privateImageNeedsItsSecret(TestCluster cluster, LocalRegistry registry)
      throws IOException {
    String name = registry.host + "/team/web:1";
    cluster.hawser("image", "tag", BUILT, name).ok();
    Shell.Outcome refused = cluster.hawser("image", "push", "-q", name);
    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.err()).contains("it needs a login").hasLineCount(1);
    cluster
        .hawserWith(
            "DOCKER_CONFIG=" + registry.dockerConfigDirectory(), "image", "push", "-q", name)
        .ok();
    cluster.hawser("image", "rm", name).ok();
    apply(
        cluster,
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: regcred}
        type: kubernetes.io/dockerconfigjson
        data: {.dockerconfigjson: %s}
        """
            .formatted(registry.dockerConfig()));
    apply(cluster, pod("with-secret", "n2", name, "imagePullSecrets: [{name: regcred}]"));
    awaitReady(cluster, "with-secret");
    assertThat(events(cluster, "with-secret")).contains("Successfully pulled image");
    apply(cluster, pod("without-secret", "n2", name, ""));
    awaitWaiting(cluster, "without-secret", "ErrImagePull", "it needs a login");
    awaitWaiting(cluster, "without-secret", "ImagePullBackOff", "Back-off pulling image");
  }

  private static void imageThatIsNowhereIsExplained(TestCluster cluster, LocalRegistry registry)
      throws IOException {
    String name = registry.host + "/team/nowhere:1";
    apply(cluster, pod("nowhere", "n3", name, "imagePullSecrets: [{name: regcred}]"));
    awaitWaiting(cluster, "nowhere", "ErrImagePull", "answered 404");
    assertThat(cluster.hawser("describe", "pod", "nowhere").ok().out())
        .contains("Failed to pull image \"" + name + "\"", "answered 404");
    apply(cluster, pod("never", "n3", "absent:1", "").replace("Always", "Never"));
    awaitWaiting(cluster, "never", "ErrImageNeverPull", "imagePullPolicy is Never");
  }

  private static void deploymentOfABadImageShowsItInKubectl(
      TestCluster cluster, LocalRegistry registry) throws IOException {
    String name = registry.host + "/team/bad:1";
    apply(
        cluster,
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: bad}
        spec:
          replicas: 1
          selector: {matchLabels: {app: bad}}
          template:
            metadata: {labels: {app: bad}}
            spec:
              imagePullSecrets: [{name: regcred}]
              containers: [{name: main, image: "%s"}]
        """
            .formatted(name));
    Path config = cluster.dir().resolve("kubeconfig");
    Files.writeString(config, cluster.hawser("kubeconfig").ok().out());
    await("kubectl shows why")
        .atMost(TestCluster.PATIENCE)
        .pollInterval(Duration.ofMillis(500))
        .untilAsserted(
            () ->
                assertThat(kubectl(config, "describe", "pods", "-l", "app=bad"))
                    .contains(
                        "Failed to pull image \"" + name + "\"",
                        "answered 404",
                        "Back-off pulling image \"" + name + "\"")
                    .containsPattern("Reason: +(ErrImagePull|ImagePullBackOff)"));
    assertThat(kubectl(config, "describe", "deployment", "bad"))
        .contains("1 desired", "0 available", "1 unavailable");
  }

  private static String kubectl(Path config, String... arguments) {
    List<String> command = new ArrayList<>(List.of("kubectl", "--kubeconfig", config.toString()));
    command.addAll(List.of(arguments));
    return Shell.run(TestCluster.PATIENCE, command).ok().out();
  }

  private static void launchIsToldCallByCall(TestCluster cluster) throws IOException {
    String env = "env: [{name: KEY, value: not-to-be-shown}]";
    apply(cluster, pod("told", "n2", BUILT, "").replace("command:", env + "\n      command:"));
    awaitReady(cluster, "told");
    String calls = cluster.hawser("debug", "launch", "told").ok().out();
    assertThat(calls)
        .contains("# container main, start 0, on node n2", "mount(\"overlay\", ", "KEY=…")
        .contains("execve(\"/bin/sleep\", [/bin/sleep, 1000], ")
        .doesNotContain("not-to-be-shown");
    JsonNode json =
        new ObjectMapper()
            .readTree(cluster.hawser("debug", "launch", "told", "-o", "json").ok().out());
    assertThat(json.at("/containers/0/calls").size()).isGreaterThan(50);
  }

  private static void nothingShowsTheSecret(TestCluster cluster, LocalRegistry registry)
      throws IOException {
    String all =
        cluster.hawser("get", "pods", "-o", "yaml").ok().out()
            + cluster.hawser("events").ok().out()
            + cluster.logs();
    for (String node : List.of("n1", "n2", "n3")) {
      all += Files.readString(cluster.dir().resolve(node).resolve("node.log"));
    }
    assertThat(all).doesNotContain(LocalRegistry.PASSWORD, registry.dockerConfig());
  }

  private static String pod(String name, String node, String image, String more) {
    return """
        apiVersion: v1
        kind: Pod
        metadata: {name: %s}
        spec:
          nodeName: %s
          terminationGracePeriodSeconds: 0
          %s
          containers:
            - name: main
              image: %s
              imagePullPolicy: Always
              command: [/bin/sleep, "1000"]
        """
        .formatted(name, node, more, image);
  }

  private static void apply(TestCluster cluster, String yaml) throws IOException {
    Path file = cluster.dir().resolve("object.yaml");
    Files.writeString(file, yaml);
    cluster.hawser("apply", "-f", file.toString()).ok();
  }

  private static JsonNode get(TestCluster cluster, String pod) {
    return cluster.api().get("/api/v1/namespaces/default/pods/" + pod).body();
  }

  private static void awaitReady(TestCluster cluster, String pod) {
    await(pod + " is ready")
        .atMost(TestCluster.PATIENCE)
        .pollInterval(Duration.ofMillis(200))
        .until(() -> Api.isReady(get(cluster, pod)));
  }

  private static void awaitWaiting(TestCluster cluster, String pod, String reason, String message) {
    JsonNode waiting =
        await(pod + " is " + reason)
            .atMost(TestCluster.PATIENCE)
            .pollInterval(Duration.ofMillis(100))
            .until(
                () ->
                    Optional.of(get(cluster, pod).at("/status/containerStatuses/0/state/waiting"))
                        .filter(w -> w.path("reason").asText().equals(reason)),
                Optional::isPresent)
            .orElseThrow();
    assertThat(waiting.path("message").asText()).contains(message);
  }

  private static String events(TestCluster cluster, String pod) {
    return cluster.hawser("describe", "pod", pod).ok().out();
  }
}
