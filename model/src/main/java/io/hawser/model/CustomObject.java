package io.hawser.model;

import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * An object of a kind that somebody else's jar brought. It is kept and served like any other; the
 * jar's code says which pods it wants.
 *
 * @param type kind, version and group with dots between, such as {@code
 *     OfficeHours.v1.examples.hawser.io}
 * @param fields of its spec but the template: text, Boolean, Long, Double, and lists and maps of
 *     them
 * @param template of its pods, when its spec has one
 */
public record CustomObject(
    ObjectMeta meta,
    String type,
    Map<String, Object> fields,
    Optional<PodTemplate> template,
    Status status)
    implements ApiObject {
  public CustomObject {
    fields = plain(fields);
    template = template == null ? Optional.empty() : template;
  }

  /** The parts of a type's name. */
  public record Type(String kind, String version, String group) {
    public String apiVersion() {
      return group + "/" + version;
    }

    /** As the journal and owners' references of pods name it. */
    public String name() {
      return kind + "." + version + "." + group;
    }
  }

  /**
   * @param fields what the kind's code says of it, as plain as the spec's
   * @param problem why its wishes can't be carried out
   * @param waitsForTime whether it is looked at again in a second
   */
  public record Status(
      long observedGeneration,
      int pods,
      Map<String, Object> fields,
      Optional<String> problem,
      boolean waitsForTime)
      implements ObjectStatus {
    public static final Status NONE = new Status(0, 0, Map.of(), Optional.empty(), false);

    public Status {
      fields = plain(fields);
    }
  }

  /** No kind of Hawser's own has a dot in its name. */
  public static boolean isType(String kind) {
    return kind.indexOf('.') > 0;
  }

  /**
   * @throws IllegalArgumentException when the name has less than three parts
   */
  public static Type typeOf(String name) {
    String[] parts = name.split("\\.", 3);
    if (parts.length < 3) {
      throw new IllegalArgumentException("no KIND.VERSION.GROUP: " + name);
    }
    return new Type(parts[0], parts[1], parts[2]);
  }

  /** The same however it was read: whole numbers are Longs, others Doubles, null is left out. */
  private static Map<String, Object> plain(Map<?, ?> map) {
    Map<String, Object> plain = new TreeMap<>();
    map.forEach(
        (key, value) -> {
          if (value != null) {
            plain.put(String.valueOf(key), plain(value));
          }
        });
    return Collections.unmodifiableMap(plain);
  }

  private static Object plain(Object value) {
    if (value instanceof Map<?, ?> map) {
      return plain(map);
    } else if (value instanceof Collection<?> list) {
      return list.stream().filter(v -> v != null).map(CustomObject::plain).toList();
    } else if (value instanceof Integer || value instanceof Short || value instanceof Byte) {
      return ((Number) value).longValue();
    } else if (value instanceof Number number && !(value instanceof Long)) {
      return number.doubleValue();
    }
    return value instanceof Long || value instanceof Boolean ? value : String.valueOf(value);
  }

  @Override
  public String kind() {
    return type;
  }

  @Override
  public CustomObject withMeta(ObjectMeta newMeta) {
    return new CustomObject(newMeta, type, fields, template, status);
  }

  @Override
  public Optional<ObjectStatus> currentStatus() {
    return Optional.of(status);
  }

  @Override
  public CustomObject withStatus(ObjectStatus newStatus) {
    return new CustomObject(meta, type, fields, template, (Status) newStatus);
  }
}
