package io.hawser.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Each kind of workload with real containers, on one cluster. */
@Tag("system")
class WorkloadsIT {
  private static final String POD =
      """
      metadata: {labels: {app: NAME}}
          spec:
            restartPolicy: POLICY
            terminationGracePeriodSeconds: 1
            containers:
            - name: main
              image: IMAGE
              imagePullPolicy: Never
              command: [sh, -c, 'COMMAND']
      """;

  @Test
  void everyKindDoesWhatItIsFor() throws IOException, InterruptedException {
    try (TestCluster cluster = TestCluster.upWithExampleKind(3)) {
      aJobReadsItsConfigAndCompletes(cluster);
      aKindFromAJarIsUsedLikeAnyOther(cluster);
      aDaemonSetRunsOnEveryNode(cluster);
      membersOfAStatefulSetComeInOrder(cluster);
      aReplicaSetReplacesAPodThatWasDeleted(cluster);
      new Crowding(cluster).check();
      aBadImageRollsBackByItself(cluster);
      aRolloutAndADrainCostNoRequest(cluster);
      anAutoscalerFollowsARealLoadUpAndDown(cluster);
      aCronJobGoesOnOverTheLossOfTheScheduler(cluster);
    }
  }

  /** Under a budget that lets no pod go before another one is ready. */
  private static void aRolloutAndADrainCostNoRequest(TestCluster cluster)
      throws IOException, InterruptedException {
    cluster.applyWeb(3);
    cluster.awaitReady(3);
    apply(
        cluster,
        """
        apiVersion: policy/v1
        kind: PodDisruptionBudget
        metadata: {name: web}
        spec: {minAvailable: 3, selector: {matchLabels: {app: web}}}
        """);
    try (PageLoad load = PageLoad.on(cluster.api())) {
      String before = cluster.api().readyPods().get(0).at("/metadata/name").asText();
      cluster.hawser("rollout", "restart", "deployment/web").ok();
      cluster.hawser("rollout", "status", "deployment/web").ok();
      assertThat(cluster.api().pods()).noneMatch(p -> before.equals(name(p)));
      cluster.awaitReady(3);
      assertThat(load.failures()).as("after the rollout").isEmpty();
      String node = cluster.api().readyPods().get(0).at("/spec/nodeName").asText();
      cluster.hawser("drain", node, "--deadline", "2m").ok();
      assertThat(cluster.api().readyPods())
          .hasSize(3)
          .noneMatch(p -> p.at("/spec/nodeName").asText().equals(node));
      assertThat(load.failures()).as("after the drain").isEmpty();
      cluster.hawser("uncordon", node).ok();
      assertThat(cluster.hawser("rebalance").ok().out()).contains("moves");
      until(
          cluster,
          "a pod on the node again",
          () ->
              cluster.api().readyPods().size() == 3
                  && cluster.api().readyPods().stream()
                      .anyMatch(p -> p.at("/spec/nodeName").asText().equals(node)));
      assertThat(load.failures()).isEmpty();
      assertThat(load.fetched()).isGreaterThan(20);
      // On a busy machine one may fail a probe now and then.
      assertThat(load.fewestReady()).as("the budget").isGreaterThanOrEqualTo(2);
    }
    cluster.hawser("delete", "poddisruptionbudget", "web").ok();
    cluster.hawser("delete", "deployment", "web").ok();
  }

  private static String name(JsonNode pod) {
    return pod.at("/metadata/name").asText();
  }

  private static void apply(TestCluster cluster, String yaml) throws IOException {
    Path file = cluster.dir().resolve("workload.yaml");
    Files.writeString(file, yaml);
    cluster.hawser("apply", "-f", file.toString()).ok();
  }

  private static String pod(String name, String policy, String image, String command) {
    return POD.replace("NAME", name)
        .replace("POLICY", policy)
        .replace("IMAGE", image)
        .replace("COMMAND", command)
        .stripTrailing();
  }

