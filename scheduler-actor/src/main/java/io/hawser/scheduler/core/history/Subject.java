package io.hawser.scheduler.core.history;

import io.hawser.model.ObjectName;
import java.util.Optional;

/**
 * What a history is asked about.
 *
 * @param kind {@code Pod}, {@code Node} or {@code Deployment}
 * @param namespace empty for a node
 * @param deployment of a pod: whose it is, for the case that its creation is not kept any more
 */
public record Subject(String kind, String namespace, String name, Optional<String> deployment) {
  boolean isPod() {
    return kind.equals("Pod");
  }

  boolean isNode() {
    return kind.equals("Node");
  }

  boolean is(ObjectName other) {
    return other.namespace().equals(namespace) && other.name().equals(name);
  }

  ObjectName objectName() {
    return new ObjectName(namespace, name);
  }
}
