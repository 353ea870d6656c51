package io.hawser.node;

import io.hawser.model.AssignedPod;
import io.hawser.model.NodeInfo;
import io.hawser.model.ObjectName;
import io.hawser.model.PodContainer;
import io.hawser.model.PodContainer.SecurityContext;
import io.hawser.model.PodIsolation;
import io.hawser.model.PodSpec;
import io.hawser.model.PodSpec.RestartPolicy;
import io.hawser.model.Probe;
import io.hawser.model.ResourceAmounts;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Pods for tests. */
final class Pods {
  private Pods() {}

  static NodeSettings settings(Path stateDir) {
    return new NodeSettings(
        new NodeInfo(
            "n1",
            "run-1",
            "pekko://hawser@127.0.0.1:7351",
            "127.0.0.1",
            "",
            Set.of("worker"),
            "10.244.1.0/24",
            ResourceAmounts.NONE,
            110,
            "amd64",
            "6",
            "Debian",
            "0.1"),
        stateDir,
        Duration.ofSeconds(2));
  }

  static PodContainer container(String name) {
    return new PodContainer(
        name,
        "web:1",
        PodContainer.ImagePullPolicy.IF_NOT_PRESENT,
        List.of("/bin/web"),
        List.of(),
        Optional.empty(),
        List.of(),
        List.of(new PodContainer.Port("http", 8080, 0, "TCP")),
        ResourceAmounts.NONE,
        ResourceAmounts.NONE,
        List.of(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        SecurityContext.DEFAULT,
        false,
        false);
  }

  /** The same container with what differs. */
  record With(PodContainer base) {
    PodContainer probes(
        Optional<Probe> startup, Optional<Probe> liveness, Optional<Probe> readiness) {
      return copy(
          base.image(),
          base.command(),
          base.env(),
          base.volumeMounts(),
          startup,
          liveness,
          readiness,
          base.securityContext());
    }

    PodContainer image(String image) {
      return copy(
          image,
          base.command(),
          base.env(),
          base.volumeMounts(),
          base.startupProbe(),
          base.livenessProbe(),
          base.readinessProbe(),
          base.securityContext());
    }

    PodContainer env(List<String> command, PodContainer.EnvVar... env) {
      return copy(
          base.image(),
          command,
          List.of(env),
          base.volumeMounts(),
          base.startupProbe(),
          base.livenessProbe(),
          base.readinessProbe(),
          base.securityContext());
    }

    PodContainer mounts(PodContainer.VolumeMount... mounts) {
      return copy(
          base.image(),
          base.command(),
          base.env(),
          List.of(mounts),
          base.startupProbe(),
          base.livenessProbe(),
          base.readinessProbe(),
          base.securityContext());
    }

    PodContainer security(SecurityContext security) {
      return copy(
          base.image(),
          base.command(),
          base.env(),
          base.volumeMounts(),
          base.startupProbe(),
          base.livenessProbe(),
          base.readinessProbe(),
          security);
    }

    PodContainer memoryLimit(long bytes) {
      return new PodContainer(
          base.name(),
          base.image(),
          base.imagePullPolicy(),
          base.command(),
          base.args(),
          base.workingDir(),
          base.env(),
          base.ports(),
          base.requests(),
          new ResourceAmounts(0, bytes, 0, Map.of()),
          base.volumeMounts(),
          base.startupProbe(),
          base.livenessProbe(),
          base.readinessProbe(),
          base.securityContext(),
          base.stdin(),
          base.tty());
    }

    private PodContainer copy(
        String image,
        List<String> command,
        List<PodContainer.EnvVar> env,
        List<PodContainer.VolumeMount> mounts,
        Optional<Probe> startup,
        Optional<Probe> liveness,
        Optional<Probe> readiness,
        SecurityContext security) {
      return new PodContainer(
          base.name(),
          image,
          base.imagePullPolicy(),
          command,
          base.args(),
          base.workingDir(),
          env,
          base.ports(),
          base.requests(),
          base.limits(),
          mounts,
          startup,
          liveness,
          readiness,
          security,
          base.stdin(),
          base.tty());
    }
  }

  static PodSpec isolated(PodSpec spec, PodIsolation isolation) {
    return new PodSpec(
        spec.initContainers(),
        spec.containers(),
        spec.volumes(),
        spec.restartPolicy(),
        spec.terminationGracePeriodSeconds(),
        spec.nodeSelector(),
        spec.tolerations(),
        spec.nodeName(),
        spec.hostname(),
        spec.hostNetwork(),
        spec.securityContext(),
        isolation,
        spec.scheduling());
  }

  /** The same with a terminal and a standard input. */
  static PodContainer interactive(PodContainer base) {
    return new PodContainer(
        base.name(),
        base.image(),
        base.imagePullPolicy(),
        base.command(),
        base.args(),
        base.workingDir(),
        base.env(),
        base.ports(),
        base.requests(),
        base.limits(),
        base.volumeMounts(),
        base.startupProbe(),
        base.livenessProbe(),
        base.readinessProbe(),
        base.securityContext(),
        true,
        true);
  }

  static With with(PodContainer base) {
    return new With(base);
  }

  static Probe exec(int periodSeconds, int failureThreshold, String... command) {
    return new Probe(
        Optional.empty(),
        Optional.empty(),
        Optional.of(new Probe.Exec(List.of(command))),
        Optional.empty(),
        0,
        periodSeconds,
        1,
        failureThreshold,
        1);
  }

  static Probe http(String port, int periodSeconds) {
    return new Probe(
        Optional.of(new Probe.HttpGet("/", port, "HTTP", Optional.empty(), List.of())),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        0,
        periodSeconds,
        1,
        3,
        1);
  }

  static PodSpec spec(RestartPolicy policy, PodContainer... containers) {
    return spec(policy, List.of(), List.of(), containers);
  }

  static PodSpec spec(
      RestartPolicy policy,
      List<PodContainer> init,
      List<PodSpec.Volume> volumes,
      PodContainer... containers) {
    return new PodSpec(
        init,
        List.of(containers),
        volumes,
        policy,
        30,
        Map.of(),
        List.of(),
        Optional.empty(),
        Optional.empty(),
        false,
        SecurityContext.DEFAULT);
  }

  /**
   * A pod that never restarts and runs a shell's script with a claim at {@code /data}.
   *
   * @param volume what the claim is bound to
   */
  static AssignedPod claiming(
      String uid, String volume, boolean readOnly, Optional<String> subPath, String script) {
    PodContainer main =
        with(with(container("main")).env(List.of("/bin/sh", "-c", script)))
            .mounts(new PodContainer.VolumeMount("data", "/data", false, subPath));
    PodSpec.Volume data = PodSpec.Volume.of("data", new PodSpec.ClaimSource("the-claim", readOnly));
    return new AssignedPod(
        new ObjectName("default", "pod-" + uid),
        uid,
        Map.of(),
        Map.of(),
        spec(RestartPolicy.NEVER, List.of(), List.of(data), main),
        Optional.empty(),
        Map.of("the-claim", volume));
  }

  static AssignedPod pod(String uid, PodSpec spec) {
    return new AssignedPod(
        new ObjectName("default", "pod-" + uid),
        uid,
        Map.of("app", "web"),
        Map.of(),
        spec,
        Optional.empty());
  }

  static AssignedPod pod(String uid) {
    return pod(uid, spec(RestartPolicy.ALWAYS, container("main")));
  }
}
