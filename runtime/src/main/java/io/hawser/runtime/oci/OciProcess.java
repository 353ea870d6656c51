package io.hawser.runtime.oci;

import com.fasterxml.jackson.databind.JsonNode;
import io.hawser.runtime.launch.Capability;
import io.hawser.runtime.launch.ProcessSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** {@code process} of a bundle. */
final class OciProcess {
  private OciProcess() {}

  static ProcessSpec parse(JsonNode node, JsonNode seccomp) {
    List<String> arguments = OciConfig.texts(node.path("args"));
    if (arguments.isEmpty()) {
      throw new OciFault("process.args: at least one is required");
    }
    String cwd = node.path("cwd").asText("");
    if (!cwd.startsWith("/")) {
      throw new OciFault("process.cwd: expected an absolute path, got \"" + cwd + "\"");
    }
    List<Long> groups = new ArrayList<>();
    node.path("user").path("additionalGids").forEach(gid -> groups.add(gid.asLong()));
    Set<Capability> bounding =
        Capability.named(OciConfig.texts(node.path("capabilities").path("bounding")));
    return new ProcessSpec(
        arguments,
        OciConfig.texts(node.path("env")),
        cwd,
        node.path("user").path("uid").asLong(),
        node.path("user").path("gid").asLong(),
        groups,
        bounding,
        node.path("noNewPrivileges").asBoolean());
  }
}
