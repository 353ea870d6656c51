package io.hawser.ops.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManifestsTest {

  @Test
  void aFileMayHoldSeveralDocuments() {
    assertThat(parse("kind: A\n---\n---\nkind: B\n"))
        .extracting(n -> n.path("kind").asText())
        .containsExactly("A", "B");
  }

  @Test
  void listsAreTakenApart() {
    assertThat(parse("{\"kind\":\"List\",\"items\":[{\"kind\":\"A\"},{\"kind\":\"B\"}]}"))
        .hasSize(2);
  }

  @Test
  void valuesKeepTheirJsonTypes() {
    JsonNode node = parse("a: 1\nb: 1.5\nc: true\nd: '1'\ne: 2026-01-01\nf: null\n").get(0);
    assertThat(node.toString())
        .isEqualTo("{\"a\":1,\"b\":1.5,\"c\":true,\"d\":\"1\",\"e\":\"2026-01-01\",\"f\":null}");
  }

  @Test
  void whatYamlReadsInBase60StaysText() {
    JsonNode node = parse("a: 22:22\nb: 12:30:45\nc: -1:30.5\nd: 22\n").get(0);
    assertThat(node.toString())
        .isEqualTo("{\"a\":\"22:22\",\"b\":\"12:30:45\",\"c\":\"-1:30.5\",\"d\":22}");
  }

  @Test
  void anAliasWithinWhatItNamesIsRefused() {
    assertThatThrownBy(() -> parse("metadata: &m\n  labels: *m\n"))
        .hasMessage("x is nested deeper than 50 levels");
    assertThatThrownBy(() -> parse("a: &l [*l]\n")).hasMessage("x is nested deeper than 50 levels");
  }

  @Test
  void aTagThatJsonDoesNotKnowIsRefused() {
    assertThatThrownBy(() -> parse("a: !!binary Ng==\n"))
        .hasMessage("x holds a value that JSON does not know, of a YAML tag for binary data");
  }

  @Test
  void wrongYamlIsRefusedWithItsPlace() {
    assertThatThrownBy(() -> parse("a: 1\nb: [1,\n"))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining("line 3")
        .hasMessageNotContaining("\n");
  }

  @Test
  void aKeyGivenTwiceIsRefused() {
    assertThatThrownBy(() -> parse("a: 1\na: 2\n")).isInstanceOf(CommandFailure.class);
  }

  @Test
  void aBombOfAliasesIsRefused() {
    StringBuilder bomb = new StringBuilder("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
    for (int i = 1; i < 10; i++) {
      String alias = "*a" + (i - 1);
      bomb.append(
          "a%d: &a%d [%s]\n"
              .formatted(i, i, String.join(",", java.util.Collections.nCopies(9, alias))));
    }
    assertThatThrownBy(() -> parse(bomb.toString())).isInstanceOf(CommandFailure.class);
  }

  @Test
  void fewAliasesThatExpandToMuchAreRefused() {
    StringBuilder bomb = new StringBuilder("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for (int i = 1; i < 6; i++) {
      String alias = "*a" + (i - 1);
      bomb.append(
          "a%d: &a%d [%s]\n"
              .formatted(i, i, String.join(",", java.util.Collections.nCopies(9, alias))));
    }
    assertThatThrownBy(() -> parse(bomb.toString()))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining("values");
  }

  @Test
  void brokenUtf8IsRefused() {
    assertThatThrownBy(() -> Manifests.parse("x", new byte[] {'a', ':', ' ', (byte) 0xff}))
        .hasMessage("x is not valid UTF-8");
  }

  @Test
  void aFileThatIsTooLargeIsRefused() {
    byte[] large = new byte[Manifests.MAX_BYTES + 1];
    assertThatThrownBy(() -> Manifests.read(List.of("-"), new ByteArrayInputStream(large)))
        .hasMessageContaining("larger than");
  }

  @Test
  void aDirectoryGivesItsManifestsByName(@TempDir Path dir) throws Exception {
    Files.writeString(dir.resolve("b.yaml"), "kind: B");
    Files.writeString(dir.resolve("a.json"), "{\"kind\":\"A\"}");
    Files.writeString(dir.resolve("c.txt"), "kind: C");
    assertThat(Manifests.read(List.of(dir.toString()), null))
        .extracting(n -> n.path("kind").asText())
        .containsExactly("A", "B");
  }

  @Test
  void aMissingFileIsNamed() {
    assertThatThrownBy(() -> Manifests.read(List.of("/nowhere/x.yaml"), null))
        .hasMessage("/nowhere/x.yaml can't be read: no such file");
  }

  private static List<JsonNode> parse(String text) {
    return Manifests.parse("x", text.getBytes(StandardCharsets.UTF_8));
  }
}
