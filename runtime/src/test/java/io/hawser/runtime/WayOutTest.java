package io.hawser.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.hawser.runtime.network.PodNetwork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A machine next door, in a network namespace of its own: pods reach it, it does not reach them.
 */
@Tag("kernel")
class WayOutTest {
  private static final String OURS = "198.51.100.1";
  private static final String THEIRS = "198.51.100.2";
  private static final String LINK = "hwtest0";

  private static TestNode node;
  private static Process neighbour;

  @BeforeAll
  static void makeNeighbour() throws Exception {
    node = TestNode.open();
    neighbour = new ProcessBuilder("unshare", "-n", "sleep", "600").start();
    Path theirs = Path.of("/proc/" + neighbour.pid() + "/ns/net");
    Path ours = Path.of("/proc/self/ns/net");
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> !Files.readSymbolicLink(theirs).equals(Files.readSymbolicLink(ours)));
    ip("link add " + LINK + " type veth peer name eth0 netns " + neighbour.pid());
    ip("addr add " + OURS + "/24 dev " + LINK);
    ip("link set " + LINK + " up");
    inside("ip link set lo up");
    inside("ip addr add " + THEIRS + "/24 dev eth0");
    inside("ip link set eth0 up");
    inside("ip route add 10.231.0.0/16 via " + OURS);
    Files.writeString(Path.of("/proc/sys/net/ipv4/conf/" + LINK + "/forwarding"), "1");
  }

  @AfterAll
  static void removeNeighbour() throws Exception {
    if (neighbour != null) {
      neighbour.destroyForcibly().waitFor();
    }
    TestNode.run(List.of("ip", "link", "del", LINK));
    node.close();
    String table = PodNetwork.bridgeName(node.config.nodeName());
    assertThat(TestNode.run(List.of("nft", "list", "tables"))).doesNotContain(table);
  }

  private static void ip(String arguments) throws IOException {
    assertThat(TestNode.run(List.of(("ip " + arguments).split(" ")))).isEmpty();
  }

  private static String inside(String command) throws IOException {
    return TestNode.run(List.of("nsenter", "-t", "" + neighbour.pid(), "-n", "sh", "-c", command));
  }

  @Test
  void podReachesTheWorldWithTheMachinesAddress() throws Exception {
    Path log = node.base.resolve("httpd.log");
    Process server =
        new ProcessBuilder(
                "nsenter",
                "-t",
                "" + neighbour.pid(),
                "-n",
                "busybox",
                "httpd",
                "-f",
                "-vv",
                "-p",
                "80",
                "-h",
                node.base.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      Files.writeString(node.base.resolve("page"), "from the world\n");
      String fromPod =
          "for i in $(seq 100); do wget -q -O - http://"
              + THEIRS
              + "/page && exit 0; sleep 0.3; done; exit 1";
      assertThat(node.output(TestNode.spec("out", "main", "sh", "-c", fromPod)))
          .endsWith("from the world\n");
      await().untilAsserted(() -> assertThat(log).content().contains(OURS));
      assertThat(log).content().doesNotContain("10.231.");
    } finally {
      server.destroyForcibly();
    }
  }

  @Test
  void worldCanNotOpenConnectionsToPods() throws Exception {
    Sandbox sandbox = node.sandbox("in");
    Container pod =
        node.runtime.start(
            TestNode.spec("in", "main", "sh", "-c", "echo secret > /index.html; httpd -f -h /"));
    String url = "http://" + sandbox.ip() + "/";
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () ->
                assertThat(TestNode.run(List.of("busybox", "wget", "-q", "-O", "-", url)))
                    .isEqualTo("secret\n"));
    String fetch = " busybox wget -q -O - " + url + "; echo exit $?";
    assertThat(inside("timeout 2" + fetch)).isEqualTo("exit 124\n"); // dropped, not refused
    String table = PodNetwork.bridgeName(node.config.nodeName());
    TestNode.run(List.of("nft", "flush", "chain", "ip", table, "in"));
    assertThat(inside("timeout 30" + fetch)).isEqualTo("secret\nexit 0\n"); // so it was the rule
    assertThat(inside("busybox ping -c 1 -W 10 " + OURS))
        .contains(" 0% packet loss"); // it is connected
    TestNode.await(pod.stop(Duration.ZERO));
  }
}
