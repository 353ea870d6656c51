package io.hawser.ops.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WebExampleTest {
  @TempDir Path dir;

  @Test
  void theExampleIsADeploymentOfSixThatTheDemoKnows() {
    List<JsonNode> manifests = WebExample.manifests();
    assertThat(manifests).hasSize(1);
    JsonNode web = manifests.get(0);
    assertThat(web.path("kind").asText()).isEqualTo("Deployment");
    assertThat(web.at("/metadata/name").asText()).isEqualTo(WebExample.NAME);
    assertThat(web.at("/spec/replicas").asInt()).isEqualTo(6);
    JsonNode container = web.at("/spec/template/spec/containers/0");
    assertThat(container.path("image").asText()).isEqualTo(DemoImage.REFERENCE);
    assertThat(container.at("/ports/0/containerPort").asInt()).isEqualTo(WebExample.PORT);
    assertThat(container.path("readinessProbe").isObject()).isTrue();
    assertThat(container.at("/resources/limits").size()).isEqualTo(2);
  }

  @Test
  void onlyAProgramWithoutALoaderIsStatic() throws Exception {
    assertThat(DemoImage.isStatic(Path.of(System.getProperty("java.home"), "bin", "java")))
        .isFalse();
    Path script = dir.resolve("script");
    Files.writeString(script, "#!/bin/sh\n");
    assertThat(DemoImage.isStatic(script)).isFalse();
    assertThat(DemoImage.isStatic(dir.resolve("missing"))).isFalse();
  }
}
