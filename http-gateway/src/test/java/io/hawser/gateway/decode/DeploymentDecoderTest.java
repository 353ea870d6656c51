package io.hawser.gateway.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.BadManifest;
import io.hawser.gateway.Manifests;
import io.hawser.gateway.wire.StatusError;
import io.hawser.model.DeploymentSpec;
import io.hawser.model.DeploymentSpec.Amount;
import io.hawser.model.DeploymentSpec.Strategy;
import io.hawser.model.PodContainer;
import io.hawser.model.Probe;
import io.hawser.model.Refusal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DeploymentDecoderTest {
  private static final Target CREATE =
      new Target("apps", "v1", "Deployment", "default", Optional.empty());

  static List<BadManifest> badManifests() {
    return BadManifest.all();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("badManifests")
  void whatIsWrongIsNamedWithItsField(BadManifest bad) {
    StatusError error = refusal(Manifests.yaml(bad.manifest()));

    assertThat(error.code()).isEqualTo(422);
    assertThat(error.causes()).extracting(Refusal.Cause::field).contains(bad.field());
    Refusal.Cause cause =
        error.causes().stream().filter(c -> c.field().equals(bad.field())).findFirst().get();
    assertThat(cause.reason()).isEqualTo(bad.reason());
    assertThat(cause.message()).contains(bad.says());
    assertThat(error.getMessage()).contains(bad.field());
  }

  @Test
  void everythingWrongIsToldAtOnce() {
    ObjectNode manifest =
        Manifests.yaml(
            Manifests.WEB.replace("replicas: 2", "replicas: -2").replace("image:", "imagee:"));

    assertThat(refusal(manifest).causes())
        .extracting(Refusal.Cause::field)
        .containsExactlyInAnyOrder(
            "spec.replicas",
            "spec.template.spec.containers[0].image",
            "spec.template.spec.containers[0].imagee");
  }

  @Test
  void aDeploymentNeedsContainers() {
    for (String none : List.of("containers: []", "hostname: x")) {
      String manifest =
          """
          metadata: {name: web}
          spec:
            selector: {matchLabels: {app: web}}
            template:
              metadata: {labels: {app: web}}
              spec: {%s}
          """
              .formatted(none);
      assertThat(refusal(Manifests.yaml(manifest)).causes())
          .containsExactly(
              new Refusal.Cause(
                  "spec.template.spec.containers",
                  "FieldValueRequired",
                  "Required value: a pod needs at least one container"));
    }
  }

  @Test
  void whatIsLeftOutGetsKubernetesDefaults() {
    String manifest =
        """
        metadata: {name: web}
        spec:
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec:
              containers:
              - name: web
                image: demo
                livenessProbe: {tcpSocket: {port: 80}}
        """;

    DeploymentSpec spec = DeploymentDecoder.decode(Manifests.yaml(manifest), CREATE).spec();

    assertThat(spec.replicas()).isEqualTo(1);
    assertThat(spec.strategy()).isEqualTo(Strategy.DEFAULT);
    assertThat(spec.progressDeadlineSeconds()).isEqualTo(600);
    assertThat(spec.revisionHistoryLimit()).isEqualTo(10);
    assertThat(spec.template().spec().terminationGracePeriodSeconds()).isEqualTo(30);
    PodContainer container = spec.template().spec().containers().get(0);
    assertThat(container.imagePullPolicy()).isEqualTo(PodContainer.ImagePullPolicy.ALWAYS);
    Probe probe = container.livenessProbe().orElseThrow();
    assertThat(probe.periodSeconds()).isEqualTo(10);
    assertThat(probe.timeoutSeconds()).isEqualTo(1);
    assertThat(probe.failureThreshold()).isEqualTo(3);
    assertThat(probe.successThreshold()).isEqualTo(1);
  }

  @Test
  void whatIsSaidIsRead() {
    DeploymentDecoder.Decoded web = DeploymentDecoder.decode(Manifests.web(), CREATE);

    assertThat(web.meta().objectName()).hasToString("default/web");
    assertThat(web.spec().strategy().maxSurge()).isEqualTo(Amount.of(1));
    PodContainer container = web.spec().template().spec().containers().get(0);
    assertThat(container.limits().cpuMillis()).isEqualTo(500);
    assertThat(container.limits().memoryBytes()).isEqualTo(64L << 20);
    assertThat(container.env())
        .containsExactly(
            new PodContainer.EnvVar("GREETING", Optional.of("hello"), Optional.empty()));
    assertThat(web.spec().selector().matchLabels()).isEqualTo(Map.of("app", "web"));
  }

  @Test
  void theBodyMustBeOfThePathsKind() {
    ObjectNode pod = Manifests.web().put("kind", "Pod");
    StatusError error = refusal(pod);
    assertThat(error.code()).isEqualTo(400);
    assertThat(error).hasMessageContaining("kind").hasMessageContaining("Deployment");
  }

  @Test
  void theBodyMustBeOfThePathsNamespace() {
    ObjectNode other = Manifests.web();
    other.withObject("metadata").put("namespace", "blue");
    assertThat(refusal(other)).hasMessageContaining("metadata.namespace");
  }

  @Test
  void aNameCanBeGenerated() {
    ObjectNode manifest = Manifests.web();
    manifest.withObject("metadata").put("generateName", "web-").remove("name");
    assertThat(DeploymentDecoder.decode(manifest, CREATE).meta().name()).matches("web-[a-z0-9]{5}");
  }

  @Test
  void onlyAnInitContainerCanBeASidecar() {
    ObjectNode sidecar = Manifests.web();
    ObjectNode spec = (ObjectNode) sidecar.at("/spec/template/spec");
    ObjectNode init = spec.putArray("initContainers").addObject();
    init.put("name", "side").put("image", "demo:1").put("restartPolicy", "Always");
    assertThat(
            DeploymentDecoder.decode(sidecar, CREATE)
                .spec()
                .template()
                .spec()
                .initContainers()
                .get(0)
                .sidecar())
        .isTrue();

    ObjectNode other = Manifests.web();
    ((ObjectNode) other.at("/spec/template/spec/containers/0")).put("restartPolicy", "Always");
    assertThat(refusal(other))
        .hasMessageContaining("spec.template.spec.containers[0].restartPolicy: Forbidden");
  }

  private static StatusError refusal(ObjectNode manifest) {
    StatusError error =
        catchThrowableOfType(StatusError.class, () -> DeploymentDecoder.decode(manifest, CREATE));
    assertThat(error).as("a refusal").isNotNull();
    return error;
  }
}
