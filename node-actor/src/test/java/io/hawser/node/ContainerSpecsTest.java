package io.hawser.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hawser.model.PodContainer;
import io.hawser.model.PodContainer.EnvVar;
import io.hawser.model.PodContainer.SecurityContext;
import io.hawser.model.PodSpec;
import io.hawser.model.PodSpec.RestartPolicy;
import io.hawser.model.ResourceAmounts;
import io.hawser.runtime.ContainerSpec;
import io.hawser.runtime.ImageStore.Image;
import io.hawser.runtime.ImageStore.ImageConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContainerSpecsTest {
  @TempDir Path dir;

  private static Image image(String user) {
    return new Image(
        "web:1",
        "sha256:1",
        new ImageConfig(List.of(), List.of(), List.of(), "", user, ""),
        1,
        List.of(Path.of("/")));
  }

  private static ContainerSpec build(PodContainer container, String imageUser) {
    PodFields fields =
        new PodFields(
            Pods.pod("u1", Pods.spec(RestartPolicy.ALWAYS, container)),
            "n1",
            "10.0.0.2",
            "10.1.1.1");
    return ContainerSpecs.build(
        fields,
        container,
        3,
        image(imageUser),
        Variables.of(fields, container, ConfigValues.NONE, ResourceAmounts.NONE),
        List.of());
  }

  private static EnvVar env(String name, String value) {
    return new EnvVar(name, Optional.of(value), Optional.empty());
  }

  private static EnvVar field(String name, String path) {
    return new EnvVar(name, Optional.empty(), Optional.of(path));
  }

  private static SecurityContext nonRoot(Optional<Long> user) {
    return new SecurityContext(
        user,
        Optional.empty(),
        Optional.of(true),
        Optional.empty(),
        Optional.empty(),
        List.of(),
        List.of());
  }

  @Test
  void referencesAreExpandedAsKubernetesDoes() {
    Map<String, String> env = Map.of("A", "1", "B", "$(A)");
    assertThat(EnvExpansion.expand("x$(A)y", env)).isEqualTo("x1y");
    assertThat(EnvExpansion.expand("$$(A)", env)).isEqualTo("$(A)");
    assertThat(EnvExpansion.expand("$$$(A)", env)).isEqualTo("$1");
    assertThat(EnvExpansion.expand("$(NO)", env)).isEqualTo("$(NO)");
    assertThat(EnvExpansion.expand("$(A", env)).isEqualTo("$(A");
    assertThat(EnvExpansion.expand("$A$", env)).isEqualTo("$A$");
    assertThat(EnvExpansion.expand("$(B)", env)).isEqualTo("$(A)");
    assertThat(EnvExpansion.expand("", env)).isEmpty();
  }

  @Test
  void envRefersToEarlierVariablesAndToThePod() {
    ContainerSpec spec =
        build(
            Pods.with(Pods.container("main"))
                .env(
                    List.of("/bin/web", "$(URL)"),
                    field("IP", "status.podIP"),
                    field("NODE", "spec.nodeName"),
                    field("APP", "metadata.labels['app']"),
                    field("NONE", "metadata.labels['none']"),
                    env("EARLY", "$(LATE)"),
                    env("LATE", "x"),
                    env("URL", "http://$(IP)/")),
            "");
    assertThat(spec.id()).isEqualTo("u1.main.3");
    assertThat(spec.command()).containsExactly("/bin/web", "http://10.0.0.2/");
    assertThat(spec.env())
        .containsEntry("HOSTNAME", "pod-u1")
        .containsEntry("NODE", "n1")
        .containsEntry("APP", "web")
        .containsEntry("NONE", "")
        .containsEntry("EARLY", "$(LATE)")
        .containsEntry("URL", "http://10.0.0.2/");
  }

  @Test
  void unknownFieldIsAConfigError() {
    PodContainer container =
        Pods.with(Pods.container("main")).env(List.of(), field("X", "status.phase"));
    assertThatThrownBy(() -> build(container, ""))
        .isInstanceOf(ConfigFault.class)
        .hasMessageContaining("status.phase");
  }

  @Test
  void runAsNonRootRefusesRoot() {
    PodContainer imageUser = Pods.with(Pods.container("main")).security(nonRoot(Optional.empty()));
    for (String user : List.of("", "root", "0", "0:0", "000", "www")) {
      assertThatThrownBy(() -> build(imageUser, user))
          .isInstanceOf(ConfigFault.class)
          .hasMessageContaining("runAsNonRoot");
    }
    assertThat(build(imageUser, "33:33")).isNotNull();
    PodContainer zero = Pods.with(Pods.container("main")).security(nonRoot(Optional.of(0L)));
    assertThatThrownBy(() -> build(zero, "33")).hasMessageContaining("runAsUser is 0");
    PodContainer own = Pods.with(Pods.container("main")).security(nonRoot(Optional.of(1000L)));
    assertThat(build(own, "root").security().user()).contains(1000L);
  }

  @Test
  void processIdsAreLimitedByTheContainersOwnLimitElseByTheNodes() {
    PodContainer plain = Pods.container("main");
    ResourceAmounts hundred = new ResourceAmounts(0, 0, 0, Map.of(ResourceAmounts.PIDS, 100L));
    PodContainer limited =
        new PodContainer(
            plain.name(),
            plain.image(),
            plain.imagePullPolicy(),
            plain.command(),
            plain.args(),
            plain.workingDir(),
            plain.env(),
            plain.ports(),
            hundred,
            hundred,
            plain.volumeMounts(),
            plain.startupProbe(),
            plain.livenessProbe(),
            plain.readinessProbe(),
            plain.securityContext(),
            false,
            false);
    assertThat(build(limited, "").limits().pids()).isEqualTo(100);
    assertThat(build(plain, "").limits().pids()).isEqualTo(NodeLimits.CONTAINER_PIDS);
  }

  @Test
  void privilegesAreNotEscalatedByDefault() {
    assertThat(build(Pods.container("main"), "").security().allowPrivilegeEscalation()).isFalse();
  }

  @Test
  void subPathMustStayInItsVolume() throws Exception {
    PodVolumes volumes = volumes("u1");
    PodSpec.Volume data =
        new PodSpec.Volume("data", Optional.of(new PodSpec.EmptyDir("", 0)), Optional.empty());
    PodSpec spec =
        Pods.spec(RestartPolicy.ALWAYS, List.of(), List.of(data), Pods.container("main"));
    volumes.make(spec);
    Path root = dir.resolve("u1/data");
    ContainerSpec.VolumeMount inside = volumes.mounts(spec, mounting("a/b")).get(0);
    assertThat(inside.source()).isEqualTo(root.toString());
    assertThat(inside.options().subPath()).isEqualTo("a/b");
    for (String bad : List.of("../x", "/etc", "a/../../x")) {
      assertThatThrownBy(() -> volumes.mounts(spec, mounting(bad)))
          .isInstanceOf(ConfigFault.class)
          .hasMessageContaining("leads out of its volume");
    }
    volumes.remove();
    assertThat(dir).isEmptyDirectory();
    assertThat(Path.of("/etc")).isNotEmptyDirectory();
  }

  @Test
  void hostPathMustBeWhatItsTypeSays() {
    PodSpec.Volume missing =
        new PodSpec.Volume(
            "host",
            Optional.empty(),
            Optional.of(new PodSpec.HostPath(dir.resolve("no").toString(), "Directory")));
    PodSpec spec =
        Pods.spec(RestartPolicy.ALWAYS, List.of(), List.of(missing), Pods.container("main"));
    assertThatThrownBy(() -> volumes("u1").make(spec))
        .isInstanceOf(ConfigFault.class)
        .hasMessageContaining("Directory");
  }

  private PodVolumes volumes(String uid) {
    return new PodVolumes(dir, Pods.pod(uid), new PersistentVolumes(dir.resolve("persistent")));
  }

  private static PodContainer mounting(String subPath) {
    return Pods.with(Pods.container("main"))
        .mounts(new PodContainer.VolumeMount("data", "/data", false, Optional.of(subPath)));
  }
}
