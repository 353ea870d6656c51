package io.hawser.gateway.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class DocumentsTest {
  @Test
  void yamlAndJsonOfOneObjectAreTheSame() throws Exception {
    JsonNode yaml =
        yaml("a: 1\nb: [true, no, ~, 1.5, '1', 0x10, 0o7, 2026-01-01]\nc: {d: \"x\\ny\"}\n");
    assertThat(yaml)
        .isEqualTo(
            json(
                "{\"a\":1,\"b\":[true,false,null,1.5,\"1\",16,\"0o7\",\"2026-01-01\"],"
                    + "\"c\":{\"d\":\"x\\ny\"}}"));
  }

  @Test
  void aYamlBombIsRefused() {
    StringBuilder bomb = new StringBuilder("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for (int i = 1; i < 10; i++) {
      bomb.append("a%d: &a%d [".formatted(i, i));
      bomb.append("*a%d,".formatted(i - 1).repeat(10)).append("]\n");
    }
    assertThatThrownBy(() -> yaml(bomb.toString()))
        .isInstanceOf(StatusError.class)
        .hasMessageContaining("more than 50000 values");
  }

  @Test
  void anAliasWithinReasonIsUnfolded() {
    assertThat(yaml("a: &x {b: 1}\nc: *x\n").at("/c/b").asInt()).isEqualTo(1);
  }

  @Test
  void anAliasOfItselfIsRefused() {
    assertThatThrownBy(() -> yaml("a: &x [*x]\n")).isInstanceOf(StatusError.class);
  }

  @Test
  void deepNestingIsRefused() {
    assertThatThrownBy(() -> yaml("[".repeat(5_000)))
        .isInstanceOf(StatusError.class)
        .extracting(e -> ((StatusError) e).code())
        .isEqualTo(400);
    assertThatThrownBy(() -> json("[".repeat(5_000) + "]".repeat(5_000)))
        .isInstanceOf(StatusError.class)
        .hasMessageContaining("64");
  }

  @Test
  void brokenUtf8IsRefused() {
    byte[] broken = {'a', ':', ' ', (byte) 0xc3, (byte) 0x28};
    assertThatThrownBy(() -> Documents.parseYaml(broken)).hasMessageContaining("UTF-8");
    assertThatThrownBy(() -> Documents.parseJson(broken)).hasMessageContaining("UTF-8");
  }

  @Test
  void duplicateKeysAreRefused() {
    assertThatThrownBy(() -> yaml("a: 1\na: 2\n")).hasMessageContaining("duplicate key \"a\"");
    assertThatThrownBy(() -> json("{\"a\":1,\"a\":2}")).hasMessageContaining("Duplicate field 'a'");
  }

  @Test
  void oneDocumentPerBody() {
    assertThatThrownBy(() -> yaml("a: 1\n---\nb: 2\n")).hasMessageContaining("more than one");
    assertThatThrownBy(() -> json("{} {}")).isInstanceOf(StatusError.class);
    assertThatThrownBy(() -> json("")).hasMessageContaining("empty");
    assertThatThrownBy(() -> yaml("")).hasMessageContaining("empty");
  }

  @Test
  void whatIsNoObjectIsNamed() {
    assertThatThrownBy(() -> Documents.requireObject(yaml("- a\n")))
        .hasMessageContaining("expected an object, got a list");
  }

  @Test
  void aSyntaxErrorSaysWhere() {
    assertThatThrownBy(() -> json("{\"a\": }")).hasMessageContaining("line 1");
    assertThatThrownBy(() -> yaml("a: [\nb: {")).hasMessageContaining("line");
  }

  @Test
  void anEndlessNumberIsNotReadAsOne() {
    String digits = "9".repeat(1_000_000);
    assertThat(yaml("a: " + digits).path("a").isNumber()).as("YAML reads a text").isFalse();
    assertThatThrownBy(() -> json("{\"a\": " + digits + "}")).isInstanceOf(StatusError.class);
  }

  @Test
  void whatYamlReadsInBase60StaysText() {
    assertThat(yaml("a: 22:22\nb: 12:30:45\nc: -1:30.5\nd: 22\n").toString())
        .isEqualTo("{\"a\":\"22:22\",\"b\":\"12:30:45\",\"c\":\"-1:30.5\",\"d\":22}");
  }

  @Test
  void tagsThatBuildObjectsAreRefused() {
    assertThatThrownBy(() -> yaml("a: !!java.net.URL [\"http://x\"]\n"))
        .isInstanceOf(StatusError.class);
  }

  private static JsonNode yaml(String text) {
    return Documents.parseYaml(text.getBytes(StandardCharsets.UTF_8));
  }

  private static JsonNode json(String text) {
    return Documents.parseJson(text.getBytes(StandardCharsets.UTF_8));
  }
}
