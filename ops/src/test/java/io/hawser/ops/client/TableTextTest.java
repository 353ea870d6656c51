package io.hawser.ops.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TableTextTest {
  private static final String COLUMNS =
      """
      "columnDefinitions":[{"name":"Name","type":"string","priority":0},
        {"name":"Ready","type":"string","priority":0},{"name":"IP","type":"string","priority":1}]""";

  private final List<String> lines = new ArrayList<>();

  @Test
  void columnsAreAsWideAsTheirWidestCell() throws Exception {
    new TableText(false, false, lines::add)
        .print(table(row("web-1", "1/1", "10.0.0.2"), row("a", "0/1", "")));
    assertThat(lines).containsExactly("NAME    READY", "web-1   1/1", "a       0/1");
  }

  @Test
  void columnsOfLowPriorityShowOnlyWhenWide() throws Exception {
    new TableText(true, false, lines::add).print(table(row("web-1", "1/1", "10.0.0.2")));
    assertThat(lines).containsExactly("NAME    READY   IP", "web-1   1/1     10.0.0.2");
  }

  @Test
  void namespaceComesFirstWhenAsked() throws Exception {
    new TableText(false, true, lines::add).print(table(row("web-1", "1/1", "")));
    assertThat(lines.get(0)).startsWith("NAMESPACE   NAME");
    assertThat(lines.get(1)).startsWith("default     web-1");
  }

  @Test
  void aWatchPrintsItsHeaderOnce() throws Exception {
    TableText text = new TableText(false, false, lines::add);
    text.print(table());
    assertThat(lines).isEmpty();
    text.print(table(row("web-1", "0/1", "")));
    text.print(table(row("web-1", "1/1", "")));
    assertThat(lines).hasSize(3);
  }

  @Test
  void cellsCanNotMoveTheCursor() throws Exception {
    new TableText(false, false, lines::add).print(table(row("a\\u001b[2Jb\\nc", "", "")));
    assertThat(lines.get(1)).startsWith("a?[2Jb c").endsWith("<none>");
  }

  private static String row(String name, String ready, String ip) {
    return """
        {"cells":["%s","%s","%s"],"object":{"metadata":{"name":"x","namespace":"default"}}}"""
        .formatted(name, ready, ip);
  }

  private static JsonNode table(String... rows) throws Exception {
    return new ObjectMapper()
        .readTree("{" + COLUMNS + ",\"rows\":[" + String.join(",", rows) + "]}");
  }
}
