package io.hawser.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.cluster.protocol.NodeProtocol.LaunchCall;
import io.hawser.gateway.decode.PodDecoder;
import io.hawser.gateway.decode.Target;
import io.hawser.gateway.wire.StatusError;
import io.hawser.model.ObjectName;
import io.hawser.node.PodPreview;
import io.hawser.ops.client.CommandFailure;
import java.nio.file.Path;
import java.util.Optional;

/** The launches of a manifest's pods on this machine, in the form in which a gateway tells them. */
final class ManifestLaunches {
  private final Path images;
  private final String namespace;
  private final Optional<String> container;

  /**
   * @param namespace of manifests that name none
   * @param container only this one
   */
  ManifestLaunches(Path images, String namespace, Optional<String> container) {
    this.images = images;
    this.namespace = namespace;
    this.container = container;
  }

  /**
   * @return empty for an object that has no pods
   * @throws CommandFailure naming the object and what is wrong with it
   */
  Optional<JsonNode> of(JsonNode manifest) {
    String name = manifest.at("/metadata/name").asText("");
    String space = manifest.at("/metadata/namespace").asText(namespace);
    String what = manifest.path("kind").asText("?") + " " + space + "/" + name;
    return podSpec(manifest)
        .map(
            spec -> {
              try {
                return answer(new ObjectName(space, name), spec);
              } catch (StatusError | IllegalArgumentException e) {
                throw new CommandFailure(what + ": " + e.getMessage(), e);
              }
            });
  }

  /** Of the kinds that make pods: their template's. */
  private static Optional<JsonNode> podSpec(JsonNode manifest) {
    String path =
        switch (manifest.path("kind").asText()) {
          case "Pod" -> "/spec";
          case "CronJob" -> "/spec/jobTemplate/spec/template/spec";
          default -> "/spec/template/spec";
        };
    return Optional.of(manifest.at(path))
        .filter(JsonNode::isObject)
        .map(spec -> withClaims((ObjectNode) spec, manifest));
  }

  /** The first pod of a stateful set has a volume for each of the set's templates of claims. */
  private static JsonNode withClaims(ObjectNode spec, JsonNode set) {
    JsonNode templates = set.at("/spec/volumeClaimTemplates");
    if (templates.isEmpty()) {
      return spec;
    }
    ObjectNode pod = spec.deepCopy();
    String suffix = "-" + set.at("/metadata/name").asText() + "-0";
    for (JsonNode template : templates) {
      String name = template.at("/metadata/name").asText();
      ObjectNode volume = pod.withArray("/volumes").addObject().put("name", name);
      volume.putObject("persistentVolumeClaim").put("claimName", name + suffix);
    }
    return pod;
  }

  private ObjectNode answer(ObjectName name, JsonNode spec) {
    ObjectNode pod = JsonNodeFactory.instance.objectNode();
    pod.put("apiVersion", "v1").put("kind", "Pod");
    pod.putObject("metadata").put("name", name.name()).put("namespace", name.namespace());
    pod.set("spec", spec);
    Target target = new Target("", "v1", "Pod", name.namespace(), Optional.empty());
    ObjectNode answer = JsonNodeFactory.instance.objectNode();
    answer.put("kind", "Launch").put("apiVersion", "hawser.io/v1");
    answer.put("namespace", name.namespace()).put("pod", name.name()).put("node", "this machine");
    ArrayNode containers = answer.putArray("containers");
    for (PodPreview.Launch launch :
        PodPreview.of(name, PodDecoder.decode(pod, target).spec(), images)) {
      if (container.filter(wanted -> !wanted.equals(launch.container())).isEmpty()) {
        ObjectNode one = containers.addObject().put("name", launch.container()).put("attempt", 0);
        ArrayNode calls = one.putArray("calls");
        launch.calls().forEach(call -> add(calls, call));
      }
    }
    return answer;
  }

  private static void add(ArrayNode calls, LaunchCall call) {
    ObjectNode entry = calls.addObject().put("step", call.step()).put("syscall", call.syscall());
    call.arguments().forEach(entry.putArray("arguments")::add);
    entry.put("mayFail", call.mayFail());
  }
}
