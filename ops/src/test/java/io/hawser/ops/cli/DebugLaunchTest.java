package io.hawser.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.runtime.ImageStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code hawser debug launch -f}: there is no cluster, and none is made. */
@Tag("kernel")
class DebugLaunchTest {
  @TempDir Path dir;

  @BeforeEach
  void importImage() throws IOException {
    Path root = Files.createDirectories(dir.resolve("root/bin")).getParent();
    Files.writeString(root.resolve("bin/app"), "");
    ImageStore.open(dir.resolve("images"))
        .importDirectory(
            "app:1",
            root,
            new ImageStore.ImageConfig(
                List.of("/bin/app"), List.of("--serve"), List.of("FROM=image"), "", "7:8", ""));
  }

  private Result launch(String yaml, String... options) throws IOException {
    Path file = dir.resolve("app.yaml");
    Files.writeString(file, yaml);
    List<String> words =
        new java.util.ArrayList<>(List.of("debug", "launch", "-f", file.toString()));
    words.addAll(List.of(options));
    return Result.of(dir, words.toArray(String[]::new));
  }

  @Test
  void aDeploymentsContainersArePrintedCallByCall() throws IOException {
    String yaml =
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec:
              volumes: [{name: data, emptyDir: {medium: Memory}}]
              initContainers: [{name: first, image: 'app:1', command: [/bin/other]}]
              containers:
              - name: main
                image: app:1
                env: [{name: SECRET, value: not-to-be-seen}]
                volumeMounts: [{name: data, mountPath: /data}]
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: web}
        """;
    Result all = launch(yaml);
    assertThat(all.err()).isEmpty();
    assertThat(all.out())
        .contains("# container first, start 0, on node this machine")
        .contains("execve(\"/bin/other\"")
        .contains("# container main, start 0, on node this machine")
        .contains("= execve(\"/bin/app\", [/bin/app, --serve]")
        .contains("= setresuid(7, 7, 7)")
        .contains("/data")
        .doesNotContain("not-to-be-seen");
    assertThat(launch(yaml, "-c", "main").out()).doesNotContain("container first");
    assertThat(launch(yaml, "-o", "json").out()).contains("\"syscall\"");
  }

  @Test
  void aStatefulSetsPodHasTheVolumesOfItsClaims() throws IOException {
    Result set =
        launch(
            """
            apiVersion: apps/v1
            kind: StatefulSet
            metadata: {name: db}
            spec:
              template:
                spec:
                  containers:
                  - name: main
                    image: app:1
                    volumeMounts: [{name: data, mountPath: /data}]
              volumeClaimTemplates: [{metadata: {name: data}}]
            """);
    assertThat(set.err()).isEmpty();
    assertThat(set.out()).contains("persistent-volumes/pvc-preview\"");
  }

  @Test
  void whatCanNotBeStartedIsToldWithItsPlace() throws IOException {
    String pod = "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [%s]}}";
    assertThat(launch(pod.formatted("{name: main, image: 'gone:1'}")).err())
        .contains("Pod default/p: container main: image \"gone:1\" is not on this machine");
    assertThat(launch(pod.formatted("{name: main, image: 'app:1', imag: x}")).err())
        .contains("Pod default/p", "imag");
    assertThat(Result.of(dir, "debug", "launch").err()).contains("a pod's name, or -f FILE");
  }
}
