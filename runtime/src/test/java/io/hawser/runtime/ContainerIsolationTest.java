package io.hawser.runtime;

import static org.assertj.core.api.Assertions.assertThat;

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
}
