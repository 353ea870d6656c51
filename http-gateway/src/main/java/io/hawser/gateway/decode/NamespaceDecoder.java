package io.hawser.gateway.decode;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.wire.Causes;
import io.hawser.gateway.wire.Fields;

/** Reads a {@code core/v1 Namespace}. */
public final class NamespaceDecoder {
  private NamespaceDecoder() {}

  /**
   * @throws io.hawser.gateway.wire.StatusError 422 naming every wrong field
   */
  public static Metadata decode(ObjectNode body, Target target) {
    Causes causes = new Causes();
    Fields root = Fields.of(body, causes);
    Metadata meta = Metadata.decode(root, target, true);
    root.object("spec")
        .ifPresent(
            spec -> {
              // Kubernetes sets it itself; here a namespace never waits for a finalizer.
              spec.harmless("finalizers");
              spec.end();
            });
    root.harmless("status");
    root.end();
    causes.throwIfAny(target.subject(meta.name()));
    return meta;
  }
}
