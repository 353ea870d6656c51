package io.hawser.cluster.state;

import io.hawser.model.ApiObject;
import io.hawser.model.ObjectKey;
import io.hawser.model.ObjectName;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.pcollections.PSortedMap;
import org.pcollections.TreePMap;

/** The objects of every kind without events of its own. An immutable value. */
public record ApiObjects(PSortedMap<String, PSortedMap<ObjectName, ApiObject>> byKind) {
  public static final ApiObjects NONE = new ApiObjects(TreePMap.empty());

  /** All of one kind, in the order of their names. */
  @SuppressWarnings("unchecked")
  public <T extends ApiObject> Collection<T> all(Class<T> kind) {
    return (Collection<T>) of(kind.getSimpleName()).values();
  }

  /** A namespace's of one kind, without a look at any other's, in the order of their names. */
  @SuppressWarnings("unchecked")
  public <T extends ApiObject> Collection<T> in(String namespace, Class<T> kind) {
    PSortedMap<ObjectName, ApiObject> all = byKind.get(kind.getSimpleName());
    if (all == null) {
      return List.of();
    }
    ObjectName first = new ObjectName(namespace, "");
    ObjectName end = new ObjectName(namespace + '\0', "");
    return (Collection<T>) all.subMap(first, true, end, false).values();
  }

  /** All of the kind of this name, which several kinds of others' jars share one class for. */
  public Collection<ApiObject> all(String kind) {
    return of(kind).values();
  }

  public Stream<ApiObject> all() {
    return byKind.values().stream().flatMap(m -> m.values().stream());
  }

  /** How many there are, of all kinds. */
  public int count() {
    return byKind.values().stream().mapToInt(Map::size).sum();
  }

  public <T extends ApiObject> Optional<T> find(Class<T> kind, ObjectName name) {
    return Optional.ofNullable(of(kind.getSimpleName()).get(name)).map(kind::cast);
  }

  public Optional<ApiObject> find(ObjectKey key) {
    return Optional.ofNullable(of(key.kind()).get(key.objectName()));
  }

  /** With an object in place of an older one of that name. */
  ApiObjects plus(ApiObject object) {
    String kind = object.kind();
    return new ApiObjects(byKind.plus(kind, of(kind).plus(object.objectName(), object)));
  }

  ApiObjects minus(ObjectKey key) {
    PSortedMap<ObjectName, ApiObject> rest = of(key.kind()).minus(key.objectName());
    return new ApiObjects(
        rest.isEmpty() ? byKind.minus(key.kind()) : byKind.plus(key.kind(), rest));
  }

  private PSortedMap<ObjectName, ApiObject> of(String kind) {
    PSortedMap<ObjectName, ApiObject> objects = byKind.get(kind);
    return objects == null ? TreePMap.empty() : objects;
  }
}
