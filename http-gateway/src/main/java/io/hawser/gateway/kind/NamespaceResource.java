package io.hawser.gateway.kind;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.replica.ReplicaProtocol.Change;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.gateway.decode.Metadata;
import io.hawser.gateway.decode.NamespaceDecoder;
import io.hawser.gateway.decode.Target;
import io.hawser.gateway.encode.NamespaceEncoder;
import io.hawser.model.Namespace;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Namespaces, {@code core/v1}. */
public final class NamespaceResource extends Resource<Namespace> {
  public NamespaceResource() {
    super(
        new ResourceType(
            "",
            "v1",
            "Namespace",
            "namespaces",
            "namespace",
            List.of("ns"),
            false,
            List.of("create", "delete", "get", "list", "watch"),
            List.of()));
  }

  @Override
  public Stream<Namespace> all(ClusterState state) {
    return state.namespaces().values().stream();
  }

  @Override
  public Optional<Namespace> find(ClusterState state, String namespace, String name) {
    return Optional.ofNullable(state.namespaces().get(name));
  }

  @Override
  public ObjectNode encode(Namespace namespace, ClusterState state) {
    return NamespaceEncoder.encode(namespace);
  }

  @Override
  public String namespace(Namespace namespace) {
    return "";
  }

  @Override
  public Map<String, String> labels(Namespace namespace) {
    return namespace.meta().labels();
  }

  @Override
  public Set<String> fieldNames() {
    return Set.of("metadata.name", "status.phase");
  }

  @Override
  public Map<String, String> fields(Namespace namespace) {
    return Map.of("metadata.name", namespace.name(), "status.phase", "Active");
  }

  @Override
  public List<Column<Namespace>> columns() {
    return List.of(
        Column.text("Name", (n, c) -> n.name()),
        Column.text("Status", (n, c) -> "Active"),
        Column.text("Age", (n, c) -> c.age(n.meta().createdAt())));
  }

  @Override
  public Stream<Touched<Namespace>> touched(Change change) {
    if (change.event() instanceof SchedulerEvent.NamespaceCreated e) {
      return Stream.of(touched(change, "", e.namespace().name()));
    } else if (change.event() instanceof SchedulerEvent.NamespaceDeleted e) {
      return Stream.of(touched(change, "", e.namespace()));
    }
    return Stream.empty();
  }

  @Override
  public Write create(ObjectNode body, Target target) {
    Metadata meta = NamespaceDecoder.decode(body, target);
    return new Write(
        new ClientRequest.CreateNamespace(meta.name(), meta.labels(), meta.annotations()),
        meta.name());
  }

  @Override
  public Write delete(Namespace namespace, DeleteOptions options) {
    return new Write(new ClientRequest.DeleteNamespace(namespace.name()), namespace.name());
  }
}
