package io.hawser.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.ops.node.NodeCommand;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommandsTest {
  @TempDir Path dir;

  @Test
  void everyCommandOfTheHelpIsFoundAloneExceptTheOneThatNeedsAll() {
    Set<String> names = Hawser.commandLine(Result.streams(dir)).getSubcommands().keySet();
    assertThat(names).contains("up", "node", "oci", "completion").hasSameSizeAs(Commands.all());
    assertThat(names)
        .allSatisfy(
            name ->
                assertThat(Commands.needed(name, "--help"))
                    .hasSize(name.equals("completion") ? names.size() : 1));
    assertThat(Commands.needed("node")).containsExactly(NodeCommand.class);
  }

  @Test
  void whatNamesNoCommandFirstNeedsAll() {
    assertThat(Commands.needed()).isEqualTo(Commands.all());
    assertThat(Commands.needed("--dir", "/tmp", "up")).isEqualTo(Commands.all());
    assertThat(Commands.needed("ups")).isEqualTo(Commands.all());
  }
}
