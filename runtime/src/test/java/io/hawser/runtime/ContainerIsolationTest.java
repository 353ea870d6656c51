package io.hawser.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("kernel")
class ContainerIsolationTest {
  private static TestNode node;

  @BeforeAll
  static void open() {
    node = TestNode.open();
  }

  @AfterAll
  static void close() {
    node.close();
  }

  @Test
  void firstProcessIsPidOneAmongNoOthers() {
    String text = node.output(TestNode.spec("pid", "main", "sh", "-c", "echo $$; ls /proc"));
    assertThat(text.lines().findFirst()).contains("1");
    assertThat(text.lines().filter(line -> line.matches("\\d+"))).containsExactly("1", "1");
  }

  @Test
  void hostnameIsThePods() {
    assertThat(node.output(TestNode.spec("name", "main", "hostname"))).isEqualTo("name\n");
  }

  @Test
  void capabilitiesAreDockersDefaultsAndNoMore() {
    String status = status(TestNode.spec("caps", "main", "cat", "/proc/self/status"));
    assertThat(status)
        .contains("CapPrm:\t00000000a80425fb")
        .contains("CapEff:\t00000000a80425fb")
        .contains("CapBnd:\t00000000a80425fb")
        .contains("CapAmb:\t0000000000000000")
        .contains("CapInh:\t0000000000000000")
        .contains("NoNewPrivs:\t1")
        .contains("Seccomp:\t2");
  }

  @Test
  void droppedCapabilitiesAreGoneAndAddedOnesThere() {
    ContainerSpec spec = TestNode.spec("caps2", "main", "cat", "/proc/self/status");
    String status =
        status(TestNode.with(spec, TestNode.security(List.of("NET_ADMIN"), List.of("ALL"))));
    assertThat(status).contains("CapEff:\t0000000000001000").contains("CapBnd:\t0000000000001000");
  }

  @Test
  void anotherUserHasNoCapabilitiesAndItsGroups() {
    ContainerSpec spec =
        TestNode.spec("user", "main", "sh", "-c", "id; cat /proc/self/status; touch /etc/x");
    ContainerSpec.Security security =
        new ContainerSpec.Security(
            Optional.of(1000L), Optional.empty(), false, false, List.of(), List.of());
    String text = node.output(TestNode.with(spec, security));
    assertThat(text)
        .contains("uid=1000(web) gid=1001(web)")
        .contains("Groups:\t2000")
        .contains("CapEff:\t0000000000000000")
        .contains("touch: /etc/x: Permission denied");
  }

  @Test
  void privilegeEscalationIsAllowedWhenAsked() {
    ContainerSpec spec = TestNode.spec("nnp", "main", "cat", "/proc/self/status");
    ContainerSpec.Security security =
        new ContainerSpec.Security(
            Optional.empty(), Optional.empty(), false, true, List.of(), List.of());
    assertThat(node.output(TestNode.with(spec, security)))
        .contains("NoNewPrivs:\t0")
        .contains("Seccomp:\t2");
  }

  @Test
  void kernelSettingsAndSecretsAreOutOfReach() {
    String text =
        node.output(
            TestNode.spec(
                "escape",
                "main",
                "sh",
                "-c",
                "echo x > /proc/sys/kernel/core_pattern; echo b > /proc/sysrq-trigger;"
                    + " mount -t tmpfs none /tmp; unshare -m true; unshare -U true;"
                    + " cat /proc/keys; mknod /tmp/sda b 254 0 && cat /tmp/sda;"
                    + " mount -t cgroup -o memory none /tmp; chroot / dmesg; ls /proc/1/root/boot;"
                    + " echo 1 > /sys/kernel/uevent_helper"));
    assertThat(text)
        .contains("core_pattern: Read-only file system")
        .containsPattern("sysrq-trigger: (Read-only file system|nonexistent directory)")
        .contains("mount: permission denied (are you root?)")
        .contains("unshare: unshare(0x20000): Operation not permitted")
        .contains("unshare: unshare(0x10000000): Operation not permitted")
        .contains("cat: can't open '/tmp/sda': Operation not permitted")
        .contains("dmesg: klogctl: Operation not permitted")
        .contains("ls: /proc/1/root/boot: No such file or directory")
        .contains("uevent_helper: Read-only file system");
  }

  @Test
  void readOnlyRootCanNotBeWritten() {
    ContainerSpec spec = TestNode.spec("ro", "main", "sh", "-c", "touch /x; echo ok > /dev/shm/y");
    ContainerSpec.Security security =
        new ContainerSpec.Security(
            Optional.empty(), Optional.empty(), true, false, List.of(), List.of());
    assertThat(node.output(TestNode.with(spec, security)))
        .isEqualTo("touch: /x: Read-only file system\n");
  }

  @Test
  void imageIsNeverChanged() {
    node.output(TestNode.spec("cow", "main", "sh", "-c", "echo changed > /etc/passwd; rm /bin/ls"));
    ImageStore.Image image = node.runtime.images().find(TestNode.IMAGE).orElseThrow();
    assertThat(image.layers().get(0).resolve("etc/passwd")).content().startsWith("root:x:0:0");
    assertThat(image.layers().get(0).resolve("bin/ls")).isSymbolicLink();
  }

  @Test
  void ownLimitsAreReadableAndNotWritable() {
    ContainerSpec spec =
        TestNode.spec(
            "limits",
            "main",
            "sh",
            "-c",
            "cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null;"
                + " for f in $(find /sys/fs/cgroup -name cgroup.procs); do echo 1 > $f; done;"
                + " mkdir /sys/fs/cgroup/x; find /sys/fs/cgroup -name release_agent");
    String text = node.output(TestNode.with(spec, new ContainerSpec.Limits(0, 0, 64 << 20, 0)));
    assertThat(text)
        .startsWith("67108864\n")
        .contains("cgroup.procs: Read-only file system")
        .contains("can't create directory '/sys/fs/cgroup/x': Read-only file system")
        .doesNotContain("release_agent");
  }

  @Test
  void noDescriptorOfTheJvmLeaksIn() {
    String text = node.output(TestNode.spec("fds", "main", "sh", "-c", "ls /proc/1/fd"));
    assertThat(text.lines()).containsOnly("0", "1", "2", "3"); // 3: the listing's own
  }

  @Test
  void podIsReachedFromHostSiblingAndOtherPod() throws Exception {
    Sandbox sandbox = node.sandbox("web");
    Container server =
        node.runtime.start(
            TestNode.spec(
                "web",
                "server",
                "sh",
                "-c",
                "echo hello > /tmp/index.html; httpd -f -p 80 -h /tmp"));
    await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptionsInstanceOf(IOException.class) // it does not listen yet
        .untilAsserted(
            () -> {
              URL page = new URL("http://" + sandbox.ip() + "/index.html");
              try (InputStream in = page.openStream()) {
                assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8))
                    .isEqualTo("hello\n");
              }
            });
    String fromSibling =
        node.output(TestNode.spec("web", "client", "wget", "-q", "-O", "-", "http://127.0.0.1/"));
    assertThat(fromSibling).isEqualTo("hello\n");
    String fromOtherPod =
        node.output(
            TestNode.spec("web2", "client", "wget", "-q", "-O", "-", "http://" + sandbox.ip()));
    assertThat(fromOtherPod).isEqualTo("hello\n");
    TestNode.await(server.stop(Duration.ZERO));
  }

  private String status(ContainerSpec spec) {
    return node.output(spec);
  }
}
