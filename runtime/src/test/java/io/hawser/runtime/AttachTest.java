package io.hawser.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("kernel")
class AttachTest {
  private static TestNode node;

  @BeforeAll
  static void open() {
    node = TestNode.open();
  }

  @AfterAll
  static void close() {
    node.close();
  }

  private static Container start(String pod, ContainerSpec.Stdin stdin, String... command) {
    node.sandbox(pod);
    return node.runtime.start(TestNode.spec(pod, "main", command).with(stdin));
  }

  private static void type(ExecSession session, String text) throws Exception {
    session.stdin().write(text.getBytes(StandardCharsets.UTF_8));
    session.stdin().flush();
  }

  private static String readUntil(InputStream in, String end) throws Exception {
    StringBuilder text = new StringBuilder();
    byte[] piece = new byte[1024];
    while (text.indexOf(end) < 0) {
      int count = in.read(piece);
      if (count < 0) {
        break;
      }
      text.append(new String(piece, 0, count, StandardCharsets.UTF_8));
    }
    return text.toString();
  }

  @Test
  void inputReachesTheFirstProcessAndItsOutputComesBackAndIsLogged() throws Exception {
    Container container = start("attach", ContainerSpec.Stdin.OPEN, "cat");
    try (ExecSession session = container.attach(true)) {
      type(session, "one\n");
      assertThat(readUntil(session.stdout(), "\n")).isEqualTo("one\n");
    }
    try (ExecSession again = container.attach(true)) { // the first one's going ended nothing
      type(again, "two\n");
      assertThat(readUntil(again.stdout(), "\n")).isEqualTo("two\n");
    }
    assertThat(container.exit().toCompletableFuture()).isNotDone();
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(TestNode.log(container)).isEqualTo("one\ntwo\n"));
    TestNode.await(container.stop(Duration.ZERO));
  }

  @Test
  void inputThatIsForOneEndsWithIt() throws Exception {
    Container container = start("once", ContainerSpec.Stdin.ONCE, "sh", "-c", "cat; exit 6");
    try (ExecSession session = container.attach(true)) {
      type(session, "all\n");
      session.stdin().close();
      assertThat(readUntil(session.stdout(), "never")).isEqualTo("all\n");
      assertThat(TestNode.await(session.exit()).code()).isEqualTo(6);
    }
  }

  @Test
  void severalListenersGetTheSameAndStderrIsApart() throws Exception {
    Container container =
        start("listen", ContainerSpec.Stdin.OPEN, "sh", "-c", "read x; echo $x; echo $x-err >&2");
    try (ExecSession one = container.attach(false);
        ExecSession two = container.attach(true)) {
      type(two, "hi\n");
      assertThat(readUntil(one.stdout(), "never")).isEqualTo("hi\n");
      assertThat(readUntil(two.stdout(), "never")).isEqualTo("hi\n");
      assertThat(readUntil(one.stderr(), "never")).isEqualTo("hi-err\n");
    }
  }

  @Test
  void terminalIsAttachedWithSizeAndKeys() throws Exception {
    node.sandbox("tty");
    Container container = node.runtime.start(TestNode.withTty(TestNode.spec("tty", "main", "sh")));
    try (ExecSession session = container.attach(true)) {
      session.resize(91, 33);
      type(session, "stty size; exit 4\n");
      assertThat(readUntil(session.stdout(), "never")).contains("33 91");
      assertThat(TestNode.await(session.exit()).code()).isEqualTo(4);
    }
  }

  @Test
  void whatCanNotBeAttachedSaysWhy() {
    Container deaf = start("deaf", ContainerSpec.Stdin.NONE, "sleep", "1000");
    assertThatThrownBy(() -> deaf.attach(true))
        .hasMessageContaining("was started without a standard input");
    TestNode.await(deaf.stop(Duration.ZERO));
    assertThatThrownBy(() -> deaf.attach(false)).hasMessageContaining("is not running");
  }

  @Test
  void listenerThatDoesNotReadIsLetGoAndHoldsNobody() throws Exception {
    Container container =
        start("lazy", ContainerSpec.Stdin.OPEN, "sh", "-c", "read x; head -c 9000000 /dev/zero");
    try (ExecSession lazy = container.attach(true)) {
      type(lazy, "go\n");
      assertThat(TestNode.await(container.exit()).code()).isZero();
      assertThat(lazy.stdout().readAllBytes().length).isLessThan(9_000_000);
      assertThat(((io.hawser.runtime.log.OutputTap) lazy.stdout()).isOverrun()).isTrue();
    }
  }
}
