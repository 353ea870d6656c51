package io.hawser.gateway.kind;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.cluster.replica.ReplicaProtocol.Change;
import io.hawser.cluster.state.ClusterState;
import io.hawser.gateway.encode.DeploymentEncoder;
import io.hawser.gateway.encode.MetaEncoder;
import io.hawser.gateway.wire.Json;
import io.hawser.model.ApiObject;
import io.hawser.model.DaemonSet;
import io.hawser.model.Deployment.Revision;
import io.hawser.model.ObjectKey;
import io.hawser.model.ObjectName;
import io.hawser.model.StatefulSet;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * The templates that stateful and daemon sets have had, shown as {@code apps/v1}
 * ControllerRevisions; {@code kubectl rollout history} and {@code undo} read them. Read-only.
 */
final class ControllerRevisionResource extends Resource<ControllerRevisionResource.View> {
  private static final String HASH = "controller-revision-hash";

  /** One template of one set. */
  record View(ApiObject set, Revision revision) {
    String name() {
      return set.meta().name() + "-" + revision.templateHash();
    }

    Map<String, String> labels() {
      Map<String, String> labels = new LinkedHashMap<>(revision.template().labels());
      labels.put(HASH, revision.templateHash());
      return labels;
    }
  }

  ControllerRevisionResource() {
    super(
        new ResourceType(
            "apps",
            "v1",
            "ControllerRevision",
            "controllerrevisions",
            "controllerrevision",
            List.of(),
            true,
            ResourceType.READ,
            List.of()));
  }

  private static Stream<View> of(ApiObject object) {
    List<Revision> revisions =
        object instanceof StatefulSet set
            ? set.revisions()
            : object instanceof DaemonSet daemons ? daemons.revisions() : List.of();
    return revisions.stream().map(r -> new View(object, r));
  }

  @Override
  public Stream<View> all(ClusterState state) {
    return Stream.concat(
            state.objects().all(DaemonSet.class).stream(),
            state.objects().all(StatefulSet.class).stream())
        .flatMap(ControllerRevisionResource::of);
  }

  /** Its name is its set's and the template's hash, which has no dash. */
  @Override
  public Optional<View> find(ClusterState state, String namespace, String name) {
    int dash = name.lastIndexOf('-');
    if (dash <= 0) {
      return Optional.empty();
    }
    ObjectName set = new ObjectName(namespace, name.substring(0, dash));
    return Stream.concat(
            state.objects().find(StatefulSet.class, set).stream(),
            state.objects().find(DaemonSet.class, set).stream())
        .flatMap(ControllerRevisionResource::of)
        .filter(v -> v.name().equals(name))
        .findFirst();
  }

  @Override
  public ObjectNode encode(View view, ClusterState state) {
    ObjectNode node = Json.object("ControllerRevision", "apps/v1");
    ObjectNode meta = node.putObject("metadata").put("name", view.name());
    meta.put("namespace", namespace(view)).put("uid", uid(view));
    meta.put("resourceVersion", Long.toString(view.set().meta().resourceVersion()));
    meta.put("creationTimestamp", Json.time(view.revision().createdAt()));
    Json.putIfSet(meta, "labels", view.labels());
    MetaEncoder.owner(
        meta, "apps/v1", view.set().kind(), view.set().meta().name(), view.set().meta().uid());
    // A patch of the set, as Kubernetes' controllers write it and kubectl sends it back.
    ObjectNode template = DeploymentEncoder.template(view.revision().template());
    template.put("$patch", "replace");
    node.putObject("data").putObject("spec").set("template", template);
    return node.put("revision", view.revision().number());
  }

  private static String uid(View view) {
    String seed = view.set().meta().uid() + "/" + view.revision().templateHash();
    return UUID.nameUUIDFromBytes(seed.getBytes(StandardCharsets.UTF_8)).toString();
  }

  @Override
  public String namespace(View view) {
    return view.set().meta().namespace();
  }

  @Override
  public Map<String, String> labels(View view) {
    return view.labels();
  }

  @Override
  public Set<String> fieldNames() {
    return Set.of("metadata.name", "metadata.namespace");
  }

  @Override
  public Map<String, String> fields(View view) {
    return Map.of("metadata.name", view.name(), "metadata.namespace", namespace(view));
  }

  @Override
  public List<Column<View>> columns() {
    return List.of(
        Column.text("Name", (v, c) -> v.name()),
        Column.text(
            "Controller",
            (v, c) ->
                v.set().kind().toLowerCase(java.util.Locale.ROOT)
                    + ".apps/"
                    + v.set().meta().name()),
        Column.number("Revision", (v, c) -> (int) v.revision().number()),
        Column.text("Age", (v, c) -> c.age(v.revision().createdAt())));
  }

  @Override
  public Stream<Touched<View>> touched(Change change) {
    return ObjectResource.keyOf(change.event())
        .filter(k -> k.kind().equals("StatefulSet") || k.kind().equals("DaemonSet"))
        .stream()
        .flatMap(key -> touched(change, key));
  }

  private static Stream<Touched<View>> touched(Change change, ObjectKey key) {
    Map<String, View> before = views(change.before(), key);
    Map<String, View> after = views(change.after(), key);
    Set<String> names = new TreeSet<>(before.keySet());
    names.addAll(after.keySet());
    return names.stream()
        .map(
            n ->
                new Touched<>(
                    Optional.ofNullable(before.get(n)), Optional.ofNullable(after.get(n))));
  }

  private static Map<String, View> views(ClusterState state, ObjectKey key) {
    Map<String, View> views = new LinkedHashMap<>();
    state.objects().find(key).ifPresent(o -> of(o).forEach(v -> views.put(v.name(), v)));
    return views;
  }
}
