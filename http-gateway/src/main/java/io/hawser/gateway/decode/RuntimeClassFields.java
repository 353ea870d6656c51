package io.hawser.gateway.decode;

import io.hawser.gateway.wire.Fields;
import io.hawser.gateway.wire.NameRules;
import io.hawser.model.ObjectMeta;
import io.hawser.model.ResourceAmounts;
import io.hawser.model.RuntimeClass;
import io.hawser.model.Toleration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads what a {@code node.k8s.io/v1 RuntimeClass} has beside its metadata. */
public final class RuntimeClassFields {
  private RuntimeClassFields() {}

  public static RuntimeClass read(ObjectMeta meta, Fields root) {
    String handler = root.requiredText("handler", "expected what the nodes call it");
    if (!handler.isEmpty()) {
      NameRules.checkLabel(root.causes(), root.path("handler"), handler);
    }
    ResourceAmounts overhead =
        root.object("overhead").map(RuntimeClassFields::overhead).orElse(ResourceAmounts.NONE);
    Optional<Fields> scheduling = root.object("scheduling");
    Map<String, String> nodeSelector =
        scheduling.map(s -> s.stringMap("nodeSelector")).orElse(Map.of());
    List<Toleration> tolerations =
        scheduling.map(s -> s.objects("tolerations", PodSpecDecoder::toleration)).orElse(List.of());
    scheduling.ifPresent(Fields::end);
    return new RuntimeClass(meta, handler, overhead, nodeSelector, tolerations);
  }

  private static ResourceAmounts overhead(Fields overhead) {
    ResourceAmounts amounts =
        overhead.object("podFixed").map(ContainerDecoder::amounts).orElse(ResourceAmounts.NONE);
    overhead.end();
    return amounts;
  }
}
