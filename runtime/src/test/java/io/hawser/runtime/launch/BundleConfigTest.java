package io.hawser.runtime.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.hawser.runtime.ContainerSpec.Limits;
import io.hawser.runtime.ContainerSpec.MountOptions;
import io.hawser.runtime.ContainerSpec.Propagation;
import io.hawser.runtime.kernel.Arch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BundleConfigTest {
  private static final ProcessSpec PROCESS =
      new ProcessSpec(
          List.of("/app", "-x"),
          List.of("A=b"),
          "/srv",
          0,
          0,
          List.of(7L),
          Capability.DEFAULT,
          true);

  private static ContainerLaunch launch(ContainerLaunch.Volume volume, boolean terminal) {
    return new ContainerLaunch(
        List.of(),
        new ContainerLaunch.Namespaces(
            Optional.of(Path.of("/ns/p.net")), Optional.empty(), Path.of("/ns/p.uts")),
        new ContainerLaunch.Root(
            List.of(Path.of("/base")), Path.of("/up"), Path.of("/work"), Path.of("/root"), true),
        List.of(),
        List.of(volume),
        List.of("/proc/keys"),
        List.of("/proc/acpi"),
        List.of("/proc/sys"),
        PROCESS,
        terminal);
  }

  private static JsonNode config(ContainerLaunch launch) {
    BundleConfig.Placement placement =
        new BundleConfig.Placement(
            Path.of("/ns/p.root"),
            "/hawser/n/p/c.0",
            Optional.empty(),
            false,
            new Limits(500, 250, 1 << 20, 9));
    return BundleConfig.of(launch, placement, Arch.AMD64);
  }

  private static ContainerLaunch.Volume volume(String subPath) {
    return new ContainerLaunch.Volume(
        "/host",
        "/data",
        true,
        true,
        new MountOptions(subPath, Propagation.HOST_TO_CONTAINER, false, true));
  }

  @Test
  void theSameContainerIsSaidInTheSpecificationsWords() {
    JsonNode config = config(launch(volume(""), false));
    assertThat(config.at("/root/path").asText()).isEqualTo("/ns/p.root");
    assertThat(config.at("/root/readonly").asBoolean()).isTrue();
    assertThat(config.at("/process/args/1").asText()).isEqualTo("-x");
    assertThat(config.at("/process/noNewPrivileges").asBoolean()).isTrue();
    assertThat(config.at("/process/capabilities/effective")).hasSize(14);
    assertThat(config.at("/process/capabilities/ambient")).isEmpty();
    assertThat(config.at("/linux/cgroupsPath").asText()).isEqualTo("/hawser/n/p/c.0");
    assertThat(config.at("/linux/resources/memory/limit").asLong()).isEqualTo(1 << 20);
    assertThat(config.at("/linux/resources/cpu/quota").asLong()).isEqualTo(25_000);
    assertThat(config.at("/linux/resources/cpu/shares").asLong()).isEqualTo(512);
    assertThat(config.at("/linux/resources/devices/0/allow").asBoolean()).isFalse();
    assertThat(config.at("/linux/maskedPaths").toString()).contains("/proc/keys", "/proc/acpi");
    assertThat(config.at("/linux/namespaces").toString())
        .contains("/ns/p.net", "/ns/p.uts", "\"pid\"", "\"mount\"")
        .doesNotContain("ipc", "user");
    JsonNode mounts = config.at("/mounts");
    assertThat(mounts.get(mounts.size() - 1).toString()).contains("rslave", "\"ro\"", "rbind");
  }

  @Test
  void theDefaultFilterRefusesWhatOursDoes() {
    JsonNode seccomp = config(launch(volume(""), false)).at("/linux/seccomp");
    assertThat(seccomp.at("/defaultAction").asText()).isEqualTo("SCMP_ACT_ERRNO");
    List<String> allowed = new ArrayList<>();
    for (JsonNode rule : seccomp.get("syscalls")) {
      if (rule.at("/action").asText().equals("SCMP_ACT_ALLOW") && !rule.has("args")) {
        rule.get("names").forEach(name -> allowed.add(name.asText()));
      }
    }
    assertThat(allowed)
        .contains("read", "execve", "openat2")
        .doesNotContain("mount", "bpf", "keyctl", "io_uring_setup", "clone", "clone3", "unshare");
  }

  @Test
  void whatOnlyOurLauncherCanDoIsRefusedByName() {
    assertThatThrownBy(() -> config(launch(volume("in"), false))).hasMessageContaining("subPath");
    assertThatThrownBy(() -> config(launch(volume(""), true))).hasMessageContaining("terminal");
  }
}
