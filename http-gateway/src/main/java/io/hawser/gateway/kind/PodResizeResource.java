package io.hawser.gateway.kind;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.gateway.decode.PodDecoder;
import io.hawser.gateway.decode.Target;
import io.hawser.gateway.wire.Causes;
import io.hawser.gateway.wire.StatusError;
import io.hawser.model.ContainerSize;
import io.hawser.model.Pod;
import io.hawser.model.PodSpec;
import java.util.List;
import java.util.Optional;

/** {@code pods/resize}: a pod whose containers' resources are all that can be written. */
public final class PodResizeResource extends PodResource {
  @Override
  public Write update(ObjectNode body, Target target, Optional<Pod> current) {
    PodDecoder.Decoded pod = PodDecoder.decode(body, target);
    Pod old =
        current.orElseThrow(
            () -> StatusError.notFound(type().subject(pod.meta().name()), type().plural()));
    List<ContainerSize> sizes = pod.spec().containers().stream().map(ContainerSize::of).toList();
    PodSpec resized = old.spec().resized(sizes);
    if (!pod.spec().withoutNodeName().equals(resized.withoutNodeName())) {
      Causes causes = new Causes();
      causes.forbidden("spec", "only the cpu and memory of containers can be resized");
      causes.throwIfAny(type().subject(pod.meta().name()));
    }
    return new Write(
        new ClientRequest.ResizePod(old.name(), sizes, pod.meta().ifResourceVersion()),
        pod.meta().name());
  }
}
