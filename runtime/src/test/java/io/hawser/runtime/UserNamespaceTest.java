package io.hawser.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("kernel")
class UserNamespaceTest {
  private static TestNode node;

  @BeforeAll
  static void open() {
    node = TestNode.open();
  }

  @AfterAll
  static void close() {
    node.close();
  }

  private static String run(String podUid, String script) {
    node.ownUsers(podUid);
    return node.output(TestNode.spec(podUid, "main", "sh", "-c", script));
  }

  private static long base(String uidMap) {
    return Long.parseLong(uidMap.strip().split("\\s+")[1]);
  }

  @Test
  void rootInsideIsNobodyOutside() throws Exception {
    node.ownUsers("nobody");
    Container container =
        node.runtime.start(
            TestNode.spec("nobody", "main", "sh", "-c", "id -u; cat /proc/self/uid_map; sleep 60"));
    Path process = Path.of("/proc", "" + container.pid());
    long outside = (Integer) Files.getAttribute(process, "unix:uid");
    assertThat(outside).isGreaterThanOrEqualTo(0x70000000L);
    assertThat(base(Files.readString(process.resolve("uid_map")))).isEqualTo(outside);
    await().untilAsserted(() -> assertThat(TestNode.log(container)).startsWith("0\n"));
    TestNode.await(container.stop(java.time.Duration.ZERO));
  }

  @Test
  void podsHaveDifferentIds() {
    String first = run("range1", "cat /proc/self/uid_map");
    String second = run("range2", "cat /proc/self/uid_map");
    assertThat(base(first)).isNotEqualTo(base(second));
  }

  @Test
  void imageAndOwnFilesBelongToRootInside() {
    String text =
        run(
            "owners",
            "stat -c '%u:%g %n' / /bin/busybox /etc/passwd /etc/hosts /dev /dev/null /dev/shm"
                + " /dev/mqueue /tmp; echo changed >> /etc/passwd && touch /root/x /etc/new"
                + " && chown 1000:1001 /root/x && stat -c '%u:%g %n' /root/x /etc/new");
    assertThat(text.lines())
        .contains(
            "0:0 /",
            "0:0 /bin/busybox",
            "0:0 /etc/passwd",
            "0:0 /etc/hosts",
            "0:0 /dev",
            "0:0 /dev/null",
            "0:0 /dev/shm",
            "0:0 /dev/mqueue",
            "1000:1001 /root/x",
            "0:0 /etc/new");
  }

  @Test
  void imageOnDiskIsUnchanged() throws Exception {
    run("disk", "echo changed >> /etc/passwd; mkdir /made");
    Path root = node.runtime.images().find(TestNode.IMAGE).orElseThrow().layers().get(0);
    assertThat(Files.getAttribute(root.resolve("etc/passwd"), "unix:uid")).isEqualTo(0);
    assertThat(root.resolve("etc/passwd")).content().doesNotContain("changed");
  }

  @Test
  void rootMayRuleItsOwnNetworkAndName() {
    node.ownUsers("rule");
    ContainerSpec spec =
        TestNode.spec(
            "rule",
            "main",
            "sh",
            "-c",
            "hostname other && hostname; ip link set lo down && ip link set lo up && echo net;"
                + " (echo x | timeout 60 nc -l -p 80 &"
                + " until netstat -lnt | grep -c ':80 '; do sleep 0.1; done)");
    ContainerSpec.Security security =
        TestNode.security(List.of("NET_ADMIN", "SYS_ADMIN"), List.of());
    assertThat(node.output(TestNode.with(spec, security)).lines()).contains("other", "net", "1");
  }

  @Test
  void allCapabilitiesGiveNothingOfTheMachine() {
    node.ownUsers("caps");
    ContainerSpec spec =
        TestNode.spec(
            "caps",
            "main",
            "sh",
            "-c",
            "umount /proc/sys; echo x > /proc/sys/kernel/core_pattern; mknod /tmp/sda b 254 0;"
                + " mount -o remount,rw /sys; umount /sys/fs/cgroup; date -s 2020-01-01;"
                + " cat /proc/keys; ls /sys/firmware; dmesg; chroot / umount -l /proc/kcore;"
                + " mount -t proc proc /tmp && echo PROC");
    String text = node.output(TestNode.with(spec, TestNode.security(List.of("ALL"), List.of())));
    assertThat(text)
        .contains("umount: can't unmount /proc/sys: Invalid argument")
        .contains("core_pattern: Read-only file system")
        .contains("mknod: /tmp/sda: Operation not permitted")
        .contains("date: can't set date: Operation not permitted")
        .contains("dmesg: klogctl: Operation not permitted")
        .doesNotContain("PROC");
  }

