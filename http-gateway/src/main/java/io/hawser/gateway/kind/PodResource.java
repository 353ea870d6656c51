package io.hawser.gateway.kind;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.replica.ReplicaProtocol.Change;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.EventSubject;
import io.hawser.gateway.decode.PodDecoder;
import io.hawser.gateway.decode.Target;
import io.hawser.gateway.encode.PodEncoder;
import io.hawser.gateway.wire.Causes;
import io.hawser.gateway.wire.StatusError;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.model.PodPhase;
import io.hawser.model.PodStatus;
import io.hawser.model.PodStatus.ContainerStatus;
import io.hawser.model.PodStatus.StateKind;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Pods, {@code core/v1}. */
public class PodResource extends Resource<Pod> {
  public PodResource() {
    super(
        new ResourceType(
            "", "v1", "Pod", "pods", "pod", List.of("po"), true, ResourceType.ALL, List.of("all")));
  }

  @Override
  public Stream<Pod> all(ClusterState state) {
    return state.pods().values().stream();
  }

  @Override
  public Optional<Pod> find(ClusterState state, String namespace, String name) {
    return state.pod(new ObjectName(namespace, name));
  }

  @Override
  public ObjectNode encode(Pod pod, ClusterState state) {
    return PodEncoder.encode(pod, state);
  }

  @Override
  public String namespace(Pod pod) {
    return pod.meta().namespace();
  }

  @Override
  public Map<String, String> labels(Pod pod) {
    return pod.meta().labels();
  }

  @Override
  public Set<String> fieldNames() {
    return Set.of(
        "metadata.name",
        "metadata.namespace",
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "status.phase",
        "status.podIP");
  }

  @Override
  public Map<String, String> fields(Pod pod) {
    return Map.of(
        "metadata.name", pod.meta().name(),
        "metadata.namespace", pod.meta().namespace(),
        "spec.nodeName", pod.nodeName().or(() -> pod.spec().nodeName()).orElse(""),
        "spec.restartPolicy", PodEncoder.word(pod.spec().restartPolicy()),
        "spec.schedulerName", "default-scheduler",
        "status.phase", PodEncoder.word(pod.status().phase()),
        "status.podIP", pod.status().podIp().orElse(""));
  }

  @Override
  public List<Column<Pod>> columns() {
    return List.of(
        Column.text("Name", (p, c) -> p.meta().name()),
        Column.text("Ready", (p, c) -> readyOf(p)),
        Column.text("Status", (p, c) -> status(p)),
        Column.text("Restarts", (p, c) -> restarts(p, c)),
        Column.text("Age", (p, c) -> c.age(p.meta().createdAt())),
        Column.wide("IP", (p, c) -> p.status().podIp().orElse("<none>")),
        Column.wide("Node", (p, c) -> p.nodeName().orElse("<none>")),
        Column.wide("Nominated Node", (p, c) -> "<none>"),
        Column.wide("Readiness Gates", (p, c) -> "<none>"));
  }

  private static String readyOf(Pod pod) {
    long ready = pod.status().containers().stream().filter(ContainerStatus::ready).count();
    return ready + "/" + pod.spec().containers().size();
  }

  /** One word for what the pod is doing, by the rules of {@code kubectl get pods}. */
  static String status(Pod pod) {
    PodStatus status = pod.status();
    if (pod.isDeleting()) {
      return "Terminating";
    }
    Optional<String> init = initStatus(pod);
    if (init.isPresent()) {
      return init.get();
    }
    String word = status.reason().orElse(PodEncoder.word(status.phase()));
    boolean running = false;
    for (ContainerStatus container : status.containers()) {
      StateKind kind = container.state().kind();
      Optional<String> reason = container.state().reason().filter(r -> !r.isEmpty());
      if (kind == StateKind.WAITING && reason.isPresent()) {
        word = reason.get();
      } else if (kind == StateKind.TERMINATED) {
        word = reason.orElse("ExitCode:" + container.state().exitCode().orElse(0));
      } else if (kind == StateKind.RUNNING && container.ready()) {
        running = true;
      }
    }
    if (running && word.equals("Completed")) {
      return status.isReady() ? "Running" : "NotReady";
    }
    return word;
  }

  private static Optional<String> initStatus(Pod pod) {
    int total = pod.spec().initContainers().size();
    if (pod.status().phase() != PodPhase.PENDING) {
      return Optional.empty();
    }
    for (int i = 0; i < pod.status().initContainers().size(); i++) {
      ContainerStatus container = pod.status().initContainers().get(i);
      int code = container.state().exitCode().orElse(-1);
      if (container.state().kind() == StateKind.TERMINATED && code == 0) {
        continue;
      }
      if (container.state().kind() == StateKind.TERMINATED) {
        return Optional.of("Init:" + container.state().reason().orElse("ExitCode:" + code));
      }
      Optional<String> reason =
          container.state().reason().filter(r -> !r.isEmpty() && !r.equals("PodInitializing"));
      return Optional.of("Init:" + reason.orElse(i + "/" + total));
    }
    return Optional.empty();
  }

  private static String restarts(Pod pod, Column.Context context) {
    int count = pod.status().containers().stream().mapToInt(ContainerStatus::restartCount).sum();
    Optional<Instant> last =
        pod.status().containers().stream()
            .flatMap(c -> c.lastState().stream())
            .flatMap(s -> s.finishedAt().stream())
            .max(Comparator.naturalOrder());
    return count == 0 || last.isEmpty()
        ? Integer.toString(count)
        : count + " (" + context.age(last.get()) + " ago)";
  }

  @Override
  public Stream<Touched<Pod>> touched(Change change) {
    return EventSubject.pod(change.event())
        .map(n -> touched(change, n.namespace(), n.name()))
        .stream();
  }

  @Override
  public Write create(ObjectNode body, Target target) {
    PodDecoder.Decoded pod = PodDecoder.decode(body, target);
    return new Write(
        new ClientRequest.CreatePod(
            pod.meta().objectName(), pod.meta().labels(), pod.meta().annotations(), pod.spec()),
        pod.meta().name());
  }

  @Override
  public Write update(ObjectNode body, Target target, Optional<Pod> current) {
    PodDecoder.Decoded pod = PodDecoder.decode(body, target);
    Pod old =
        current.orElseThrow(
            () -> StatusError.notFound(type().subject(pod.meta().name()), type().plural()));
    // A placed pod shows its node in its spec, though the user may not have named one.
    if (!pod.spec().withoutNodeName().equals(old.desiredSpec().withoutNodeName())) {
      Causes causes = new Causes();
      causes.forbidden("spec", "a pod's spec can't be changed; only its labels and annotations");
      causes.throwIfAny(type().subject(pod.meta().name()));
    }
    return new Write(
        new ClientRequest.UpdatePod(
            pod.meta().objectName(),
            pod.meta().labels(),
            pod.meta().annotations(),
            pod.meta().ifResourceVersion()),
        pod.meta().name());
  }

  @Override
  public Write delete(Pod pod, DeleteOptions options) {
    return new Write(
        new ClientRequest.DeletePod(pod.name(), options.graceSeconds(), options.ifUid(), false),
        pod.meta().name());
  }
}
