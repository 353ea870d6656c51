package io.hawser.gateway.kind;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.replica.ReplicaProtocol.Change;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.EventSubject;
import io.hawser.gateway.decode.NodeDecoder;
import io.hawser.gateway.decode.Target;
import io.hawser.gateway.encode.NodeEncoder;
import io.hawser.gateway.wire.StatusError;
import io.hawser.model.Node;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Nodes, {@code core/v1}. */
public final class NodeResource extends Resource<Node> {
  public NodeResource() {
    super(
        new ResourceType(
            "",
            "v1",
            "Node",
            "nodes",
            "node",
            List.of("no"),
            false,
            List.of("delete", "get", "list", "patch", "update", "watch"),
            List.of()));
  }

  @Override
  public Stream<Node> all(ClusterState state) {
    return state.nodes().values().stream();
  }

  @Override
  public Optional<Node> find(ClusterState state, String namespace, String name) {
    return state.node(name);
  }

  @Override
  public ObjectNode encode(Node node, ClusterState state) {
    return NodeEncoder.encode(node);
  }

  @Override
  public String namespace(Node node) {
    return "";
  }

  @Override
  public Map<String, String> labels(Node node) {
    Map<String, String> labels = new HashMap<>(node.meta().labels());
    node.info().roles().forEach(role -> labels.put(NodeEncoder.ROLE_PREFIX + role, ""));
    return labels;
  }

  @Override
  public Set<String> fieldNames() {
    return Set.of("metadata.name", "spec.unschedulable");
  }

  @Override
  public Map<String, String> fields(Node node) {
    return Map.of("metadata.name", node.name(), "spec.unschedulable", "" + node.unschedulable());
  }

  @Override
  public List<Column<Node>> columns() {
    return List.of(
        Column.text("Name", (n, c) -> n.name()),
        Column.text("Status", (n, c) -> status(n)),
        Column.text("Roles", (n, c) -> String.join(",", new TreeSet<>(n.info().roles()))),
        Column.text("Age", (n, c) -> c.age(n.meta().createdAt())),
        Column.text("Version", (n, c) -> n.info().version()),
        Column.wide("Internal-IP", (n, c) -> n.info().ip()),
        Column.wide("External-IP", (n, c) -> "<none>"),
        Column.wide("OS-Image", (n, c) -> n.info().osImage()),
        Column.wide("Kernel-Version", (n, c) -> n.info().kernelVersion()),
        Column.wide("Container-Runtime", (n, c) -> "hawser://" + n.info().version()));
  }

  private static String status(Node node) {
    String word = node.isReady() ? "Ready" : "NotReady";
    return node.unschedulable() ? word + ",SchedulingDisabled" : word;
  }

  @Override
  public Stream<Touched<Node>> touched(Change change) {
    return EventSubject.node(change.event()).map(name -> touched(change, "", name)).stream();
  }

  /** The labels that show the node's roles belong to the node and are not stored. */
  @Override
  public Write update(ObjectNode body, Target target, Optional<Node> current) {
    NodeDecoder.Decoded decoded = NodeDecoder.decode(body, target);
    String name = decoded.meta().name();
    Node old =
        current.orElseThrow(() -> StatusError.notFound(type().subject(name), type().plural()));
    Map<String, String> labels = new HashMap<>(decoded.meta().labels());
    old.info().roles().forEach(role -> labels.remove(NodeEncoder.ROLE_PREFIX + role));
    return new Write(
        new ClientRequest.UpdateNode(
            name,
            labels,
            decoded.meta().annotations(),
            decoded.unschedulable(),
            decoded.taints(),
            decoded.meta().ifResourceVersion()),
        name);
  }

  @Override
  public Write delete(Node node, DeleteOptions options) {
    return new Write(new ClientRequest.DeleteNode(node.name()), node.name());
  }
}