  @Test
  void execIsTheSameUser() throws Exception {
    node.ownUsers("exec");
    Container container = node.runtime.start(TestNode.spec("exec", "main", "sleep", "60"));
    ExecSession exec =
        container.exec(
            new ExecSpec(
                List.of("sh", "-c", "id -u; cat /proc/self/uid_map; touch /x; stat -c %u /x"),
                false,
                false));
    String text = new String(exec.stdout().readAllBytes());
    assertThat(text).startsWith("0\n").contains(" 65536\n").endsWith("\n0\n");
    TestNode.await(container.stop(java.time.Duration.ZERO));
  }

  @Test
  void terminalBelongsToTheUserInside() {
    node.ownUsers("tty");
    ContainerSpec spec =
        TestNode.withTty(TestNode.spec("tty", "main", "sh", "-c", "stat -c '%u %n' $(tty); id -u"));
    ContainerSpec.Security security =
        new ContainerSpec.Security(
            Optional.of(1000L), Optional.empty(), false, false, List.of(), List.of());
    assertThat(node.output(TestNode.with(spec, security)).replace("\r", ""))
        .isEqualTo("1000 /dev/pts/0\n1000\n");
  }

  @Test
  void volumesKeepTheirOwnersOnDisk() throws Exception {
    Path volume = Files.createDirectory(node.base.resolve("volume"));
    Files.writeString(volume.resolve("of-root"), "secret");
    Files.setPosixFilePermissions(
        volume.resolve("of-root"),
        java.nio.file.attribute.PosixFilePermissions.fromString("rw-------"));
    node.ownUsers("volume");
    ContainerSpec spec =
        TestNode.spec(
            "volume",
            "main",
            "sh",
            "-c",
            "cat /data/of-root; echo new > /data/new; chown 1000 /data/new; mkdir /data/sub/x");
    List<ContainerSpec.VolumeMount> mounts =
        List.of(
            new ContainerSpec.VolumeMount(volume.toString(), "/data", false),
            new ContainerSpec.VolumeMount(
                volume.toString(),
                "/sub",
                false,
                new ContainerSpec.MountOptions(
                    "sub", ContainerSpec.Propagation.PRIVATE, false, true)));
    assertThat(node.output(TestNode.with(spec, mounts))).isEqualTo("secret");
    assertThat(Files.getAttribute(volume.resolve("new"), "unix:uid")).isEqualTo(1000);
    assertThat(Files.getAttribute(volume.resolve("sub/x"), "unix:uid")).isEqualTo(0);
  }

  @Test
  void userBeyondTheRangeIsRefused() {
    node.ownUsers("beyond");
    ContainerSpec spec = TestNode.spec("beyond", "main", "true");
    ContainerSpec.Security security =
        new ContainerSpec.Security(
            Optional.of(70_000L), Optional.empty(), false, false, List.of(), List.of());
    assertThatThrownBy(() -> node.runtime.start(TestNode.with(spec, security)))
        .hasMessageContaining("user 70000 is not among the 65536 ids");
  }

  @Test
  void anotherUserCanWriteItsOutputAndHome() {
    node.ownUsers("web");
    ContainerSpec spec =
        TestNode.spec(
            "web", "main", "sh", "-c", "id -u; echo x > /dev/stdout; touch /tmp/x && echo y");
    ContainerSpec.Security security =
        new ContainerSpec.Security(
            Optional.of(1000L), Optional.empty(), false, false, List.of(), List.of());
    assertThat(node.output(TestNode.with(spec, security))).startsWith("1000\nx\n");
  }

  @Test
  void podIsReachedAndReachesOthers() throws Exception {
    Sandbox sandbox = node.ownUsers("net");
    Container server =
        node.runtime.start(
            TestNode.spec(
                "net", "s", "sh", "-c", "echo hi > /tmp/index.html; httpd -f -p 80 -h /tmp"));
    ContainerSpec client =
        TestNode.spec(
            "client",
            "c",
            "sh",
            "-c",
            "for i in $(seq 100); do wget -q -O - http://"
                + sandbox.ip()
                + " && break; sleep 0.3; done");
    assertThat(node.output(client)).isEqualTo("hi\n");
    TestNode.await(server.stop(java.time.Duration.ZERO));
  }
}
