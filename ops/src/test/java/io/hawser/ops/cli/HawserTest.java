package io.hawser.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class HawserTest {
  @TempDir Path dir;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "frob",
        "get",
        "get pods --bogus",
        "get pods -o bogus",
        "get pod a/b/c",
        "get pods,nodes -w",
        "scale deployment/web",
        "scale deployment/web --replicas=-1",
        "scale deployment/web --replicas=x",
        "scale pod/web --replicas=1",
        "logs web --since=abc",
        "logs web --tail=-1",
        "delete",
        "delete pods",
        "up --nodes 0",
        "up --nodes 99",
        "drill",
        "drill node-kill",
        "rollout status pod/x",
        "describe pods",
        "events --for x",
        "completion fish",
        "get pods --server nonsense",
        "image import a . --env novalue",
        "exec web",
      })
  void wrongUsageIsOneSentenceAndExitCode2(String arguments) {
    Result result = Result.of(dir, arguments.isEmpty() ? new String[0] : arguments.split(" "));
    assertThat(result.code()).as(result.err()).isEqualTo(2);
    assertThat(result.err().lines()).hasSize(1);
    assertThat(result.err()).startsWith("hawser").contains("--help");
    assertThat(result.out()).isEmpty();
  }

  @Test
  void everyCommandHasHelpAndADescription() {
    CommandLine root = Hawser.commandLine(Result.streams(dir));
    assertHelp(root);
  }

  private static void assertHelp(CommandLine command) {
    String name = command.getCommandSpec().qualifiedName();
    assertThat(command.getCommandSpec().usageMessage().description()).as(name).isNotEmpty();
    assertThat(command.getCommandSpec().optionsMap()).as(name).containsKey("--help");
    command.getSubcommands().values().forEach(HawserTest::assertHelp);
  }

  @Test
  void helpIsNoFailure() {
    Result result = Result.of(dir, "drill", "node-kill", "--help");
    assertThat(result.code()).isZero();
    assertThat(result.out()).contains("Usage: hawser drill node-kill");
  }

  @Test
  void withoutAClusterItSaysHowToGetOne() {
    Result result = Result.of(dir, "get", "pods");
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err()).contains("hawser up").contains(dir.toString());
  }

  @Test
  void anAddressThatIsNoneIsNamedAndNothingIsMade() {
    Path own = dir.resolve("node");
    Result result =
        Result.of(dir, "node", "--name", "a", "--dir", own.toString(), "--listen", "10.0.0.300");
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err()).contains("--listen: expected an address").contains("10.0.0.300");
    assertThat(own).doesNotExist();
  }

  @Test
  void aGatewayThatIsDownIsOneSentence() {
    Result result = Result.of(dir, "get", "pods", "--server", "http://127.0.0.1:1");
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err().lines()).hasSize(1);
    assertThat(result.err()).contains("http://127.0.0.1:1").contains("connection refused");
  }

  @Test
  void aDamagedClusterFileIsNamed() throws Exception {
    Files.writeString(dir.resolve("cluster.json"), "{\"token\":");
    Result result = Result.of(dir, "get", "pods");
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err().lines()).hasSize(1);
    assertThat(result.err()).contains("cluster.json is damaged");
  }

  @Test
  void completionCoversSubcommands() {
    assertThat(Result.of(dir, "completion", "bash").out()).contains("node-kill");
    assertThat(Result.of(dir, "completion", "zsh").out()).contains("bashcompinit");
  }
}
