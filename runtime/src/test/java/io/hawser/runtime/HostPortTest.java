package io.hawser.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.hawser.runtime.SandboxSpec.HostPort;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Ports of the machine, reached from a machine next door (a namespace), from itself, from pods. */
@Tag("kernel")
class HostPortTest {
  private static final String OURS = "203.0.113.1";
  private static final String THEIRS = "203.0.113.2";
  private static final String LINK = "hwtest1";
  private static final Duration SOON = Duration.ofSeconds(60);

  private static TestNode node;
  private static Process neighbour;

  @BeforeAll
  static void makeNeighbour() throws Exception {
    node = TestNode.open();
    neighbour = new ProcessBuilder("unshare", "-n", "sleep", "600").start();
    Path theirs = Path.of("/proc/" + neighbour.pid() + "/ns/net");
    Path ours = Path.of("/proc/self/ns/net");
    await()
        .atMost(SOON)
        .until(() -> !Files.readSymbolicLink(theirs).equals(Files.readSymbolicLink(ours)));
    ip("link add " + LINK + " type veth peer name eth0 netns " + neighbour.pid());
    ip("addr add " + OURS + "/24 dev " + LINK);
    ip("link set " + LINK + " up");
    inside("ip addr add " + THEIRS + "/24 dev eth0; ip link set eth0 up");
    Files.writeString(Path.of("/proc/sys/net/ipv4/conf/" + LINK + "/forwarding"), "1");
  }

  @AfterAll
  static void removeNeighbour() throws Exception {
    if (neighbour != null) {
      neighbour.destroyForcibly().waitFor();
    }
    TestNode.run(List.of("ip", "link", "del", LINK));
    node.close();
  }

  private static void ip(String arguments) throws IOException {
    assertThat(TestNode.run(List.of(("ip " + arguments).split(" ")))).isEmpty();
  }

  private static String inside(String command) throws IOException {
    return TestNode.run(List.of("nsenter", "-t", "" + neighbour.pid(), "-n", "sh", "-c", command));
  }

  private static String get(String url) {
    return get(url, 30);
  }

  private static String get(String url, int seconds) {
    return "timeout " + seconds + " busybox wget -q -O - http://" + url + " 2>&1 || echo failed";
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static Container serve(String pod, HostPort... ports) {
    node.runtime.createSandbox(new SandboxSpec(pod, pod, false).with(List.of(ports)));
    String script = "mkdir /www; echo " + pod + " > /www/who; httpd -f -p 80 -h /www";
    return node.runtime.start(TestNode.spec(pod, "main", "sh", "-c", script));
  }

  @Test
  void portLeadsIntoThePodFromEverywhereUntilItsEnd() throws Exception {
    int port = freePort();
    Container container = serve("port", new HostPort(port, 80, "TCP"));
    await().atMost(SOON).until(() -> inside(get(OURS + ":" + port + "/who", 3)).equals("port\n"));
    for (String address : List.of("127.0.0.1", OURS)) {
      assertThat(TestNode.run(List.of("sh", "-c", get(address + ":" + port + "/who"))))
          .as(address)
          .isEqualTo("port\n");
    }
    String gateway = node.runtime.sandbox("port").orElseThrow().ip().replaceAll("\\d+$", "1");
    String url = "http://" + gateway + ":" + port + "/who";
    ExecSpec itself = new ExecSpec(List.of("wget", "-q", "-O", "-", url), false, false);
    try (ExecSession session = container.exec(itself)) {
      assertThat(session.stdout().readAllBytes()).asString().isEqualTo("port\n");
    }
    assertThat(node.output(TestNode.spec("other", "main", "wget", "-q", "-O", "-", url)))
        .isEqualTo("port\n");
    node.runtime.removeSandbox("port");
    assertThat(inside(get(OURS + ":" + port + "/who", 3))).contains("failed");
    node.runtime.removeSandbox("other");
  }

  @Test
  void podsNetworkIsOtherwiseClosedAndLoopbackIsTheMachines() throws Exception {
    int port = freePort();
    Container container = serve("closed", new HostPort(port, 80, "TCP"));
    String ip = node.runtime.sandbox("closed").orElseThrow().ip();
    inside("ip route add 10.231.0.0/16 via " + OURS);
    await().atMost(SOON).until(() -> inside(get(OURS + ":" + port + "/who", 3)).equals("closed\n"));
    assertThat(inside(get(ip + ":80/who", 3))).isEqualTo("failed\n");
    assertThat(TestNode.run(List.of("nft", "list", "table", "ip", bridge())))
        .contains("ip daddr 127.0.0.0/8 drop");
    TestNode.await(container.stop(Duration.ZERO));
    node.runtime.removeSandbox("closed");
  }

  private static String bridge() {
    return io.hawser.runtime.network.PodNetwork.bridgeName(node.config.nodeName());
  }

  @Test
  void takenPortIsRefusedByNameAndNothingIsLeft() throws Exception {
    int port = freePort();
    serve("first", new HostPort(port, 80, "TCP"));
    assertThatThrownBy(() -> serve("second", new HostPort(port, 81, "TCP")))
        .isInstanceOf(RuntimeFault.class)
        .hasMessageContaining("host port " + port + "/TCP is taken by pod first");
    assertThat(node.runtime.sandbox("second")).isEmpty();
    node.runtime.removeSandbox("first");
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress("0.0.0.0", port));
      assertThatThrownBy(() -> serve("third", new HostPort(port, 80, "TCP")))
          .hasMessageContaining("host port " + port + "/TCP is in use on this machine");
    }
    serve("fourth", new HostPort(port, 80, "TCP"));
    node.runtime.removeSandbox("fourth");
  }

  @Test
  void portsAndAddressSurviveARestartOfTheAgent() throws Exception {
    int port = freePort();
    serve("survivor", new HostPort(port, 80, "TCP"));
    String ip = node.runtime.sandbox("survivor").orElseThrow().ip();
    node.runtime.close();
    node.runtime = ContainerRuntime.open(node.config);
    assertThat(node.runtime.recover()).extracting(r -> r.sandbox().ip()).contains(ip);
    await()
        .atMost(SOON)
        .until(() -> inside(get(OURS + ":" + port + "/who", 3)).equals("survivor\n"));
    assertThatThrownBy(() -> serve("thief", new HostPort(port, 80, "TCP")))
        .hasMessageContaining("is taken by pod survivor");
    node.runtime.removeSandbox("survivor");
  }
}
