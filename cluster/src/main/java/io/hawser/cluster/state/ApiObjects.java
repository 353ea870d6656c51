package io.hawser.cluster.state;

import io.hawser.model.ApiObject;
import io.hawser.model.ObjectKey;
import io.hawser.model.ObjectName;
import io.hawser.model.PersistentVolume;
import io.hawser.model.TextSize;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.pcollections.PSortedMap;
import org.pcollections.PSortedSet;
import org.pcollections.TreePMap;
import org.pcollections.TreePSet;

/**
 * The objects of every kind without events of its own. An immutable value.
 *
 * @param removedVolumes index: by node, names of the volumes whose directories it is to remove
 * @param chars roughly how many characters all of them are as text
 */
public record ApiObjects(
    PSortedMap<String, PSortedMap<ObjectName, ApiObject>> byKind,
    PSortedMap<String, PSortedSet<String>> removedVolumes,
    long chars) {
  public static final ApiObjects NONE = new ApiObjects(TreePMap.empty(), TreePMap.empty(), 0);

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
    PSortedMap<ObjectName, ApiObject> all = of(kind);
    ApiObject old = all.get(object.objectName());
    return new ApiObjects(
        byKind.plus(kind, all.plus(object.objectName(), object)),
        removing(old, object),
        chars + charsOf(object) - charsOf(old));
  }

  ApiObjects minus(ObjectKey key) {
    PSortedMap<ObjectName, ApiObject> all = of(key.kind());
    PSortedMap<ObjectName, ApiObject> rest = all.minus(key.objectName());
    return new ApiObjects(
        rest.isEmpty() ? byKind.minus(key.kind()) : byKind.plus(key.kind(), rest),
        removing(all.get(key.objectName()), null),
        chars - charsOf(all.get(key.objectName())));
  }

  private static long charsOf(ApiObject object) {
    return object == null ? 0 : TextSize.of((Record) object);
  }

  /** The volumes that a node is to remove. */
  public Set<String> volumesToRemove(String node) {
    PSortedSet<String> names = removedVolumes.get(node);
    return names == null ? Set.of() : names;
  }

  private PSortedMap<String, PSortedSet<String>> removing(ApiObject old, ApiObject now) {
    PSortedMap<String, PSortedSet<String>> index = removedVolumes;
    if (old instanceof PersistentVolume volume && volume.isToBeRemoved()) {
      PSortedSet<String> names = index.get(volume.node());
      PSortedSet<String> rest = names.minus(volume.meta().name());
      index = rest.isEmpty() ? index.minus(volume.node()) : index.plus(volume.node(), rest);
    }
    if (now instanceof PersistentVolume volume && volume.isToBeRemoved()) {
      PSortedSet<String> names = index.get(volume.node());
      PSortedSet<String> more = names == null ? TreePSet.<String>empty() : names;
      index = index.plus(volume.node(), more.plus(volume.meta().name()));
    }
    return index;
  }

  private PSortedMap<ObjectName, ApiObject> of(String kind) {
    PSortedMap<ObjectName, ApiObject> objects = byKind.get(kind);
    return objects == null ? TreePMap.empty() : objects;
  }
}
