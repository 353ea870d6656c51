package io.hawser.model;

import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Which config maps and secrets a pod reads. */
public final class ConfigReferences {
  private ConfigReferences() {}

  /** Of all its containers and volumes. */
  public static Set<ObjectKey> of(String namespace, PodSpec spec) {
    Set<ObjectKey> keys = new TreeSet<>();
    Stream.concat(spec.initContainers().stream(), spec.containers().stream())
        .forEach(c -> keys.addAll(ofContainer(namespace, c)));
    keys.addAll(ofVolumes(namespace, spec));
    keys.addAll(ofImages(namespace, spec));
    return keys;
  }

  /** The class that says who runs its containers. */
  public static Optional<ObjectKey> ofRuntime(PodSpec spec) {
    return spec.runtimeClassName().map(name -> new ObjectKey("RuntimeClass", "", name));
  }

  /** The credentials for its images. */
  public static Set<ObjectKey> ofImages(String namespace, PodSpec spec) {
    Set<ObjectKey> keys = new TreeSet<>();
    spec.imagePullSecrets()
        .forEach(name -> keys.add(key(ConfigSource.Kind.SECRET, namespace, name)));
    return keys;
  }

  /** Of a container's variables. */
  public static Set<ObjectKey> ofContainer(String namespace, PodContainer container) {
    Set<ObjectKey> keys = new TreeSet<>();
    container.envFrom().forEach(e -> keys.add(key(e.kind(), namespace, e.name())));
    container.env().stream()
        .flatMap(e -> e.keyRef().stream())
        .forEach(ref -> keys.add(key(ref.kind(), namespace, ref.name())));
    return keys;
  }

  /** Of the pod's volumes. */
  public static Set<ObjectKey> ofVolumes(String namespace, PodSpec spec) {
    Set<ObjectKey> keys = new TreeSet<>();
    spec.volumes().stream()
        .flatMap(v -> v.files().stream())
        .flatMap(f -> f.sources().stream())
        .filter(s -> s.kind() != ConfigSource.Kind.DOWNWARD)
        .forEach(s -> keys.add(key(s.kind(), namespace, s.name())));
    return keys;
  }

  public static ObjectKey key(ConfigSource.Kind kind, String namespace, String name) {
    String word = kind == ConfigSource.Kind.SECRET ? "Secret" : "ConfigMap";
    return new ObjectKey(word, namespace, name);
  }
}
