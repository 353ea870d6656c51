package io.hawser.model;

import java.util.List;
import java.util.Map;

/**
 * A way to run containers that pods can ask for; Kubernetes' {@code node.k8s.io/v1 RuntimeClass}.
 *
 * @param handler what the node calls it
 * @param overhead what a pod needs on top of its containers
 * @param nodeSelector labels of the nodes that have it
 */
public record RuntimeClass(
    ObjectMeta meta,
    String handler,
    ResourceAmounts overhead,
    Map<String, String> nodeSelector,
    List<Toleration> tolerations)
    implements ApiObject {
  public RuntimeClass {
    nodeSelector = Map.copyOf(nodeSelector);
    tolerations = List.copyOf(tolerations);
  }

  @Override
  public RuntimeClass withMeta(ObjectMeta newMeta) {
    return new RuntimeClass(newMeta, handler, overhead, nodeSelector, tolerations);
  }
}
