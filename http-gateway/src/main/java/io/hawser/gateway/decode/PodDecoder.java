package io.hawser.gateway.decode;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.wire.Causes;
import io.hawser.gateway.wire.Fields;
import io.hawser.model.PodSpec;
import java.util.List;
import java.util.Optional;

/** Reads a {@code core/v1 Pod}. */
public final class PodDecoder {
  private PodDecoder() {}

  /** A pod as a client wrote it. */
  public record Decoded(Metadata meta, PodSpec spec) {}

  /**
   * @throws io.hawser.gateway.wire.StatusError 422 naming every wrong field
   */
  public static Decoded decode(ObjectNode body, Target target) {
    Causes causes = new Causes();
    Fields root = Fields.of(body, causes);
    Metadata meta = Metadata.decode(root, target, false);
    Optional<PodSpec> spec =
        root.requiredObject("spec", "a pod needs a spec")
            .map(s -> PodSpecDecoder.decode(s, List.of("Always", "Never", "OnFailure")));
    root.harmless("status");
    root.end();
    causes.throwIfAny(target.subject(meta.name()));
    return new Decoded(meta, spec.orElseThrow());
  }
}
