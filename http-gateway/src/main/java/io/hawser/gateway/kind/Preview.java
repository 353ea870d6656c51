package io.hawser.gateway.kind;

import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.gateway.kind.Resource.Write;
import io.hawser.model.ApiObject;
import io.hawser.model.Deployment;
import io.hawser.model.DeploymentStatus;
import io.hawser.model.Namespace;
import io.hawser.model.Node;
import io.hawser.model.ObjectMeta;
import io.hawser.model.Pod;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * The object that a write leads to, as far as it follows from the write alone: its status is what
 * it was, and what the scheduler adds to a spec is not there yet.
 */
public final class Preview {
  private final Optional<?> current;
  private final Instant now;

  private Preview(Optional<?> current, Instant now) {
    this.current = current;
    this.now = now;
  }

  /**
   * @param current the object before; empty for a new one
   * @throws IllegalArgumentException for a write that is neither creation nor change of an object
   */
  @SuppressWarnings("unchecked")
  public static <T> T of(Resource<T> resource, Write write, Optional<T> current, Instant now) {
    return (T) new Preview(current, now).of(write.request());
  }

  private Object of(ClientRequest request) {
    if (request instanceof ClientRequest.CreateNamespace r) {
      return new Namespace(made("", r.name(), r.labels(), r.annotations()));
    } else if (request instanceof ClientRequest.CreateDeployment r) {
      ObjectMeta meta = made(r.name().namespace(), r.name().name(), r.labels(), r.annotations());
      return new Deployment(meta, r.spec(), List.of(), DeploymentStatus.NONE);
    } else if (request instanceof ClientRequest.UpdateDeployment r) {
      Deployment old = (Deployment) current.orElseThrow();
      ObjectMeta meta = old.meta().withLabelsAndAnnotations(r.labels(), r.annotations());
      return new Deployment(meta, r.spec(), old.revisions(), old.status());
    } else if (request instanceof ClientRequest.CreatePod r) {
      ObjectMeta meta = made(r.name().namespace(), r.name().name(), r.labels(), r.annotations());
      return Pod.created(meta, r.spec(), Optional.empty());
    } else if (request instanceof ClientRequest.UpdatePod r) {
      Pod old = (Pod) current.orElseThrow();
      return old.withMeta(old.meta().withLabelsAndAnnotations(r.labels(), r.annotations()));
    } else if (request instanceof ClientRequest.ResizePod) {
      // Which sizes are in force, and when, is for its node to say.
      return current.orElseThrow();
    } else if (request instanceof ClientRequest.UpdateNode r) {
      return changed((Node) current.orElseThrow(), r);
    } else if (request instanceof ClientRequest.CreateObject r) {
      ObjectMeta meta = r.object().meta();
      return r.object()
          .withMeta(made(meta.namespace(), meta.name(), meta.labels(), meta.annotations()));
    } else if (request instanceof ClientRequest.UpdateObject r) {
      ApiObject old = (ApiObject) current.orElseThrow();
      ObjectMeta wanted = r.object().meta();
      return r.object()
          .inPlaceOf(old)
          .withMeta(old.meta().withLabelsAndAnnotations(wanted.labels(), wanted.annotations()));
    }
    throw new IllegalArgumentException("no preview of " + request.getClass().getSimpleName());
  }

  private static Node changed(Node old, ClientRequest.UpdateNode request) {
    return new Node(
        old.meta().withLabelsAndAnnotations(request.labels(), request.annotations()),
        old.info(),
        request.unschedulable(),
        request.taints(),
        old.state(),
        old.stateReason(),
        old.since());
  }

  private ObjectMeta made(
      String namespace, String name, Map<String, String> labels, Map<String, String> annotations) {
    String uid = UUID.randomUUID().toString();
    return new ObjectMeta(namespace, name, uid, 1, 0, now, labels, annotations);
  }
}
