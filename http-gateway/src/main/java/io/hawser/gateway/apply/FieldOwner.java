package io.hawser.gateway.apply;

/**
 * Who writes fields. Appliers are told apart by their names, others by the version and the part of
 * the object that they write, too.
 *
 * @param apiVersion in which the fields are named, such as {@code apps/v1}
 * @param subresource such as {@code scale}; empty for the object itself
 */
public record FieldOwner(String name, Operation operation, String apiVersion, String subresource) {
  /** Kubernetes' words. */
  public enum Operation {
    APPLY("Apply"),
    UPDATE("Update");

    private final String word;

    Operation(String word) {
      this.word = word;
    }

    String word() {
      return word;
    }
  }

  public static FieldOwner applier(String name, String apiVersion) {
    return new FieldOwner(name, Operation.APPLY, apiVersion, "");
  }

  public static FieldOwner updater(String name, String apiVersion, String subresource) {
    return new FieldOwner(name, Operation.UPDATE, apiVersion, subresource);
  }

  boolean is(FieldOwner other) {
    return name.equals(other.name)
        && operation == other.operation
        && subresource.equals(other.subresource)
        && (operation == Operation.APPLY || apiVersion.equals(other.apiVersion));
  }

  /** As a conflict names it. */
  @Override
  public String toString() {
    String quoted = '"' + name + '"';
    String part = subresource.isEmpty() ? "" : " with subresource \"" + subresource + '"';
    return quoted + part + (operation == Operation.UPDATE ? " using " + apiVersion : "");
  }
}
