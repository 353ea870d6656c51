package io.hawser.gateway.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Reads one JSON object field by field. Knows its path; what is wrong goes to {@link Causes} and
 * reading goes on with a harmless value, so that one answer names everything. {@link #end} finds
 * the fields nobody asked for. A field that is null counts as absent, as in Kubernetes.
 */
public final class Fields {
  private final ObjectNode node;
  private final String path;
  private final Causes causes;
  private final Set<String> known = new LinkedHashSet<>();

  private Fields(ObjectNode node, String path, Causes causes) {
    this.node = node;
    this.path = path;
    this.causes = causes;
  }

  public static Fields of(ObjectNode node, Causes causes) {
    return new Fields(node, "", causes);
  }

  public Causes causes() {
    return causes;
  }

  /** The field's whole path, such as {@code spec.template.spec.containers[0].image}. */
  public String path(String field) {
    return path.isEmpty() ? field : path + "." + field;
  }

  public String path() {
    return path;
  }

  public boolean has(String field) {
    return node.hasNonNull(field);
  }

  public Optional<String> string(String field) {
    JsonNode value = take(field);
    if (value == null) {
      return Optional.empty();
    }
    if (!value.isTextual()) {
      causes.wrongType(path(field), describe(value), "a string");
      return Optional.empty();
    }
    return Optional.of(value.textValue());
  }

  /** The string, with an empty one counting as absent: how Kubernetes' omitempty reads. */
  public Optional<String> text(String field) {
    return string(field).filter(Predicate.not(String::isEmpty));
  }

  public String requiredText(String field, String what) {
    JsonNode raw = node.get(field);
    boolean otherType = raw != null && !raw.isNull() && !raw.isTextual();
    Optional<String> value = text(field);
    if (value.isEmpty() && !otherType) {
      causes.required(path(field), what);
    }
    return value.orElse("");
  }

  /** A whole number within bounds, both included. */
  public Optional<Long> number(String field, long min, long max) {
    JsonNode value = take(field);
    if (value == null) {
      return Optional.empty();
    }
    if (!value.isIntegralNumber()) {
      causes.wrongType(path(field), describe(value), "a whole number");
      return Optional.empty();
    }
    if (!value.canConvertToLong() || value.longValue() < min || value.longValue() > max) {
      causes.invalid(path(field), value, expectedRange(min, max));
      return Optional.empty();
    }
    return Optional.of(value.longValue());
  }

  private static String expectedRange(long min, long max) {
    return max >= Integer.MAX_VALUE
        ? "must be greater than or equal to " + min
        : "must be between " + min + " and " + max + ", inclusive";
  }

  public int integer(String field, int ifAbsent, int min, int max) {
    return number(field, min, max).map(Math::toIntExact).orElse(ifAbsent);
  }

  public Optional<Boolean> bool(String field) {
    JsonNode value = take(field);
    if (value == null) {
      return Optional.empty();
    }
    if (!value.isBoolean()) {
      causes.wrongType(path(field), describe(value), "true or false");
      return Optional.empty();
    }
    return Optional.of(value.booleanValue());
  }

  /** A text that is one of the values. */
  public Optional<String> oneOf(String field, List<String> values) {
    Optional<String> value = text(field);
    if (value.isPresent() && !values.contains(value.get())) {
      causes.notSupported(path(field), value.get(), values);
      return Optional.empty();
    }
    return value;
  }

  public Optional<Fields> object(String field) {
    JsonNode value = take(field);
    if (value == null) {
      return Optional.empty();
    }
    if (value instanceof ObjectNode object) {
      return Optional.of(new Fields(object, path(field), causes));
    }
    causes.wrongType(path(field), describe(value), "an object");
    return Optional.empty();
  }

  public Optional<Fields> requiredObject(String field, String what) {
    if (!has(field)) {
      known.add(field);
      causes.required(path(field), what);
      return Optional.empty();
    }
    return object(field);
  }

  /** A list of objects, each read by {@code reader}. */
  public <T> List<T> objects(String field, Function<Fields, T> reader) {
    List<T> all = new ArrayList<>();
    List<JsonNode> items = list(field);
    for (int i = 0; i < items.size(); i++) {
      String at = path(field) + "[" + i + "]";
      if (items.get(i) instanceof ObjectNode object) {
        all.add(reader.apply(new Fields(object, at, causes)));
      } else {
        causes.wrongType(at, describe(items.get(i)), "an object");
      }
    }
    return all;
  }

  public List<String> strings(String field) {
    List<String> all = new ArrayList<>();
    List<JsonNode> items = list(field);
    for (int i = 0; i < items.size(); i++) {
      if (items.get(i).isTextual()) {
        all.add(items.get(i).textValue());
      } else {
        causes.wrongType(path(field) + "[" + i + "]", describe(items.get(i)), "a string");
      }
    }
    return all;
  }

  public Map<String, String> stringMap(String field) {
    Map<String, String> all = new LinkedHashMap<>();
    object(field)
        .ifPresent(
            map ->
                map.node
                    .properties()
                    .forEach(
                        entry -> {
                          if (entry.getValue().isTextual()) {
                            all.put(entry.getKey(), entry.getValue().textValue());
                          } else {
                            causes.wrongType(
                                map.path(entry.getKey()), describe(entry.getValue()), "a string");
                          }
                        }));
    return all;
  }

  /** A field of any shape. */
  public Optional<JsonNode> any(String field) {
    return Optional.ofNullable(take(field));
  }

  /** All entries of this object, for maps whose values are not strings. */
  public Map<String, JsonNode> entries() {
    Map<String, JsonNode> all = new LinkedHashMap<>();
    node.properties()
        .forEach(
            entry -> {
              known.add(entry.getKey());
              if (!entry.getValue().isNull()) {
                all.put(entry.getKey(), entry.getValue());
              }
            });
    return all;
  }

  /** Fields that clients and servers send and that change nothing here. */
  public void harmless(String... fields) {
    known.addAll(List.of(fields));
  }

  /**
   * Fields of Kubernetes that would change what runs and that Hawser does not have: refused by
   * name, unless they say no more than the default (false, empty, 0).
   */
  public void unsupported(String... fields) {
    for (String field : fields) {
      JsonNode value = node.get(field);
      boolean says =
          value != null
              && !value.isNull()
              && !(value.isContainerNode() && value.isEmpty())
              && !(value.isBoolean() && !value.booleanValue())
              && !(value.isTextual() && value.textValue().isEmpty())
              && !(value.isIntegralNumber() && value.longValue() == 0);
      if (says) {
        causes.forbidden(path(field), "this field is not supported by Hawser; leave it out");
      }
      known.add(field);
    }
  }

  /** The same for fields that say something by being there at all, such as a kind of volume. */
  public void unsupportedPresent(String... fields) {
    for (String field : fields) {
      if (take(field) != null) {
        causes.forbidden(path(field), "this field is not supported by Hawser; leave it out");
      }
    }
  }

  /** How many of the fields asked for so far are there. */
  public int knownPresent() {
    return (int) known.stream().filter(node::hasNonNull).count();
  }

  public boolean isEmptyList(String field) {
    return node.path(field).isArray() && node.path(field).isEmpty();
  }

  /** Names every field that was not read. */
  public void end() {
    for (String field : (Iterable<String>) node::fieldNames) {
      if (!known.contains(field)) {
        causes.unknown(path(field), List.copyOf(new TreeSet<>(known)));
      }
    }
  }

  private List<JsonNode> list(String field) {
    JsonNode value = take(field);
    if (value == null) {
      return List.of();
    }
    if (!value.isArray()) {
      causes.wrongType(path(field), describe(value), "a list");
      return List.of();
    }
    List<JsonNode> items = new ArrayList<>();
    value.forEach(items::add);
    return items;
  }

  private JsonNode take(String field) {
    known.add(field);
    JsonNode value = node.get(field);
    return value == null || value.isNull() ? null : value;
  }

  static String describe(JsonNode value) {
    return switch (value.getNodeType()) {
      case ARRAY -> "a list";
      case OBJECT -> "an object";
      case STRING -> "a string";
      case NUMBER -> value.isIntegralNumber() ? "a whole number" : "a fraction";
      case BOOLEAN -> "a boolean";
      case NULL, MISSING -> "nothing";
      default -> value.getNodeType().toString();
    };
  }
}
