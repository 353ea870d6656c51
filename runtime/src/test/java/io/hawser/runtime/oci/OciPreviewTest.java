package io.hawser.runtime.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.runtime.kernel.Arch;
import io.hawser.runtime.launch.LaunchPlan;
import io.hawser.runtime.launch.OciPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OciPreviewTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path bundle;
  private ObjectNode config;

  @BeforeEach
  void readConfig() throws IOException {
    Files.createDirectory(bundle.resolve("rootfs"));
    config = (ObjectNode) JSON.readTree(OciPreviewTest.class.getResourceAsStream("config.json"));
    ((ObjectNode) config.get("process")).putArray("args").add("/bin/true");
  }

  private LaunchPlan preview() throws IOException {
    JSON.writeValue(bundle.resolve("config.json").toFile(), config);
    return OciPlan.of(OciPreview.of(bundle, bundle.resolve("state")), Arch.AMD64);
  }

  @Test
  void previewOfABundleEndsWithItsProgramAndCanBeEncoded() throws IOException {
    LaunchPlan plan = preview();
    assertThat(plan.calls().get(plan.calls().size() - 1).label()).isEqualTo("execve(/bin/true)");
    assertThat(plan.encode(Arch.AMD64)).isNotEmpty();
    assertThat(bundle.resolve("state")).doesNotExist();
  }

  @Test
  void usersThatAreMadeBeforeALaunchAreRefusedByField() throws IOException {
    config.withObject("linux").withArray("namespaces").addObject().put("type", "user");
    assertThatThrownBy(this::preview)
        .isInstanceOf(OciFault.class)
        .hasMessageStartingWith("linux.namespaces: ");
  }
}
