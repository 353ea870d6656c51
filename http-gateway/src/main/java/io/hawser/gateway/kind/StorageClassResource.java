package io.hawser.gateway.kind;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.cluster.replica.ReplicaProtocol.Change;
import io.hawser.cluster.state.ClusterState;
import io.hawser.gateway.wire.Json;
import io.hawser.model.PersistentVolumeClaim;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Storage classes, {@code storage.k8s.io/v1}: there is one, for directories of the nodes' own
 * disks, and it is not stored anywhere. Read-only.
 */
final class StorageClassResource extends Resource<StorageClassResource.Local> {
  private static final String NAME = PersistentVolumeClaim.LOCAL_CLASS;
  private static final String PROVISIONER = "hawser.io/local";
  private static final String BINDING = "WaitForFirstConsumer";
  private static final String RECLAIM = "Delete";

  /**
   * The one class.
   *
   * @param since when the cluster was made
   */
  record Local(Instant since) {}

  StorageClassResource() {
    super(
        new ResourceType(
            "storage.k8s.io",
            "v1",
            "StorageClass",
            "storageclasses",
            "storageclass",
            List.of("sc"),
            false,
            ResourceType.READ,
            List.of()));
  }

  @Override
  public Stream<Local> all(ClusterState state) {
    return Stream.of(
        new Local(
            Optional.ofNullable(state.namespaces().get("default"))
                .map(n -> n.meta().createdAt())
                .orElse(Instant.EPOCH)));
  }

  @Override
  public Optional<Local> find(ClusterState state, String namespace, String name) {
    return name.equals(NAME) ? all(state).findFirst() : Optional.empty();
  }

  @Override
  public ObjectNode encode(Local local, ClusterState state) {
    ObjectNode node = Json.object("StorageClass", "storage.k8s.io/v1");
    ObjectNode meta = node.putObject("metadata").put("name", NAME);
    byte[] seed = ("StorageClass/" + NAME).getBytes(StandardCharsets.UTF_8);
    meta.put("uid", UUID.nameUUIDFromBytes(seed).toString()).put("resourceVersion", "1");
    meta.put("creationTimestamp", Json.time(local.since()));
    meta.putObject("annotations").put("storageclass.kubernetes.io/is-default-class", "true");
    return node.put("provisioner", PROVISIONER)
        .put("reclaimPolicy", RECLAIM)
        .put("volumeBindingMode", BINDING);
  }

  @Override
  public String namespace(Local local) {
    return "";
  }

  @Override
  public Map<String, String> labels(Local local) {
    return Map.of();
  }

  @Override
  public Set<String> fieldNames() {
    return Set.of("metadata.name");
  }

  @Override
  public Map<String, String> fields(Local local) {
    return Map.of("metadata.name", NAME);
  }

  @Override
  public List<Column<Local>> columns() {
    return List.of(
        Column.text("Name", (l, c) -> NAME + " (default)"),
        Column.text("Provisioner", (l, c) -> PROVISIONER),
        Column.text("ReclaimPolicy", (l, c) -> RECLAIM),
        Column.text("VolumeBindingMode", (l, c) -> BINDING),
        Column.text("AllowVolumeExpansion", (l, c) -> false),
        Column.text("Age", (l, c) -> c.age(l.since())));
  }

  @Override
  public Stream<Touched<Local>> touched(Change change) {
    return Stream.empty();
  }
}
