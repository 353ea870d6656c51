package io.hawser.runtime.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.runtime.files.TreeRemoval;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the specification's runtime.md and config.md say of operations, hooks and odd bundles. */
@Tag("kernel")
class OciLifecycleTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static void awaitStopped(OciBundle bundle, String id) {
    await().atMost(PATIENCE).until(() -> bundle.status(id).equals("stopped"));
  }

  @Test
  void onlyAStoppedContainerIsDeletedAndOnlyACreatedOneStarted() throws Exception {
    try (OciBundle bundle = new OciBundle("sleep", "1000")) {
      assertThat(bundle.call("delete").code()).isEqualTo(1);
      assertThat(bundle.call("start").code()).isEqualTo(1);
      assertThat(bundle.call("start", "life").code()).isEqualTo(1);
      assertThat(bundle.create("life").output()).isEmpty();
      assertThat(bundle.call("delete", "life").code()).isEqualTo(1);
      assertThat(bundle.status("life")).isEqualTo("created");
      assertThat(bundle.call("start", "life").code()).isZero();
      assertThat(bundle.call("delete", "life").code()).isEqualTo(1);
      assertThat(bundle.status("life")).isEqualTo("running");
      assertThat(bundle.call("kill", "life", "KILL").code()).isZero();
      awaitStopped(bundle, "life");
      assertThat(bundle.call("start", "life").code()).isEqualTo(1);
      assertThat(bundle.call("delete", "life").code()).isZero();
      assertThat(bundle.state()).isEmptyDirectory();
    }
  }

  @Test
  void aContainerThatNeverStartedCanBeKilledAndDeleted() throws Exception {
    try (OciBundle bundle = new OciBundle("touch", "/ran")) {
      ((ObjectNode) bundle.config.get("root")).put("readonly", false);
      assertThat(bundle.create("early").output()).isEmpty();
      assertThat(bundle.call("kill", "early", "KILL").code()).isZero();
      awaitStopped(bundle, "early");
      assertThat(bundle.call("delete", "early").code()).isZero();
      assertThat(bundle.directory.resolve("rootfs/ran")).doesNotExist();
    }
  }

  @Test
  void aContainerWhoseRootIsGoneCanStillBeDeleted() throws Exception {
    try (OciBundle bundle = new OciBundle("sleep", "1000")) {
      assertThat(bundle.create("rootless").output()).isEmpty();
      assertThat(bundle.call("kill", "rootless", "KILL").code()).isZero();
      awaitStopped(bundle, "rootless");
      TreeRemoval.delete(bundle.directory.resolve("rootfs"));
      assertThat(bundle.call("delete", "rootless").code()).isZero();
      assertThat(bundle.state()).isEmptyDirectory();
      assertThat(bundle.create("rootless").output()).contains("rootfs is not a directory");
    }
  }

  @Test
  void ofSeveralCreationsOfOneIdOneSucceedsAndIsNotHarmedByTheOthers() throws Exception {
    try (OciBundle bundle = new OciBundle("sleep", "1000")) {
      assertThat(bundle.create("first").output()).isEmpty(); // writes the config for all
      List<CompletableFuture<OciBundle.Result>> all = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        all.add(CompletableFuture.supplyAsync(() -> createAgain(bundle, "twin")));
      }
      List<OciBundle.Result> results = all.stream().map(CompletableFuture::join).toList();
      assertThat(results).filteredOn(r -> r.code() == 0).hasSize(1);
      assertThat(results)
          .filteredOn(r -> r.code() != 0)
          .allSatisfy(r -> assertThat(r.output()).contains("container with id exists: twin"));
      assertThat(bundle.call("start", "twin").code()).isZero();
      assertThat(bundle.status("twin")).isEqualTo("running");
    }
  }

  private static OciBundle.Result createAgain(OciBundle bundle, String id) {
    try {
      return bundle.runAsWritten("create", "--bundle", bundle.directory.toString(), id);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** Their death would be the container's: removing its cgroup kills what is in it. */
  @Test
  void aCgroupWithProcessesOfOthersIsRefusedAndTheyLiveOn() throws Exception {
    try (OciBundle bundle = new OciBundle("sleep", "1000");
        OciBundle second = new OciBundle("nope")) {
      String path = "hawser-oci-shared-" + ProcessHandle.current().pid();
      bundle.linux().put("cgroupsPath", path);
      second.linux().put("cgroupsPath", path);
      assertThat(bundle.create("one").output()).isEmpty();
      assertThat(second.create("two").output()).contains("has processes already");
      assertThat(second.state().resolve("two")).doesNotExist();
      assertThat(bundle.status("one")).isEqualTo("created");
    }
  }

  @Test
  void withoutAProcessTheStartIsAnErrorAndTheContainerStopped() throws Exception {
    try (OciBundle bundle = new OciBundle("true")) {
      bundle.config.remove("process");
      assertThat(bundle.create("empty").output()).isEmpty();
      assertThat(bundle.status("empty")).isEqualTo("created");
      assertThat(bundle.run("start", "empty").output()).contains("process: the bundle of empty");
      awaitStopped(bundle, "empty");
      assertThat(bundle.call("delete", "empty").code()).isZero();
      assertThat(bundle.state()).isEmptyDirectory();
    }
  }

  @Test
  void unknownPropertiesAndAnnotationsAreIgnoredAndOtherVersionsRefused() throws Exception {
    try (OciBundle bundle = new OciBundle("true")) {
      bundle.config.put("unknown", "x").putObject("hawser").put("unknown", 1);
      bundle.linux().put("unknown", true);
      bundle.process().put("unknown", 3);
      bundle.config.putObject("annotations").put("org.example.empty", "");
      OciBundle.Result result = bundle.toEnd("unknown");
      assertThat(result.code()).as(result.output()).isZero();
      for (String version : List.of("invalid", "", "1.0", "2.0.0")) {
        bundle.config.put("ociVersion", version);
        assertThat(refusal(bundle))
            .isEqualTo("ociVersion: expected 1.x.y, got \"" + version + "\"");
      }
    }
  }

  /** What the bundle is refused for, before anything is made. */
  private static String refusal(OciBundle bundle) throws Exception {
    Path file = bundle.directory.resolve("config.json");
    OciConfig.JSON.writeValue(file.toFile(), bundle.config);
    return catchThrowableOfType(OciFault.class, () -> OciConfig.read(file, bundle.directory))
        .getMessage();
  }

  /** A hook that keeps what it reads, under its kind's name. */
  private static void record(OciBundle bundle, String kind, Path directory) {
    ObjectNode hook = add(bundle, kind, "cat > " + directory.resolve(kind));
    hook.put("timeout", 20);
  }

  private static ObjectNode add(OciBundle bundle, String kind, String script) {
    ObjectNode hook = bundle.config.withObject("hooks").withArray(kind).addObject();
    hook.put("path", "/bin/sh").putArray("args").add("sh").add("-c").add(script);
    hook.putArray("env").add("PATH=/usr/bin:/bin");
    return hook;
  }

  @Test
  void hooksReadTheStateWithThePidAsTheySeeIt() throws Exception {
    try (OciBundle bundle = new OciBundle("sleep", "1000")) {
      bundle.config.putObject("annotations").put("org.example.key", "value");
      ((ObjectNode) bundle.config.get("root")).put("readonly", false);
      Path here = bundle.directory;
      Stream.of("prestart", "createRuntime", "createContainer", "poststart", "poststop")
          .forEach(kind -> record(bundle, kind, here));
      record(bundle, "startContainer", Path.of("/tmp"));
      Path pidFile = here.resolve("pid");
      assertThat(
              bundle.run("create", "--bundle", here.toString(), "--pid-file", "" + pidFile, "told"))
          .isEqualTo(new OciBundle.Result(0, ""));
      int pid = Integer.parseInt(Files.readString(pidFile));
      check(bundle, here.resolve("prestart"), "created", pid);
      check(bundle, here.resolve("createRuntime"), "created", pid);
      check(bundle, here.resolve("createContainer"), "created", 1);
      assertThat(bundle.call("start", "told").code()).isZero();
      check(bundle, here.resolve("rootfs/tmp/startContainer"), "created", 1);
      check(bundle, here.resolve("poststart"), "running", pid);
      assertThat(bundle.call("kill", "told", "KILL").code()).isZero();
      awaitStopped(bundle, "told");
      assertThat(here.resolve("poststop")).doesNotExist();
      assertThat(bundle.call("delete", "told").code()).isZero();
      check(bundle, here.resolve("poststop"), "stopped", 0);
    }
  }

  private static void check(OciBundle bundle, Path told, String status, int pid) throws Exception {
    JsonNode state = OciConfig.JSON.readTree(Files.readString(told));
    assertThat(state.path("status").asText()).as("%s", told).isEqualTo(status);
    assertThat(state.path("pid").asInt()).as("%s", told).isEqualTo(pid);
    assertThat(state.path("id").asText()).isEqualTo("told");
    assertThat(state.path("ociVersion").asText()).isEqualTo("1.0.2");
    assertThat(state.path("bundle").asText()).isEqualTo(bundle.directory.toString());
    assertThat(state.path("annotations").path("org.example.key").asText()).isEqualTo("value");
  }

  @Test
  void failuresAfterTheStartAreOnlyTold() throws Exception {
    try (OciBundle bundle = new OciBundle("sleep", "1000")) {
      for (String kind : List.of("poststart", "poststop")) {
        add(bundle, kind, "exit 3");
        record(bundle, kind, bundle.directory);
      }
      bundle.create("late");
      OciBundle.Result start = bundle.run("start", "late");
      assertThat(start.code()).isZero();
      assertThat(start.output()).contains("poststart hook /bin/sh exited with 3");
      assertThat(bundle.directory.resolve("poststart")).isNotEmptyFile();
      assertThat(bundle.status("late")).isEqualTo("running");
      OciBundle.Result delete = bundle.run("delete", "--force", "late");
      assertThat(delete.code()).isZero();
      assertThat(delete.output()).contains("poststop hook /bin/sh exited with 3");
      assertThat(bundle.directory.resolve("poststop")).isNotEmptyFile();
      assertThat(bundle.state()).isEmptyDirectory();
    }
  }

  @Test
  void aHookThatRefusesDestroysTheContainerAndPoststopHearsOfIt() throws Exception {
    for (String kind : List.of("createContainer", "startContainer")) {
      try (OciBundle bundle = new OciBundle("touch", "/ran")) {
        ((ObjectNode) bundle.config.get("root")).put("readonly", false);
        add(bundle, kind, "exit 4");
        record(bundle, "poststop", bundle.directory);
        OciBundle.Result result = bundle.create("refused");
        if (kind.equals("startContainer")) {
          assertThat(result.output()).isEmpty();
          result = bundle.run("start", "refused");
        }
        assertThat(result.code()).as(kind).isEqualTo(1);
        assertThat(result.output()).contains(kind + " hook /bin/sh exited with 4");
        assertThat(bundle.state()).isEmptyDirectory();
        assertThat(bundle.directory.resolve("poststop")).content().contains("\"stopped\"");
        assertThat(bundle.directory.resolve("rootfs/ran")).doesNotExist();
      }
    }
  }

  @Test
  void hooksThatCanNotBeRunAreRefusedByTheirField() throws Exception {
    try (OciBundle bundle = new OciBundle("true")) {
      ObjectNode hook = add(bundle, "poststop", "true");
      hook.put("timeout", 0);
      assertThat(refusal(bundle)).startsWith("hooks.poststop: timeout: expected more than 0");
      hook.put("timeout", 1).put("path", "sh");
      assertThat(refusal(bundle)).startsWith("poststop hook: path: expected an absolute path");
    }
  }

  @Test
  void withoutNamespacesAContainerIsInTheRuntimesOwnAndLeavesNoMount() throws Exception {
    String script = "ls -d /proc/self /dev/null; ls /rootfs /home; sleep 1000";
    try (OciBundle bundle = new OciBundle("sh", "-c", script)) {
      bundle.linux().remove("namespaces");
      bundle.config.remove("hostname");
      assertThat(bundle.create("plain").output()).isEmpty();
      long pid = bundle.pid("plain");
      for (String kind : List.of("mnt", "pid", "net", "ipc", "uts", "cgroup", "user")) {
        assertThat(Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/" + kind)))
            .isEqualTo(Files.readSymbolicLink(Path.of("/proc/self/ns/" + kind)));
      }
      String rootfs = bundle.directory.resolve("rootfs").toString();
      assertThat(mountsBelow(rootfs)).isNotEmpty();
      assertThat(Files.readSymbolicLink(Path.of("/proc/" + pid + "/root"))).hasToString(rootfs);
      assertThat(bundle.call("start", "plain").code()).isZero();
      assertThat(bundle.run("exec", "plain", "true").output()).contains("mount namespace");
      assertThat(bundle.call("delete", "--force", "plain").code()).isZero();
      assertThat(mountsBelow(rootfs)).isEmpty();
      bundle.process().putArray("args").add("nope");
      assertThat(bundle.create("plain").output()).contains("execve(nope) failed: ENOENT");
      assertThat(mountsBelow(rootfs)).isEmpty();
      assertThat(bundle.state()).isEmptyDirectory();
    }
  }

  private static List<String> mountsBelow(String directory) throws Exception {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/mountinfo"))) {
      return lines.filter(line -> line.contains(" " + directory)).toList();
    }
  }
}
