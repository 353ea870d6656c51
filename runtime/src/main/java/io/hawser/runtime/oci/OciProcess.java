package io.hawser.runtime.oci;

import com.fasterxml.jackson.databind.JsonNode;
import io.hawser.runtime.Isolation.Rlimit;
import io.hawser.runtime.Isolation.Seccomp;
import io.hawser.runtime.launch.Capability;
import io.hawser.runtime.launch.ProcessSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** {@code process} of a bundle. */
final class OciProcess {
  private OciProcess() {}

  /** In place of a bundle's that has none: it is held back for ever, and could run nothing. */
  static ProcessSpec none(ProcessSpec.OtherNamespaces others) {
    return new ProcessSpec(
        List.of("/"),
        List.of(),
        "/",
        0,
        0,
        List.of(),
        Set.of(),
        true,
        new ProcessSpec.Confinement(null, Seccomp.UNCONFINED, List.of(), null, others));
  }

  static ProcessSpec parse(JsonNode node, JsonNode seccomp, ProcessSpec.OtherNamespaces others) {
    List<String> arguments = OciConfig.texts(node.path("args"));
    if (arguments.isEmpty()) {
      throw new OciFault("process.args: at least one is required");
    }
    String cwd = node.path("cwd").asText("");
    if (!cwd.startsWith("/")) {
      throw new OciFault("process.cwd: expected an absolute path, got \"" + cwd + "\"");
    }
    List<Long> groups = new ArrayList<>();
    node.path("user").path("additionalGids").forEach(gid -> groups.add(id(gid)));
    Set<Capability> bounding =
        Capability.named(Set.copyOf(OciConfig.texts(node.path("capabilities").path("bounding"))));
    return new ProcessSpec(
        arguments,
        OciConfig.texts(node.path("env")),
        cwd,
        id(node.path("user").path("uid")),
        id(node.path("user").path("gid")),
        groups,
        bounding,
        node.path("noNewPrivileges").asBoolean(),
        confinement(node, seccomp, others));
  }

  /** Nothing else may become root's. */
  private static long id(JsonNode node) {
    if (!node.isMissingNode() && !node.canConvertToLong()) {
      throw new OciFault("process.user: expected numbers, got " + node);
    }
    return node.asLong();
  }

  private static ProcessSpec.Confinement confinement(
      JsonNode node, JsonNode seccomp, ProcessSpec.OtherNamespaces others) {
    JsonNode sets = node.path("capabilities");
    List<Rlimit> rlimits = new ArrayList<>();
    for (JsonNode limit : node.path("rlimits")) {
      rlimits.add(
          new Rlimit(
              limit.path("type").asText(),
              limit.path("soft").bigIntegerValue().longValue(),
              limit.path("hard").bigIntegerValue().longValue()));
    }
    JsonNode score = node.path("oomScoreAdj");
    return new ProcessSpec.Confinement(
        new ProcessSpec.CapabilityMasks(
            mask(sets, "bounding"),
            mask(sets, "effective"),
            mask(sets, "inheritable"),
            mask(sets, "permitted"),
            // Others can't be raised; bundles that ask for them run elsewhere all the same.
            mask(sets, "ambient") & mask(sets, "inheritable") & mask(sets, "permitted")),
        seccomp.isObject() ? Seccomp.of(seccomp.toString()) : Seccomp.UNCONFINED,
        rlimits,
        score.isNumber() ? Integer.valueOf(score.asInt()) : null,
        others);
  }

  private static long mask(JsonNode sets, String name) {
    return Capability.bits(Set.copyOf(OciConfig.texts(sets.path(name))));
  }
}
