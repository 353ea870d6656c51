package io.hawser.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Known ways out of containers, tried from inside as root with the default rights, in pods with the
 * machine's users and in pods with their own.
 */
@Tag("kernel")
class EscapeTest {
  private static TestNode node;

  @BeforeAll
  static void open() {
    node = TestNode.open();
  }

  @AfterAll
  static void close() {
    node.close();
  }

  private static String run(String pod, boolean ownUsers, String script) {
    return run(pod, ownUsers, TestNode.security(List.of(), List.of()), script);
  }

  private static String run(
      String pod, boolean ownUsers, ContainerSpec.Security security, String script) {
    String podUid = pod + (ownUsers ? "-own" : "");
    node.sandbox(
        podUid, new SandboxSpec.Sharing(ownUsers, false, SandboxSpec.Pids.CONTAINER, Map.of()));
    return node.output(TestNode.with(TestNode.spec(podUid, "main", "sh", "-c", script), security));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void kernelSettingsCanNotBeWritten(boolean ownUsers) throws IOException {
    String before = Files.readString(Path.of("/proc/sys/kernel/core_pattern"));
    String text =
        run(
            "settings",
            ownUsers,
            "for f in kernel/core_pattern kernel/modprobe vm/panic_on_oom kernel/sysrq"
                + " fs/binfmt_misc/register net/ipv4/ip_forward; do"
                + " [ -e /proc/sys/$f ] && echo '|/x' > /proc/sys/$f && echo WRITTEN $f; done;"
                + " echo b > /proc/sysrq-trigger && echo WRITTEN sysrq;"
                + " mount -o remount,rw /proc/sys && echo WRITTEN remount;"
                + " umount /proc/sys && echo WRITTEN umount; true");
    assertThat(text).doesNotContain("WRITTEN");
    assertThat(Files.readString(Path.of("/proc/sys/kernel/core_pattern"))).isEqualTo(before);
  }

  /** CVE-2022-0492: a cgroup's release_agent runs on the machine. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void noReleaseAgentCanBeSet(boolean ownUsers) {
    String script =
        "find / -name release_agent 2>/dev/null; mkdir -p /tmp/c;"
            + " for c in memory pids rdma cpu; do mount -t cgroup -o $c none /tmp/c && echo MOUNTED; done;"
            + " mount -t cgroup2 none /tmp/c && echo MOUNTED;"
            + " unshare -Urm sh -c 'mount -t cgroup -o memory none /tmp/c && echo MOUNTED';"
            + " mkdir /sys/fs/cgroup/x /sys/fs/cgroup/memory/x && echo MADE; true";
    assertThat(run("agent", ownUsers, script))
        .doesNotContain("MOUNTED")
        .doesNotContain("MADE")
        .doesNotContain("/release_agent");
    // With the right to mount, it is the user namespace that holds: cgroups are the machine's.
    if (ownUsers) {
      ContainerSpec.Security admin = TestNode.security(List.of("SYS_ADMIN"), List.of());
      assertThat(run("agent2", true, admin, script)).doesNotContain("MOUNTED");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void noUserNamespaceAndNoMountInside(boolean ownUsers) {
    String text =
        run(
            "unshare",
            ownUsers,
            "unshare -U true && echo UNSHARED; unshare -m true && echo UNSHARED;"
                + " unshare -Ur mount -t tmpfs none /tmp && echo MOUNTED;"
                + " mount -t overlay -o lowerdir=/,upperdir=/tmp,workdir=/tmp none /tmp && echo MOUNTED;"
                + " mount --bind / /tmp && echo MOUNTED; pivot_root . . && echo PIVOTED;"
                + " nsenter -t 1 -m true && echo ENTERED; true");
    assertThat(text)
        .doesNotContain("UNSHARED")
        .doesNotContain("MOUNTED")
        .doesNotContain("PIVOTED")
        .doesNotContain("ENTERED");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void rootOfProcessOneIsTheContainers(boolean ownUsers) throws IOException {
    Path secret = Files.writeString(node.base.resolve("secret"), "secret");
    String text =
        run(
            "root",
            ownUsers,
            "cat /proc/1/root"
                + secret
                + " /proc/self/root"
                + secret
                + " /proc/1/cwd/../../../../.."
                + secret
                + "; for i in 1 2 3 4 5 6 7 8 9 10; do cd ..; done; cat ."
                + secret
                + "; mkdir /tmp/j; chroot /tmp/j true; ls /proc/1/map_files; true");
    assertThat(text).doesNotContain("secret\n").contains("No such file or directory");
  }

  /** CVE-2024-21626 and CVE-2019-5736: descriptors and executables of the runtime. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void nothingOfTheLauncherLeaksIn(boolean ownUsers) {
    String text =
        run(
            "fds",
            ownUsers,
            "ls -l /proc/self/fd /proc/1/fd | grep -vE ' [0-9]+ -> (/dev/null|pipe:|/proc/|.*/std)';"
                + " readlink /proc/1/exe; for i in 3 4 5 6 7 8 9 10 100 900 901; do"
                + " ls /proc/self/fd/$i/../.. 2>/dev/null && echo LEAK $i; done; true");
    assertThat(text).contains("/bin/busybox").doesNotContain("memfd").doesNotContain("900 ->");
    String directories = run("fds2", ownUsers, "ls -l /proc/1/fd");
    assertThat(directories.lines().filter(l -> l.contains("->")))
        .allMatch(l -> l.matches(".* [012] -> .*") || l.matches(".* 3 -> /proc/.*"));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void processesOfTheMachineAreOutOfReach(boolean ownUsers) {
    long jvm = ProcessHandle.current().pid();
    String text =
        run(
            "ptrace",
            ownUsers,
            "ls -d /proc/"
                + jvm
                + "; kill -0 "
                + jvm
                + " && echo SIGNALLED; cat /proc/"
                + jvm
                + "/environ; ls /proc | grep -cE '^[0-9]+$'");
    assertThat(text).doesNotContain("SIGNALLED").contains("No such file or directory");
    assertThat(ProcessHandle.of(jvm).orElseThrow().isAlive()).isTrue();
  }

  /** Disks and memory of the machine, made anew as device nodes. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void devicesOfTheMachineCanNotBeOpened(boolean ownUsers) {
    String text =
        run(
            "nodes",
            ownUsers,
            "i=0; for d in 'b 254 0' 'b 259 0' 'b 8 0' 'b 7 0' 'c 1 1' 'c 1 2' 'c 1 4' 'c 10 232'"
                + " 'c 10 229' 'c 10 200'; do i=$((i+1)); mknod /tmp/d$i $d 2>/dev/null;"
                + " (true < /tmp/d$i) 2>/dev/null && echo OPENED $d;"
                + " (true > /dev/shm/d$i < /tmp/d$i) 2>/dev/null && echo OPENED $d; done; true");
    assertThat(text).isEmpty();
  }

  /** Set-uid programs made inside must not help a user of the machine. */
  @Test
  void filesMadeInsideAreOutOfReachOfTheMachinesUsers() throws Exception {
    node.sandbox("setuid");
    Container container =
        node.runtime.start(
            TestNode.spec(
                "setuid", "main", "sh", "-c", "cp /bin/busybox /sh; chmod 4755 /sh; sleep 60"));
    Path upper = node.base.resolve("node/pods/setuid/containers/main.0/upper/sh");
    org.awaitility.Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> Files.exists(upper) && Files.isExecutable(upper));
    Process process =
        new ProcessBuilder(
                "setpriv",
                "--reuid=65534",
                "--clear-groups",
                "--inh-caps=-all",
                "--bounding-set=-all",
                "/bin/busybox",
                "sh",
                "-c",
                upper + " -c id; id -u")
            .redirectErrorStream(true)
            .start();
    assertThat(new String(process.getInputStream().readAllBytes()))
        .contains("Permission denied")
        .endsWith("65534\n");
    TestNode.await(container.stop(Duration.ZERO));
  }
}
