package io.hawser.node;

import io.hawser.model.ApiObject;
import io.hawser.model.ConfigMap;
import io.hawser.model.ConfigReferences;
import io.hawser.model.ConfigSource;
import io.hawser.model.ObjectKey;
import io.hawser.model.PodSpec;
import io.hawser.model.RuntimeClass;
import io.hawser.model.Secret;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What a pod's config maps and secrets hold, as last read. Its text form tells no values. */
record ConfigValues(Map<ObjectKey, ApiObject> objects) {
  static final ConfigValues NONE = new ConfigValues(Map.of());

  ConfigValues {
    objects = Map.copyOf(objects);
  }

  /**
   * All values of an object, by key.
   *
   * @return empty when it is optional and does not exist
   * @throws ConfigFault when it does not exist
   */
  Optional<Map<String, byte[]>> all(
      ConfigSource.Kind kind, String namespace, String name, boolean optional) {
    ApiObject object = objects.get(ConfigReferences.key(kind, namespace, name));
    if (object instanceof Secret secret) {
      return Optional.of(decoded(secret.data()));
    } else if (object instanceof ConfigMap map) {
      Map<String, byte[]> all = decoded(map.binaryData());
      map.data().forEach((key, text) -> all.put(key, text.getBytes(StandardCharsets.UTF_8)));
      return Optional.of(all);
    } else if (optional) {
      return Optional.empty();
    }
    throw new ConfigFault(ConfigFault.CONFIG, word(kind) + " \"" + name + "\" not found");
  }

  /**
   * What the pod's runtime class calls the runtime on a node.
   *
   * @throws ConfigFault when there is no such class
   */
  Optional<String> handler(PodSpec spec) {
    Optional<ObjectKey> key = ConfigReferences.ofRuntime(spec);
    if (key.isEmpty()) {
      return Optional.empty();
    }
    if (objects.get(key.get()) instanceof RuntimeClass found) {
      return Optional.of(found.handler());
    }
    throw new ConfigFault(
        ConfigFault.CONFIG, "RuntimeClass \"" + key.get().name() + "\" not found");
  }

  Optional<Secret> secret(ObjectKey key) {
    return Optional.ofNullable(objects.get(key))
        .filter(Secret.class::isInstance)
        .map(Secret.class::cast);
  }

  /**
   * One value.
   *
   * @return empty when it is optional and does not exist
   * @throws ConfigFault when the object or the key does not exist
   */
  Optional<byte[]> value(ConfigSource.KeyRef ref, String namespace) {
    Optional<Map<String, byte[]>> all = all(ref.kind(), namespace, ref.name(), ref.optional());
    if (all.isPresent() && !all.get().containsKey(ref.key()) && !ref.optional()) {
      throw missing(ref.kind(), ref.name(), ref.key());
    }
    return all.map(values -> values.get(ref.key()));
  }

  static ConfigFault missing(ConfigSource.Kind kind, String name, String key) {
    return new ConfigFault(
        ConfigFault.CONFIG, "couldn't find key " + key + " in " + word(kind) + " \"" + name + "\"");
  }

  private static String word(ConfigSource.Kind kind) {
    return kind == ConfigSource.Kind.SECRET ? "secret" : "configmap";
  }

  private static Map<String, byte[]> decoded(Map<String, String> base64) {
    Map<String, byte[]> all = new TreeMap<>();
    base64.forEach((key, text) -> all.put(key, Base64.getDecoder().decode(text)));
    return all;
  }

  @Override
  public String toString() {
    return "ConfigValues" + objects.keySet();
  }
}
