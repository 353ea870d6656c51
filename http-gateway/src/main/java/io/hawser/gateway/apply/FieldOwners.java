package io.hawser.gateway.apply;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.apply.FieldOwner.Operation;
import io.hawser.gateway.wire.Json;
import io.hawser.gateway.wire.StatusError;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Who owns which fields of one object: {@code metadata.managedFields}. Never changes. */
public final class FieldOwners {
  public static final FieldOwners NONE = new FieldOwners(List.of());

  /** Longest {@code managedFields}, as JSON. */
  public static final int MAX_BYTES = 128 * 1024;

  /** Most that update; the oldest beyond become one, which Kubernetes names as it is here. */
  static final int MAX_UPDATERS = 10;

  static final String ANCIENT = "ancient-changes";

  private static final String FIELDS_TYPE = "FieldsV1";

  private final List<Entry> entries;

  /** What one manager owns, and since when exactly that. */
  record Entry(FieldOwner manager, Instant since, FieldSet fields) {}

  private FieldOwners(List<Entry> entries) {
    this.entries = List.copyOf(entries);
  }

  /** Of an object as the API shows it. */
  public static FieldOwners of(ObjectNode object) {
    return parse(object.path("metadata").path("managedFields")).orElse(NONE);
  }

  public boolean isEmpty() {
    return entries.isEmpty();
  }

  List<Entry> entries() {
    return entries;
  }

  FieldSet fieldsOf(FieldOwner manager) {
    return entries.stream()
        .filter(e -> e.manager().is(manager))
        .map(Entry::fields)
        .findFirst()
        .orElse(FieldSet.NONE);
  }

  List<Entry> othersThan(FieldOwner manager) {
    return entries.stream().filter(e -> !e.manager().is(manager)).toList();
  }

  /**
   * With these fields for one manager; its time moves on only when they are others than before. A
   * manager that owns nothing is forgotten.
   */
  FieldOwners with(FieldOwner manager, FieldSet fields, Instant now) {
    List<Entry> next = new ArrayList<>(othersThan(manager));
    Optional<Entry> old = entries.stream().filter(e -> e.manager().is(manager)).findFirst();
    if (old.filter(e -> e.fields().equals(fields)).isPresent()) {
      return this;
    } else if (!fields.isEmpty()) {
      next.add(new Entry(manager, now.truncatedTo(ChronoUnit.SECONDS), fields));
    }
    return new FieldOwners(next).bounded();
  }

  /** With what the function leaves of the fields of all but one. */
  FieldOwners others(FieldOwner but, UnaryOperator<FieldSet> change) {
    List<Entry> next = new ArrayList<>();
    for (Entry entry : entries) {
      FieldSet left = entry.manager().is(but) ? entry.fields() : change.apply(entry.fields());
      if (!left.isEmpty()) {
        next.add(new Entry(entry.manager(), entry.since(), left));
      }
    }
    return new FieldOwners(next);
  }

  private FieldOwners bounded() {
    List<Entry> updaters =
        entries.stream()
            .filter(e -> e.manager().operation() == Operation.UPDATE)
            .sorted(Comparator.comparing(Entry::since))
            .toList();
    if (updaters.size() <= MAX_UPDATERS) {
      return this;
    }
    List<Entry> old = updaters.subList(0, updaters.size() - MAX_UPDATERS + 1);
    List<Entry> next = new ArrayList<>(entries);
    next.removeAll(old);
    FieldSet all = old.stream().map(Entry::fields).reduce(FieldSet.NONE, FieldSet::plus);
    Entry newest = old.get(old.size() - 1);
    FieldOwner ancient = FieldOwner.updater(ANCIENT, newest.manager().apiVersion(), "");
    next.add(new Entry(ancient, newest.since(), all));
    return new FieldOwners(next);
  }

  /** Whether both say the same; times don't count. */
  boolean same(FieldOwners other) {
    return entries.size() == other.entries.size()
        && entries.stream()
            .allMatch(
                e ->
                    other.entries.stream()
                        .anyMatch(
                            o -> o.manager().is(e.manager()) && o.fields().equals(e.fields())));
  }

  /**
   * @throws StatusError 413 beyond {@link #MAX_BYTES}
   */
  public ArrayNode toJson() {
    ArrayNode list = Json.MAPPER.createArrayNode();
    for (Entry entry : entries) {
      FieldOwner manager = entry.manager();
      ObjectNode node = list.addObject().put("apiVersion", manager.apiVersion());
      node.put("fieldsType", FIELDS_TYPE).set("fieldsV1", entry.fields().toJson());
      node.put("manager", manager.name()).put("operation", manager.operation().word());
      Json.putIfSet(node, "subresource", manager.subresource());
      node.put("time", Json.time(entry.since()));
    }
    int bytes = Json.bytes(list).length;
    if (bytes > MAX_BYTES) {
      throw StatusError.of(
          413,
          "RequestEntityTooLarge",
          "metadata.managedFields would be "
              + bytes
              + " bytes, more than the limit of "
              + MAX_BYTES
              + "; apply fewer fields, or from fewer managers");
    }
    return list;
  }

  /** Whether the list says that nobody shall own anything any more. */
  static boolean isReset(JsonNode list) {
    return list.isArray() && list.size() == 1 && list.get(0).isObject() && list.get(0).isEmpty();
  }

  /** Empty when the list is empty or none of {@code metav1.ManagedFieldsEntry}. */
  static Optional<FieldOwners> parse(JsonNode list) {
    List<Entry> entries = new ArrayList<>();
    if (!list.isArray()) {
      return Optional.empty();
    }
    for (JsonNode node : list) {
      Optional<Entry> entry = entry(node);
      if (entry.isEmpty()) {
        return Optional.empty();
      }
      entries.add(entry.get());
    }
    return Optional.of(new FieldOwners(entries)).filter(m -> !m.isEmpty());
  }

  private static Optional<Entry> entry(JsonNode node) {
    Optional<Operation> operation =
        List.of(Operation.values()).stream()
            .filter(o -> o.word().equals(node.path("operation").textValue()))
            .findFirst();
    Optional<FieldSet> fields = FieldSet.parse(node.path("fieldsV1"));
    Optional<Instant> since = time(node.path("time"));
    boolean fits =
        node.path("fieldsType").asText().equals(FIELDS_TYPE)
            && node.path("manager").isTextual()
            && node.path("apiVersion").isTextual();
    if (!fits || operation.isEmpty() || fields.isEmpty() || since.isEmpty()) {
      return Optional.empty();
    }
    FieldOwner manager =
        new FieldOwner(
            node.path("manager").textValue(),
            operation.get(),
            node.path("apiVersion").textValue(),
            node.path("subresource").asText(""));
    return Optional.of(new Entry(manager, since.get(), fields.get()));
  }

  private static Optional<Instant> time(JsonNode text) {
    if (text.isMissingNode() || text.isNull()) {
      return Optional.of(Instant.EPOCH);
    }
    try {
      return Optional.of(Instant.parse(text.asText()));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }
}