  private static void until(TestCluster cluster, String what, Callable<Boolean> holds) {
    try {
      await(what)
          .atMost(TestCluster.PATIENCE)
          .pollInterval(Duration.ofMillis(300))
          .ignoreExceptionsInstanceOf(Api.NotReachable.class)
          .until(holds);
    } catch (ConditionTimeoutException e) {
      throw new AssertionError(what + " did not come true\n" + cluster.story(), e);
    }
  }

  private static JsonNode get(TestCluster cluster, String path) {
    return cluster.api().get("/apis/" + path).body();
  }

  /** All the command line knows of it, the cluster's discovery has told. */
  private static void aKindFromAJarIsUsedLikeAnyOther(TestCluster cluster) throws IOException {
    String hours =
        """
        apiVersion: examples.hawser.io/v1
        kind: OfficeHours
        metadata: {name: desk}
        spec:
          replicas: 1
          from: 0
          to: HOUR
          template:
            spec:
              terminationGracePeriodSeconds: 1
              containers:
              - name: main
                image: hawser/web:1
                imagePullPolicy: Never
                command: [sleep, "86400"]
        """;
    Path file = Files.writeString(cluster.dir().resolve("plan.yaml"), hours.replace("HOUR", "24"));
    assertThat(cluster.hawser("plan", "-f", file.toString()).ok().out())
        .contains("placed", "(OfficeHours desk)", "1 placed");
    apply(cluster, hours.replace("HOUR", "24"));
    until(cluster, "a pod of the jar's kind", () -> cluster.api().readyPods().size() == 1);
    assertThat(cluster.api().readyPods()).allMatch(p -> name(p).startsWith("desk-0-"));
    assertThat(cluster.hawser("get", "officehours").ok().out()).contains("desk");
    assertThat(cluster.hawser("get", "oh", "desk", "-o", "yaml").ok().out())
        .contains("kind: OfficeHours", "open: true");
    assertThat(refusal(cluster, hours.replace("HOUR", "25"))).contains("spec.to");
    cluster.hawser("delete", "officehours", "desk").ok();
    until(cluster, "no pod of the jar's kind", () -> cluster.api().pods().isEmpty());
    assertThat(cluster.hawser("get", "officehours", "desk").code()).isEqualTo(1);
  }

  /** What the command line says of a manifest that the cluster does not take. */
  private static String refusal(TestCluster cluster, String yaml) throws IOException {
    Path file = cluster.dir().resolve("workload.yaml");
    Files.writeString(file, yaml);
    Shell.Outcome apply = cluster.hawser("apply", "-f", file.toString());
    assertThat(apply.code()).isEqualTo(1);
    return apply.err();
  }

