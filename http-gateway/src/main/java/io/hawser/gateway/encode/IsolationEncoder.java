package io.hawser.gateway.encode;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.model.PodIsolation;
import java.util.TreeMap;

/** Writes what a pod shares with its machine, into its spec and its security context. */
final class IsolationEncoder {
  private IsolationEncoder() {}

  static void encode(ObjectNode spec, ObjectNode security, PodIsolation isolation) {
    isolation.hostUsers().ifPresent(yes -> spec.put("hostUsers", yes));
    if (isolation.hostPid()) {
      spec.put("hostPID", true);
    }
    if (isolation.hostIpc()) {
      spec.put("hostIPC", true);
    }
    if (isolation.shareProcesses()) {
      spec.put("shareProcessNamespace", true);
    }
    isolation.fsGroup().ifPresent(id -> security.put("fsGroup", id));
    if (!isolation.supplementalGroups().isEmpty()) {
      ArrayNode groups = security.putArray("supplementalGroups");
      isolation.supplementalGroups().forEach(groups::add);
    }
    if (!isolation.sysctls().isEmpty()) {
      ArrayNode sysctls = security.putArray("sysctls");
      new TreeMap<>(isolation.sysctls())
          .forEach((name, value) -> sysctls.addObject().put("name", name).put("value", value));
    }
  }
}
