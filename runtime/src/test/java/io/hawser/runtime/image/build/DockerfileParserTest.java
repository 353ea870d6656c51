package io.hawser.runtime.image.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hawser.runtime.image.build.Instruction.Keyword;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DockerfileParserTest {
  private static List<Instruction> parse(String... lines) {
    return DockerfileParser.parse("Dockerfile", String.join("\n", lines));
  }

  @Test
  void linesAreJoinedAndCommentsDropped() {
    List<Instruction> instructions =
        parse(
            "# a comment",
            "",
            "from alpine",
            "RUN a && \\",
            "  # between",
            "",
            "  b \\  ",
            "  c",
            "CMD x");
    assertThat(instructions)
        .extracting(Instruction::keyword)
        .containsExactly(Keyword.FROM, Keyword.RUN, Keyword.CMD);
    assertThat(instructions.get(1).text()).isEqualTo("a &&   b   c");
    assertThat(instructions).extracting(Instruction::line).containsExactly(3, 4, 9);
  }

  @Test
  void escapeDirectiveChangesTheContinuation() {
    List<Instruction> instructions = parse("# escape=`", "FROM x", "RUN dir c:\\ `", "  more");
    assertThat(instructions.get(1).text()).isEqualTo("dir c:\\   more");
    assertThatThrownBy(() -> parse("# escape=x", "FROM a"))
        .hasMessageContaining("Dockerfile:1: the escape character is 'x'");
  }

  @Test
  void directiveAfterAnythingElseIsAComment() {
    assertThat(parse("# just words", "# escape=`", "FROM x", "RUN a \\", "b").get(1).text())
        .isEqualTo("a b");
  }

  @Test
  void flagsStandBeforeTheArguments() {
    Instruction copy = parse("COPY --from=build --chown=1:2 a --chmod=7 b").get(0);
    assertThat(copy.flags())
        .containsExactly(
            new Instruction.Flag("from", "build"), new Instruction.Flag("chown", "1:2"));
    assertThat(copy.text()).isEqualTo("a --chmod=7 b");
  }

  @Test
  void hereDocumentsAreTakenAsTheyStand() {
    List<Instruction> instructions =
        parse(
            "COPY <<a.txt <<-\"B\" /d/",
            "# no comment",
            "a.txt ",
            "a.txt",
            "\tindented",
            "\tB",
            "RUN cat <<EOF | tr a b",
            "x\\",
            "EOF",
            "RUN echo $((1<<2)) '<<no'");
    assertThat(instructions.get(0).heredocs())
        .containsExactly(
            new Instruction.Heredoc("<<a.txt", "a.txt", true, "# no comment\na.txt \n"),
            new Instruction.Heredoc("<<-\"B\"", "B", false, "indented\n"));
    assertThat(instructions.get(1).heredocs().get(0).content()).isEqualTo("x\\\n");
    assertThat(instructions.get(2).heredocs()).isEmpty();
    assertThatThrownBy(() -> parse("FROM a", "RUN <<EOF", "x"))
        .hasMessageContaining("Dockerfile:2: the here-document 'EOF' has no end");
  }

  @ParameterizedTest
  @CsvSource({
    "FRUM x, unknown instruction 'FRUM'; expected one of FROM",
    "ONBUILD RUN x, ONBUILD is not supported",
    "FROM, FROM needs arguments",
  })
  void wrongInstructionsNameFileAndLine(String line, String message) {
    assertThatThrownBy(() -> parse("# c", line)).hasMessageContaining("Dockerfile:2: " + message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "$A|va",
        "${A}b|vab",
        "$AB-|-",
        "${AB:-x}|x",
        "${E:-x}|x",
        "${E-x}|^^",
        "${A:+y}|y",
        "${E:+y}|^^",
        "${E+y}|y",
        "${N:-${A}}|va",
        "\\$A|$A",
        "'$A'|$A",
        "'\"$A\"'|\"$A\"",
        "\"$A b\"|va b",
        "a\\ b|a b",
        "$|$",
        "${A:?no}|va",
        "\"a\\nb\"|a\\nb"
      })
  void variablesAreExpandedAsTheReferenceSays(String word, String expanded) {
    Instruction env = parse("ENV x=y").get(0);
    Map<String, String> variables = Map.of("A", "va", "E", "");
    assertThat(ShellWords.expand(env, word, variables::get)).isEqualTo(expanded);
  }

  @Test
  void wrongVariablesNameTheLine() {
    Instruction env = parse("# c", "ENV x=y").get(0);
    assertThatThrownBy(() -> ShellWords.expand(env, "${A:?is needed}", n -> null))
        .hasMessageContaining("Dockerfile:2: A: is needed");
    assertThatThrownBy(() -> ShellWords.expand(env, "${A", n -> null))
        .hasMessageContaining("no closing brace");
    assertThatThrownBy(() -> ShellWords.expand(env, "${A%%x}", n -> "v"))
        .hasMessageContaining("is not supported");
    assertThatThrownBy(() -> ShellWords.split(env, "a 'b"))
        .hasMessageContaining("quote ' is not closed");
  }

  @Test
  void ignoreFileFollowsDockersRules() {
    DockerIgnore ignore =
        DockerIgnore.parse(
            ".dockerignore",
            "# comment\n\n*.md\n!README.md\n/build/\n**/*.log\nsrc/**/tmp\na?c\n[x-z]1\n");
    assertThat(
            List.of(
                "CHANGES.md",
                "build",
                "build/a/b",
                "deep/er/x.log",
                "x.log",
                "src/a/b/tmp",
                "src/tmp/f",
                "abc",
                "y1"))
        .allMatch(ignore::ignores);
    assertThat(List.of("README.md", "docs/a.md", "src/build", "abbc", "w1", "src/tmpfile"))
        .noneMatch(ignore::ignores);
  }
}
