package io.hawser.runtime.oci;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.runtime.launch.Capability;
import java.util.Arrays;

/** What {@code features} prints (OCI runtime specification 1.1, features.md). */
final class OciFeatures {
  private OciFeatures() {}

  static ObjectNode json() {
    ObjectNode features = OciConfig.JSON.createObjectNode();
    features.put("ociVersionMin", "1.0.0");
    features.put("ociVersionMax", "1.1.0");
    var hooks = features.putArray("hooks");
    OciHooks.KINDS.forEach(hooks::add);
    OciMounts.options().forEach(features.putArray("mountOptions")::add);
    ObjectNode linux = features.putObject("linux");
    OciConfig.namespaceTypes().stream().sorted().forEach(linux.putArray("namespaces")::add);
    var capabilities = linux.putArray("capabilities");
    Arrays.stream(Capability.values()).map(c -> "CAP_" + c).forEach(capabilities::add);
    ObjectNode cgroup = linux.putObject("cgroup");
    cgroup.put("v1", true).put("v2", true);
    cgroup.put("systemd", false).put("systemdUser", false).put("rdma", false);
    linux.putObject("seccomp").put("enabled", true);
    linux.putObject("apparmor").put("enabled", false);
    linux.putObject("selinux").put("enabled", false);
    return features;
  }
}
