package io.hawser.model;

/** A namespaced object's name; unique for its kind at any one time. Written {@code ns/name}. */
public record ObjectName(String namespace, String name) implements Comparable<ObjectName> {
  /**
   * Reads {@code ns/name}.
   *
   * @throws IllegalArgumentException without exactly one slash
   */
  public static ObjectName parse(String text) {
    int slash = text.indexOf('/');
    if (slash <= 0 || slash == text.length() - 1 || text.indexOf('/', slash + 1) >= 0) {
      throw new IllegalArgumentException("expected namespace/name, got: " + text);
    }
    return new ObjectName(text.substring(0, slash), text.substring(slash + 1));
  }

  @Override
  public int compareTo(ObjectName other) {
    // Most are of one namespace, and share its text.
    int order = namespace == other.namespace ? 0 : namespace.compareTo(other.namespace);
    return order != 0 ? order : name.compareTo(other.name);
  }

  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
