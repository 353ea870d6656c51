package io.hawser.gateway.encode;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.wire.Json;
import io.hawser.gateway.wire.Quantity;
import io.hawser.model.PodSpec;
import io.hawser.model.Toleration;
import java.util.List;
import java.util.Optional;

/** Writes a {@code core/v1 PodSpec} with the defaults a client expects to see. */
final class PodSpecEncoder {
  private PodSpecEncoder() {}

  /**
   * @param nodeName where the pod was placed, or what its template asks for
   */
  static ObjectNode encode(PodSpec spec, Optional<String> nodeName) {
    ObjectNode node = Json.object();
    volumes(node, spec.volumes());
    if (!spec.initContainers().isEmpty()) {
      ArrayNode inits = node.putArray("initContainers");
      spec.initContainers().forEach(c -> inits.add(ContainerEncoder.encode(c)));
    }
    ArrayNode containers = node.putArray("containers");
    spec.containers().forEach(c -> containers.add(ContainerEncoder.encode(c)));
    node.put("restartPolicy", Words.camel(spec.restartPolicy()));
    node.put("terminationGracePeriodSeconds", spec.terminationGracePeriodSeconds());
    node.put("dnsPolicy", "ClusterFirst");
    Json.putIfSet(node, "nodeSelector", spec.nodeSelector());
    Json.putIfSet(node, "nodeName", nodeName);
    if (spec.hostNetwork()) {
      node.put("hostNetwork", true);
    }
    ObjectNode security = ContainerEncoder.security(spec.securityContext());
    IsolationEncoder.encode(node, security, spec.isolation());
    node.set("securityContext", security);
    Json.putIfSet(node, "hostname", spec.hostname());
    node.put("schedulerName", "default-scheduler");
    tolerations(node, spec.tolerations());
    SchedulingEncoder.encode(node, spec.scheduling());
    spec.runtimeClassName().ifPresent(name -> node.put("runtimeClassName", name));
    spec.overhead().ifPresent(overhead -> node.set("overhead", ResourceEncoder.encode(overhead)));
    if (!spec.imagePullSecrets().isEmpty()) {
      ArrayNode secrets = node.putArray("imagePullSecrets");
      spec.imagePullSecrets().forEach(name -> secrets.addObject().put("name", name));
    }
    return node;
  }

  private static void volumes(ObjectNode node, List<PodSpec.Volume> volumes) {
    if (volumes.isEmpty()) {
      return;
    }
    ArrayNode list = node.putArray("volumes");
    for (PodSpec.Volume volume : volumes) {
      ObjectNode child = list.addObject().put("name", volume.name());
      volume
          .emptyDir()
          .ifPresent(
              dir -> {
                ObjectNode empty = child.putObject("emptyDir");
                Json.putIfSet(empty, "medium", dir.medium());
                if (dir.sizeLimitBytes() > 0) {
                  empty.put("sizeLimit", Quantity.bytes(dir.sizeLimitBytes()));
                }
              });
      volume.claim().ifPresent(claim -> VolumeEncoder.source(claim, child));
      volume.files().ifPresent(files -> ConfigSourceEncoder.volume(files, child));
      volume
          .hostPath()
          .ifPresent(
              path ->
                  child.putObject("hostPath").put("path", path.path()).put("type", path.type()));
    }
  }

  static void tolerations(ObjectNode node, List<Toleration> tolerations) {
    if (tolerations.isEmpty()) {
      return;
    }
    ArrayNode list = node.putArray("tolerations");
    for (Toleration toleration : tolerations) {
      ObjectNode child = list.addObject();
      Json.putIfSet(child, "key", toleration.key());
      child.put("operator", toleration.exists() ? "Exists" : "Equal");
      Json.putIfSet(child, "value", toleration.value());
      Json.putIfSet(child, "effect", toleration.effect().map(Words::camel));
      toleration.tolerationSeconds().ifPresent(s -> child.put("tolerationSeconds", s));
    }
  }
}