  private static void aJobReadsItsConfigAndCompletes(TestCluster cluster) throws IOException {
    apply(
        cluster,
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: settings}
        data: {color: blue}
        ---
        apiVersion: v1
        kind: Secret
        metadata: {name: keys}
        stringData: {password: hunter2}
        ---
        apiVersion: batch/v1
        kind: Job
        metadata: {name: once}
        spec:
          completions: 2
          completionMode: Indexed
          template:
            metadata: {labels: {app: once}}
            spec:
              restartPolicy: Never
              containers:
              - name: main
                image: hawser/web:1
                imagePullPolicy: Never
                command: [sh, -c, 'echo "$COLOR $(cat /keys/password) $JOB_COMPLETION_INDEX"']
                env:
                - {name: COLOR, valueFrom: {configMapKeyRef: {name: settings, key: color}}}
                volumeMounts: [{name: keys, mountPath: /keys}]
              volumes: [{name: keys, secret: {secretName: keys}}]
        """);
    until(
        cluster,
        "the job is complete",
        () ->
            get(cluster, "batch/v1/namespaces/default/jobs/once").at("/status/succeeded").asInt()
                == 2);
    Set<String> printed = new HashSet<>();
    for (JsonNode pod : cluster.api().pods()) {
      printed.add(cluster.hawser("logs", pod.at("/metadata/name").asText()).ok().out().strip());
    }
    assertThat(printed).containsExactlyInAnyOrder("blue hunter2 0", "blue hunter2 1");
    assertThat(cluster.hawser("get", "jobs").ok().out()).contains("Complete", "2/2");
    assertThat(cluster.hawser("events").ok().out() + cluster.logs()).doesNotContain("hunter2");
    cluster.hawser("delete", "job", "once").ok();
  }

  private static void aDaemonSetRunsOnEveryNode(TestCluster cluster) throws IOException {
    apply(
        cluster,
        """
        apiVersion: apps/v1
        kind: DaemonSet
        metadata: {name: agent}
        spec:
          selector: {matchLabels: {app: agent}}
          template:
            %s
        """
            .formatted(pod("agent", "Always", "hawser/web:1", "sleep 100000")));
    until(
        cluster,
        "an agent on each node",
        () ->
            get(cluster, "apps/v1/namespaces/default/daemonsets/agent")
                    .at("/status/numberAvailable")
                    .asInt()
                == 3);
    Set<String> nodes = new HashSet<>();
    cluster.api().readyPods().forEach(p -> nodes.add(p.at("/spec/nodeName").asText()));
    assertThat(nodes).containsExactlyInAnyOrder("n1", "n2", "n3");
    cluster.hawser("delete", "daemonset", "agent").ok();
  }

  private static void membersOfAStatefulSetComeInOrder(TestCluster cluster) throws IOException {
    apply(
        cluster,
        """
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: {name: db}
        spec:
          replicas: 2
          serviceName: db
          selector: {matchLabels: {app: db}}
          template:
            %s
        """
            .formatted(pod("db", "Always", "hawser/web:1", "hostname; sleep 100000")));
    until(
        cluster,
        "both members",
        () ->
            get(cluster, "apps/v1/namespaces/default/statefulsets/db")
                    .at("/status/availableReplicas")
                    .asInt()
                == 2);
    assertThat(cluster.hawser("logs", "db-0").ok().out().strip()).isEqualTo("db-0");
    assertThat(cluster.hawser("logs", "db-1").ok().out().strip()).isEqualTo("db-1");
    List<String> createdInOrder =
        cluster.api().pods().stream()
            .filter(p -> p.at("/metadata/name").asText().startsWith("db-"))
            .sorted(
                java.util.Comparator.comparing(p -> p.at("/metadata/creationTimestamp").asText()))
            .map(p -> p.at("/metadata/name").asText())
            .toList();
    assertThat(createdInOrder).containsExactly("db-0", "db-1");
    cluster.hawser("delete", "statefulset", "db").ok();
  }

  private static void aReplicaSetReplacesAPodThatWasDeleted(TestCluster cluster)
      throws IOException {
    apply(
        cluster,
        """
        apiVersion: apps/v1
        kind: ReplicaSet
        metadata: {name: keep}
        spec:
          replicas: 2
          selector: {matchLabels: {app: keep}}
          template:
            %s
        """
            .formatted(pod("keep", "Always", "hawser/web:1", "sleep 100000")));
    until(cluster, "two pods", () -> readyPods(cluster, "keep").size() == 2);
    String deleted = readyPods(cluster, "keep").get(0);
    cluster.hawser("delete", "pod", deleted).ok();
    until(
        cluster,
        "two pods again",
        () -> {
          List<String> pods = readyPods(cluster, "keep");
          return pods.size() == 2 && !pods.contains(deleted);
        });
    cluster.hawser("delete", "replicaset", "keep").ok();
  }

  private static String web(String image) {
    return """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: site}
        spec:
          replicas: 2
          progressDeadlineSeconds: 15
          strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}
          selector: {matchLabels: {app: site}}
          template:
            %s
        """
        .formatted(pod("site", "Always", image, "sleep 100000"));
  }

  private static void aBadImageRollsBackByItself(TestCluster cluster) throws IOException {
    apply(cluster, web("hawser/web:1"));
    String path = "apps/v1/namespaces/default/deployments/site";
    until(
        cluster, "the site", () -> get(cluster, path).at("/status/availableReplicas").asInt() == 2);
    apply(cluster, web("hawser/none:9"));
    until(
        cluster,
        "back to the image that works",
        () ->
            get(cluster, path)
                .at("/spec/template/spec/containers/0/image")
                .asText()
                .equals("hawser/web:1"));
    until(
        cluster,
        "two pods of it",
        () -> get(cluster, path).at("/status/updatedReplicas").asInt() == 2);
    assertThat(get(cluster, path).at("/status/availableReplicas").asInt()).isEqualTo(2);
    cluster.hawser("delete", "deployment", "site").ok();
  }

  /** Busy while there is a file; a tenth of a core at most, twice what the autoscaler wants. */
  private static final String LOAD =
      "touch /busy; while [ -e /busy ]; do i=0; while [ $i -lt 2000 ]; do i=$((i+1)); done; done;"
          + " sleep 100000";

  private static void anAutoscalerFollowsARealLoadUpAndDown(TestCluster cluster)
      throws IOException {
    apply(
        cluster,
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: load}
        spec:
          selector: {matchLabels: {app: load}}
          template:
            %s
                resources: {requests: {cpu: 50m}, limits: {cpu: 100m}}
        ---
        apiVersion: autoscaling/v2
        kind: HorizontalPodAutoscaler
        metadata: {name: load}
        spec:
          scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: load}
          maxReplicas: 2
          metrics:
          - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}}
          behavior: {scaleDown: {stabilizationWindowSeconds: 0}}
        """
            .formatted(pod("load", "Always", "hawser/web:1", LOAD)));
    until(cluster, "a second pod", () -> readyPods(cluster, "load").size() == 2);
    assertThat(cluster.hawser("top", "pods").ok().out()).contains("load-");
    for (String pod : readyPods(cluster, "load")) {
      cluster.hawser("exec", pod, "--", "sh", "-c", "rm /busy").ok();
    }
    until(
        cluster,
        "one pod again",
        () ->
            get(cluster, "apps/v1/namespaces/default/deployments/load").at("/spec/replicas").asInt()
                == 1);
    assertThat(cluster.hawser("get", "hpa").ok().out()).contains("Deployment/load", "80%");
    assertThat(cluster.hawser("events").ok().out()).contains("SuccessfulRescale");
    cluster.hawser("delete", "deployment/load", "hpa/load").ok();
  }

  private static List<String> readyPods(TestCluster cluster, String owner) {
    return cluster.api().readyPods().stream()
        .map(WorkloadsIT::name)
        .filter(name -> name.startsWith(owner + "-"))
        .toList();
  }

  /** One job for each minute, none twice, though the scheduler's node dies between two of them. */
  private static void aCronJobGoesOnOverTheLossOfTheScheduler(TestCluster cluster)
      throws IOException {
    apply(
        cluster,
        """
        apiVersion: batch/v1
        kind: CronJob
        metadata: {name: tick}
        spec:
          schedule: '* * * * *'
          jobTemplate:
            spec:
              template:
                %s
        """
            .formatted(pod("tick", "Never", "hawser/web:1", "echo tick").replace("\n", "\n    ")));
    Set<String> jobs = new HashSet<>();
    until(cluster, "a first job", () -> seeJobs(cluster, jobs) == 1);
    cluster.kill(cluster.schedulerNode());
    until(cluster, "a second job", () -> seeJobs(cluster, jobs) == 2);
    long[] minutes =
        jobs.stream()
            .mapToLong(n -> Long.parseLong(n.substring(n.lastIndexOf('-') + 1)))
            .sorted()
            .toArray();
    assertThat(minutes[1] - minutes[0]).as("no minute was left out").isEqualTo(1);
    until(
        cluster,
        "the second job completes",
        () ->
            get(cluster, "batch/v1/namespaces/default/jobs/tick-" + minutes[1])
                    .at("/status/succeeded")
                    .asInt()
                == 1);
  }

  private static int seeJobs(TestCluster cluster, Set<String> seen) {
    Api.items(get(cluster, "batch/v1/namespaces/default/jobs"))
        .forEach(j -> seen.add(j.at("/metadata/name").asText()));
    return seen.size();
  }
}
