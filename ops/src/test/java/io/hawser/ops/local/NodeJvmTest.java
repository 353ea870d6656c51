package io.hawser.ops.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NodeJvmTest {
  @Test
  void flagsOfTheUsersComeAfterThoseOfTheDistribution() {
    List<String> command = NodeJvm.command(" -Xmx5g  -Xmn1g ");
    assertThat(command).containsSubsequence("-Xmx256m", "-Xmx5g", "-Xmn1g", "-cp");
  }

  @Test
  void withoutAnyTheCommandIsTheDistributions() {
    assertThat(NodeJvm.command("")).doesNotContain("").contains("-Xmx256m");
  }
}
