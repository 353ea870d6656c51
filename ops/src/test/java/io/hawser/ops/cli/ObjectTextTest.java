package io.hawser.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ObjectTextTest {
  private static List<String> lines(String json) throws Exception {
    List<String> lines = new ArrayList<>();
    new ObjectText(lines::add).print(new ObjectMapper().readTree(json));
    return lines;
  }

  @Test
  void aSecretsValuesAreNotShown() throws Exception {
    List<String> lines =
        lines(
            """
            {"kind": "Secret", "metadata": {"name": "s", "annotations": {
              "kubectl.kubernetes.io/last-applied-configuration": "{}"}},
             "data": {"pw": "aHVudGVyMg=="}, "type": "Opaque"}
            """);
    assertThat(String.join("\n", lines)).doesNotContain("aHVudGVyMg", "hunter2", "Annotations");
    assertThat(lines).contains("Data:", "  pw:                   7 bytes");
  }

  @Test
  void keysThatUsersChoseStayAsTheyAre() throws Exception {
    assertThat(
            lines(
                """
                {"kind": "ConfigMap", "metadata": {"name": "c", "labels": {"appName": "x"}},
                 "data": {"logLevel": "debug"}}
                """))
        .contains("  appName:              x", "  logLevel:             debug");
  }
}
