package io.hawser.runtime.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The cases of the OCI runtime specification's own validation programs, in their order. */
@Tag("kernel")
class OciCommandTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Test
  void containerGoesFromCreatedOverRunningToStoppedAndIsDeleted() throws Exception {
    try (OciBundle bundle = new OciBundle("sleep", "1000")) {
      Path pidFile = bundle.directory.resolve("pid");
      assertThat(
              bundle.run(
                  "create",
                  "--bundle",
                  bundle.directory.toString(),
                  "--pid-file",
                  pidFile.toString(),
                  "life"))
          .isEqualTo(new OciBundle.Result(0, ""));
      assertThat(bundle.status("life")).isEqualTo("created");
      String state = bundle.call("state", "life").output();
      assertThat(state)
          .contains("\"ociVersion\"", "\"bundle\"", "\"pid\" : " + Files.readString(pidFile));
      assertThat(bundle.create("life").output()).contains("container with id exists: life");
      assertThat(bundle.call("start", "life").code()).isZero();
      assertThat(bundle.status("life")).isEqualTo("running");
      assertThat(bundle.call("start", "life").code()).isEqualTo(1); // only once
      assertThat(bundle.call("delete", "life").code()).isEqualTo(1); // it runs
      assertThat(bundle.call("pause", "life").code()).isZero();
      assertThat(bundle.status("life")).isEqualTo("paused");
      assertThat(bundle.call("resume", "life").code()).isZero();
      assertThat(bundle.call("list", "--quiet").output()).isEqualTo("life\n");
      assertThat(bundle.call("ps", "--format", "json", "life").output())
          .isEqualTo("[" + Files.readString(pidFile) + "]\n");
      assertThat(bundle.call("kill", "life", "KILL").code()).isZero();
      await().atMost(PATIENCE).until(() -> bundle.status("life").equals("stopped"));
      assertThat(bundle.call("kill", "life", "TERM").code()).isEqualTo(1); // it has ended
      assertThat(bundle.call("delete", "life").code()).isZero();
      assertThat(bundle.call("state", "life").code()).isEqualTo(1);
      assertThat(bundle.call("delete", "life").code()).isEqualTo(1);
      assertThat(bundle.state()).isEmptyDirectory();
    }
  }

  @Test
  void programSeesWhatTheBundleSays() throws Exception {
    String script =
        "hostname; id -u; pwd; echo $NAME; cat /proc/self/cgroup | sort -u | head -1;"
            + " grep -E 'CapEff|NoNewPrivs' /proc/self/status; touch /x; ls /proc/self/fd;"
            + " cat /proc/kcore | wc -c; echo 1 > /proc/sysrq-trigger; cat /data/file;"
            + " touch /data/y; ulimit -n; cat /proc/self/oom_score_adj; grep Seccomp: /proc/self/status;"
            + " mkdir /tmp/refused; stat -c %a:%t:%T /dev/fuse; cat /proc/sys/kernel/msgmax; exit 3";
    try (OciBundle bundle = new OciBundle("sh", "-c", script)) {
      Path data = Files.createDirectory(bundle.directory.resolve("data"));
      Files.writeString(data.resolve("file"), "from host\n");
      bundle.process().put("cwd", "/tmp/made");
      bundle.process().withArray("env").add("NAME=value");
      ObjectNode mount = bundle.config.withArray("mounts").addObject();
      mount.put("destination", "/data").put("type", "bind").put("source", "data");
      ((ArrayNode) mount.putArray("options")).add("rbind").add("ro");
      ObjectNode limit = bundle.process().withArray("rlimits").addObject();
      limit.put("type", "RLIMIT_NOFILE").put("soft", 77).put("hard", 99);
      bundle.process().put("oomScoreAdj", 123);
      ObjectNode filter = bundle.linux().putObject("seccomp");
      filter.put("defaultAction", "SCMP_ACT_ALLOW");
      ObjectNode rule = filter.putArray("syscalls").addObject();
      rule.putArray("names").add("mkdir").add("mkdirat");
      rule.put("action", "SCMP_ACT_ERRNO").put("errnoRet", 95);
      ObjectNode device = bundle.linux().withArray("devices").addObject();
      device.put("path", "/dev/fuse").put("type", "c").put("major", 10).put("minor", 229);
      device.put("fileMode", 0600);
      bundle.linux().putObject("sysctl").put("kernel.msgmax", "4096");
      OciBundle.Result result = bundle.toEnd("see");
      assertThat(result.output().lines().toList())
          .startsWith("bundle", "0", "/tmp/made", "value")
          .contains(
              "CapEff:\t0000000020000420",
              "NoNewPrivs:\t1",
              "touch: /x: Read-only file system",
              "from host",
              "touch: /data/y: Read-only file system",
              "77",
              "123",
              "Seccomp:\t2",
              "mkdir: can't create directory '/tmp/refused': Operation not supported",
              "600:a:e5",
              "4096");
      assertThat(result.output()).contains("\n0\n1\n2\n3\n").contains("sysrq-trigger");
      assertThat(result.code()).isEqualTo(3);
      assertThat(bundle.state()).isEmptyDirectory();
    }
  }

  @Test
  void hooksRunInTheirOrderInTheirPlacesWithTheState() throws Exception {
    try (OciBundle bundle = new OciBundle("sh", "-c", "sleep 1000")) {
      Path record = bundle.directory.resolve("record");
      for (String kind :
          List.of("prestart", "createRuntime", "createContainer", "poststart", "poststop")) {
        hook(bundle, kind, record.toString());
      }
      hook(bundle, "startContainer", "/tmp/inside");
      ((ObjectNode) bundle.config.get("root")).put("readonly", false);
      assertThat(bundle.create("hooks").output()).isEmpty();
      assertThat(record)
          .content()
          .isEqualTo(
              "prestart created host\ncreateRuntime created host\n"
                  + "createContainer created bundle\n");
      assertThat(bundle.call("start", "hooks").code()).isZero();
      assertThat(bundle.directory.resolve("rootfs/tmp/inside"))
          .content()
          .isEqualTo("startContainer created bundle\n");
      assertThat(bundle.call("delete", "--force", "hooks").code()).isZero();
      assertThat(record).content().endsWith("poststart running host\npoststop stopped host\n");
    }
  }

  private static void hook(OciBundle bundle, String kind, String record) {
    String script =
        "s=$(grep -o '\"status\":\"[a-z]*' | cut -d'\"' -f4); h=$(hostname);"
            + " [ $h = bundle ] || h=host; echo "
            + kind
            + " $s $h >> "
            + record;
    ObjectNode hook = bundle.config.withObject("hooks").withArray(kind).addObject();
    hook.put("path", "/bin/sh");
    hook.putArray("args").add("sh").add("-c").add(script);
    hook.putArray("env").add("PATH=/usr/bin:/bin");
  }

  @Test
  void failedHookUndoesTheCreation() throws Exception {
    try (OciBundle bundle = new OciBundle("true")) {
      ObjectNode hook = bundle.config.withObject("hooks").withArray("createRuntime").addObject();
      hook.put("path", "/bin/sh");
      hook.putArray("args").add("sh").add("-c").add("echo no such luck; exit 4");
      OciBundle.Result result = bundle.create("fails");
      assertThat(result.code()).isEqualTo(1);
      assertThat(result.output()).contains("hook /bin/sh exited with 4: no such luck");
      assertThat(bundle.state()).isEmptyDirectory();
    }
  }

  @Test
  void missingProgramAndBadBundlesAreToldAtCreate() throws Exception {
    try (OciBundle bundle = new OciBundle("nope")) {
      assertThat(bundle.create("bad").output())
          .contains("execve(nope) failed: ENOENT", "no such file or directory");
      bundle.process().put("cwd", "relative");
      assertThat(bundle.create("bad").output()).contains("process.cwd: expected an absolute path");
      bundle.process().put("cwd", "/");
      bundle.config.put("ociVersion", "0.5");
      assertThat(bundle.create("bad").output()).contains("ociVersion: expected 1.x.y");
      bundle.config.put("ociVersion", "1.0.2");
      bundle.linux().putObject("sysctl").put("kernel.core_pattern", "x");
      assertThat(bundle.create("bad").output())
          .contains("kernel.core_pattern is not of a namespace");
      bundle.linux().remove("sysctl");
      bundle.linux().put("cgroupsPath", "/../../evil");
      assertThat(bundle.create("bad").output()).contains("cgroup /../../evil: expected a path");
      assertThat(bundle.state()).isEmptyDirectory();
      assertThat(bundle.call("create", "../escape").code()).isEqualTo(1);
      assertThat(bundle.call("create", "--preserve-fds", "2", "bad").code()).isEqualTo(1);
    }
  }

  /** Cut to 32 bits, read as "as before" or as no number, they would be root. */
  @Test
  void usersThatAreNoIdsAreRefused() throws Exception {
    try (OciBundle bundle = new OciBundle("id")) {
      for (String id : List.of("4294967295", "4294967296", "-1", "\"no\"", "1e30", "null")) {
        for (String field : List.of("uid", "gid")) {
          ObjectNode user = bundle.process().putObject("user").put("uid", 1).put("gid", 1);
          user.set(field, OciConfig.JSON.readTree(id));
          OciBundle.Result result = bundle.toEnd("user");
          assertThat(result.code()).as(field + " " + id).isEqualTo(1);
          assertThat(result.output()).containsPattern("expected (an id|numbers)");
        }
      }
    }
  }

  @Test
  void aMemoryLimitBelowWhatTheLaunchNeedsIsSaid() throws Exception {
    try (OciBundle bundle = new OciBundle("true")) {
      bundle.linux().putObject("resources").putObject("memory").put("limit", 4096);
      OciBundle.Result result = bundle.toEnd("small");
      assertThat(result.output()).contains("killed before its program ran");
      assertThat(result.code()).isEqualTo(1);
      assertThat(bundle.state()).isEmptyDirectory();
    }
  }

  @Test
  void execRunsInTheContainerWithItsOwnProcess() throws Exception {
    try (OciBundle bundle = new OciBundle("sleep", "1000")) {
      bundle.create("exec");
      bundle.call("start", "exec");
      OciBundle.Result result =
          bundle.run(
              "exec",
              "--env",
              "A=b",
              "--cwd",
              "/tmp",
              "--user",
              "1000:1001",
              "exec",
              "sh",
              "-c",
              "hostname; pwd; echo $A; id -u; id -g; cat /proc/1/comm; exit 9");
      assertThat(result).isEqualTo(new OciBundle.Result(9, "bundle\n/tmp\nb\n1000\n1001\nsleep\n"));
      OciBundle.Result missing = bundle.run("exec", "exec", "nope");
      assertThat(missing.output()).contains("execve(nope) failed");
      assertThat(missing.code()).isEqualTo(255); // a program's own would be 127
    }
  }

  @Test
  void containerHasUsersAndClocksOfItsOwn() throws Exception {
    String script =
        "id -u; tr -s ' ' < /proc/self/uid_map; hostname renamed && hostname; touch /dev/shm/x;"
            + " stat -c %u:%g /dev/shm/x /dev/null /dev/mqueue /bin;"
            + " grep Eff /proc/self/status; cut -d. -f1 /proc/uptime | cut -c-4; sleep 1000";
    try (OciBundle bundle = new OciBundle("sh", "-c", script + " > /dev/null")) {
      own(bundle, "user");
      own(bundle, "time");
      for (String set : List.of("bounding", "effective", "permitted")) {
        bundle.process().withObject("capabilities").withArray(set).add("CAP_SYS_ADMIN");
      }
      for (String kind : List.of("uidMappings", "gidMappings")) {
        ObjectNode mapping = bundle.linux().withArray(kind).addObject();
        mapping.put("containerID", 0).put("hostID", 300_000).put("size", 65_536);
      }
      bundle.linux().putObject("timeOffsets").putObject("boottime").put("secs", 7_654L * 100_000);
      ObjectNode hook = bundle.config.withObject("hooks").withArray("startContainer").addObject();
      hook.put("path", "/bin/sh");
      String record = "id -u > /dev/shm/hook; tr -s ' ' < /proc/self/uid_map >> /dev/shm/hook";
      hook.putArray("args").add("sh").add("-c").add(record);
      hook.putArray("env").add("PATH=/bin");
      assertThat(bundle.create("users").output()).isEmpty();
      assertThat(bundle.call("start", "users").code()).isZero();
      String map = " 0 300000 65536\n";
      assertThat(bundle.run("exec", "users", "cat", "/dev/shm/hook").output())
          .isEqualTo("0\n" + map);
      String inside = script.replace("; sleep 1000", "");
      assertThat(bundle.run("exec", "users", "sh", "-c", inside).output())
          .isEqualTo(
              "0\n"
                  + map
                  + "renamed\n0:0\n0:0\n0:0\n65534:65534\nCapEff:\t0000000020200420\n7654\n");
      assertThat(bundle.call("kill", "users", "KILL").code()).isZero();
      await().atMost(PATIENCE).until(() -> bundle.status("users").equals("stopped"));
      assertThat(bundle.call("delete", "users").code()).isZero();
    }
  }

  private static void own(OciBundle bundle, String namespace) {
    bundle.linux().withArray("namespaces").addObject().put("type", namespace);
  }

  @Test
  void usersAndClocksThatCanNotBeMadeAreRefusedByName() throws Exception {
    try (OciBundle bundle = new OciBundle("true")) {
      bundle.linux().putObject("timeOffsets").putObject("boottime").put("secs", 1);
      assertThat(bundle.create("bad").output()).contains("linux.timeOffsets: needs a new time");
      bundle.linux().remove("timeOffsets");
      own(bundle, "user");
      assertThat(bundle.create("bad").output()).contains("expected the container's 0 mapped");
      for (String kind : List.of("uidMappings", "gidMappings")) {
        ObjectNode mapping = bundle.linux().withArray(kind).addObject();
        mapping.put("containerID", 0).put("hostID", 300_000).put("size", 0);
        mapping = bundle.linux().withArray(kind).addObject();
        mapping.put("containerID", 0).put("hostID", 300_000).put("size", 10);
      }
      assertThat(bundle.create("bad").output()).contains("write(uid_map");
      assertThat(bundle.state()).isEmptyDirectory();
    }
  }

  @Test
  void anyPathCanBeMaskedOrMadeReadOnly() throws Exception {
    String script = "cat /secret; ls /hidden; touch /dev/shm/x /dev/mqueue/y; ls /dev/mqueue";
    try (OciBundle bundle = new OciBundle("sh", "-c", script)) {
      Path root = bundle.directory.resolve("rootfs");
      Files.writeString(root.resolve("secret"), "not for the container");
      Files.writeString(Files.createDirectory(root.resolve("hidden")).resolve("file"), "nor this");
      Files.createSymbolicLink(root.resolve("link"), Path.of("/dev/shm"));
      bundle.linux().withArray("maskedPaths").add("/secret").add("/hidden").add("/not/there");
      bundle.linux().withArray("readonlyPaths").add("/link");
      assertThat(bundle.toEnd("masked").output())
          .isEqualTo("touch: /dev/shm/x: Read-only file system\ny\n");
    }
  }

  @Test
  void linkInTheImageLeadsNoMountOutside() throws Exception {
    try (OciBundle bundle = new OciBundle("cat", "/link/sub/file")) {
      Path victim = Files.createDirectory(bundle.directory.resolve("victim"));
      Files.createSymbolicLink(bundle.directory.resolve("rootfs/link"), victim);
      Path data = Files.createDirectory(bundle.directory.resolve("data"));
      Files.writeString(data.resolve("file"), "data\n");
      ObjectNode mount = bundle.config.withArray("mounts").addObject();
      mount.put("destination", "/link/sub").put("type", "bind").put("source", data.toString());
      mount.putArray("options").add("bind");
      OciBundle.Result result = bundle.toEnd("link");
      assertThat(victim).isEmptyDirectory();
      assertThat(result.output()).contains("openat2(/link) failed: ENOENT");
    }
  }

  /** Without no_new_privs a filter is there before the process gives up its rights. */
  @Test
  void aFilterThatDoesNotKnowTheLaunchersLastCallsIsNoObstacle() throws Exception {
    try (OciBundle bundle = new OciBundle("true")) {
      bundle.process().put("noNewPrivileges", false);
      ObjectNode filter = bundle.linux().putObject("seccomp");
      filter.put("defaultAction", "SCMP_ACT_ALLOW");
      ObjectNode rule = filter.putArray("syscalls").addObject();
      rule.putArray("names").add("close_range");
      rule.put("action", "SCMP_ACT_ERRNO");
      OciBundle.Result result = bundle.toEnd("old");
      assertThat(result.code()).as(result.output()).isZero();
    }
  }
}
