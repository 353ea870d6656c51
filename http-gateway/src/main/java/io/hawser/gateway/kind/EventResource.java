package io.hawser.gateway.kind;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.cluster.replica.ReplicaProtocol.Change;
import io.hawser.cluster.state.ClusterState;
import io.hawser.gateway.encode.EventEncoder;
import io.hawser.model.EventRecord;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** What happened to objects, {@code core/v1} Events. Read-only. */
public final class EventResource extends Resource<EventRecord> {
  public EventResource() {
    super(
        new ResourceType(
            "",
            "v1",
            "Event",
            "events",
            "event",
            List.of("ev"),
            true,
            ResourceType.READ,
            List.of()));
  }

  @Override
  public Stream<EventRecord> all(ClusterState state) {
    return state.events().stream();
  }

  @Override
  public Optional<EventRecord> find(ClusterState state, String namespace, String name) {
    return all(state)
        .filter(e -> EventEncoder.namespace(e).equals(namespace))
        .filter(e -> EventEncoder.name(e).equals(name))
        .findFirst();
  }

  @Override
  public ObjectNode encode(EventRecord event, ClusterState state) {
    return EventEncoder.encode(event);
  }

  @Override
  public String namespace(EventRecord event) {
    return EventEncoder.namespace(event);
  }

  @Override
  public Map<String, String> labels(EventRecord event) {
    return Map.of();
  }

  @Override
  public Set<String> fieldNames() {
    return Set.of(
        "metadata.name",
        "metadata.namespace",
        "involvedObject.kind",
        "involvedObject.namespace",
        "involvedObject.name",
        "involvedObject.uid",
        "involvedObject.apiVersion",
        "reason",
        "type",
        "source",
        "reportingComponent");
  }

  @Override
  public Map<String, String> fields(EventRecord event) {
    Map<String, String> fields = new HashMap<>();
    fields.put("metadata.name", EventEncoder.name(event));
    fields.put("metadata.namespace", EventEncoder.namespace(event));
    fields.put("involvedObject.kind", EventEncoder.kind(event));
    fields.put("involvedObject.namespace", event.namespace());
    fields.put("involvedObject.name", event.name());
    fields.put("involvedObject.uid", event.uid());
    fields.put("involvedObject.apiVersion", EventEncoder.apiVersion(event.kind()));
    fields.put("reason", event.reason());
    fields.put("type", event.type());
    fields.put("source", event.source());
    fields.put("reportingComponent", event.source());
    return fields;
  }

  @Override
  public List<Column<EventRecord>> columns() {
    return List.of(
        Column.text("Last Seen", (e, c) -> c.age(e.at())),
        Column.text("Type", (e, c) -> e.type()),
        Column.text("Reason", (e, c) -> e.reason()),
        Column.text(
            "Object", (e, c) -> EventEncoder.kind(e).toLowerCase(Locale.ROOT) + "/" + e.name()),
        Column.wide("Subobject", (e, c) -> ""),
        Column.wide("Source", (e, c) -> e.source()),
        Column.text("Message", (e, c) -> e.message()),
        Column.wide("First Seen", (e, c) -> c.age(e.at())),
        Column.wide("Count", (e, c) -> "1"),
        Column.wide("Name", (e, c) -> EventEncoder.name(e)));
  }

  /** The newest records are last; a change adds those of its own revision. */
  @Override
  public Stream<Touched<EventRecord>> touched(Change change) {
    List<EventRecord> events = change.after().events();
    Deque<EventRecord> added = new ArrayDeque<>();
    for (int i = events.size() - 1;
        i >= 0 && events.get(i).revision() == change.after().revision();
        i--) {
      added.addFirst(events.get(i));
    }
    return added.stream().map(e -> new Touched<>(Optional.empty(), Optional.of(e)));
  }
}
