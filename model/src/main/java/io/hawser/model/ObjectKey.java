package io.hawser.model;

import java.util.Comparator;

/**
 * Which object of all kinds.
 *
 * @param kind as the API writes it, such as {@code ConfigMap}
 * @param namespace empty for a kind without namespaces
 */
public record ObjectKey(String kind, String namespace, String name)
    implements Comparable<ObjectKey> {
  private static final Comparator<ObjectKey> ORDER =
      Comparator.comparing(ObjectKey::kind)
          .thenComparing(ObjectKey::namespace)
          .thenComparing(ObjectKey::name);

  public static ObjectKey of(String kind, ObjectName name) {
    return new ObjectKey(kind, name.namespace(), name.name());
  }

  public ObjectName objectName() {
    return new ObjectName(namespace, name);
  }

  @Override
  public int compareTo(ObjectKey other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return kind + "/" + (namespace.isEmpty() ? name : namespace + "/" + name);
  }
}
