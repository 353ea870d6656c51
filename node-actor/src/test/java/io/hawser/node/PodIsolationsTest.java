package io.hawser.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hawser.model.AssignedPod;
import io.hawser.model.ObjectName;
import io.hawser.model.PodContainer;
import io.hawser.model.PodContainer.Confinement;
import io.hawser.model.PodContainer.SeccompKind;
import io.hawser.model.PodContainer.SecurityContext;
import io.hawser.model.PodIsolation;
import io.hawser.model.PodSpec;
import io.hawser.model.ResourceAmounts;
import io.hawser.runtime.Isolation.Seccomp;
import io.hawser.runtime.SandboxSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PodIsolationsTest {
  private static final long GIB = 1L << 30;

  @TempDir Path dir;

  private PodIsolations isolations() {
    return new PodIsolations(dir, 10 * GIB);
  }

  private static PodSpec pod(
      PodIsolation isolation, SecurityContext own, PodSpec.Volume... volumes) {
    PodContainer container = Pods.with(Pods.container("main")).security(own);
    PodSpec spec = Pods.spec(PodSpec.RestartPolicy.ALWAYS, List.of(), List.of(volumes), container);
    return Pods.isolated(spec, isolation);
  }

  private static PodIsolation hostUsers(Boolean value) {
    return new PodIsolation(
        Optional.ofNullable(value), false, false, false, Optional.empty(), List.of(), Map.of());
  }

  private static SecurityContext adding(String... capabilities) {
    SecurityContext none = SecurityContext.DEFAULT;
    return new SecurityContext(
        none.runAsUser(),
        none.runAsGroup(),
        none.runAsNonRoot(),
        none.readOnlyRootFilesystem(),
        none.allowPrivilegeEscalation(),
        List.of(capabilities),
        List.of());
  }

  private static SecurityContext confined(Confinement confinement) {
    SecurityContext none = SecurityContext.DEFAULT;
    return new SecurityContext(
        none.runAsUser(),
        none.runAsGroup(),
        none.runAsNonRoot(),
        none.readOnlyRootFilesystem(),
        none.allowPrivilegeEscalation(),
        List.of(),
        List.of(),
        confinement);
  }

  private static SandboxSpec sandbox(PodSpec spec, Optional<String> obstacle) {
    AssignedPod pod =
        new AssignedPod(
            new ObjectName("default", "web"), "u1", Map.of(), Map.of(), spec, Optional.empty());
    return PodIsolations.sandbox(pod, obstacle, List.of());
  }

  private static boolean ownUsers(PodSpec spec) {
    return sandbox(spec, Optional.empty()).sharing().ownUsers();
  }

  @Test
  void plainPodHasUsersOfItsOwnWhereTheMachineCan() {
    PodSpec plain = pod(PodIsolation.DEFAULT, SecurityContext.DEFAULT);
    assertThat(ownUsers(plain)).isTrue();
    assertThat(sandbox(plain, Optional.of("no")).sharing().ownUsers()).isFalse();
    assertThat(ownUsers(pod(hostUsers(true), SecurityContext.DEFAULT))).isFalse();
  }

  @Test
  void whatMeansTheMachineKeepsItsUsers() {
    PodSpec.Volume host =
        new PodSpec.Volume("host", Optional.empty(), Optional.of(new PodSpec.HostPath("/srv", "")));
    PodIsolation pid =
        new PodIsolation(
            Optional.empty(), true, false, false, Optional.empty(), List.of(), Map.of());
    PodIsolation largeGroup =
        new PodIsolation(
            Optional.empty(), false, false, false, Optional.of(70_000L), List.of(), Map.of());
    Confinement privileged = new Confinement(Optional.of(true), Optional.empty(), false);
    assertThat(ownUsers(pod(PodIsolation.DEFAULT, SecurityContext.DEFAULT, host))).isFalse();
    assertThat(ownUsers(pod(pid, SecurityContext.DEFAULT))).isFalse();
    assertThat(ownUsers(pod(largeGroup, SecurityContext.DEFAULT))).isFalse();
    assertThat(ownUsers(pod(PodIsolation.DEFAULT, confined(privileged)))).isFalse();
    assertThat(ownUsers(pod(PodIsolation.DEFAULT, adding("SYS_ADMIN")))).isFalse();
    assertThat(ownUsers(pod(PodIsolation.DEFAULT, adding("NET_ADMIN")))).isTrue();
  }

  @Test
  void demandThatTheMachineCanNotMeetIsRefusedWithItsReason() {
    PodSpec spec = pod(hostUsers(false), adding("SYS_ADMIN"));
    assertThat(ownUsers(spec)).isTrue();
    assertThatThrownBy(() -> sandbox(spec, Optional.of("mount_setattr(/x) failed: EINVAL")))
        .isInstanceOf(ConfigFault.class)
        .hasMessageContaining("mount_setattr(/x) failed: EINVAL");
  }

  @Test
  void scoreForTheKillerFollowsTheQualityClass() {
    PodContainer plain = Pods.container("main");
    PodSpec spec = Pods.spec(PodSpec.RestartPolicy.ALWAYS, List.of(), List.of(), plain);
    PodContainer container = spec.containers().get(0);
    ResourceAmounts requests = container.effectiveRequests();
    int expected =
        requests.equals(ResourceAmounts.NONE)
            ? 1000
            : (int) Math.max(3, Math.min(999, 1000 - 1000 * requests.memoryBytes() / (10 * GIB)));
    assertThat(isolations().oomScoreAdj(spec, container)).isEqualTo(expected);
  }

  @Test
  void profileIsReadFromTheNodesDirectoryOnly() throws IOException {
    Files.writeString(dir.resolve("web.json"), "{}");
    assertThat(seccomp("web.json")).isEqualTo(Seccomp.of("{}"));
    for (String bad : List.of("missing.json", "../x", "")) {
      assertThatThrownBy(() -> seccomp(bad))
          .isInstanceOf(ConfigFault.class)
          .hasMessageContaining("is not in " + dir);
    }
  }

  private Seccomp seccomp(String file) {
    PodContainer.Seccomp local = new PodContainer.Seccomp(SeccompKind.LOCALHOST, Optional.of(file));
    Confinement confinement = new Confinement(Optional.empty(), Optional.of(local), false);
    PodSpec spec = pod(PodIsolation.DEFAULT, confined(confinement));
    return isolations().container(spec, spec.containers().get(0)).seccomp();
  }

  @Test
  void groupsOfThePodReachTheProcess() {
    PodIsolation groups =
        new PodIsolation(
            Optional.empty(), false, false, true, Optional.of(20L), List.of(30L), Map.of());
    PodSpec spec = pod(groups, SecurityContext.DEFAULT);
    assertThat(isolations().container(spec, spec.containers().get(0)).rights().supplementalGroups())
        .containsExactly(30L, 20L);
    assertThat(sandbox(spec, Optional.empty()).sharing().pids()).isEqualTo(SandboxSpec.Pids.POD);
  }
}
