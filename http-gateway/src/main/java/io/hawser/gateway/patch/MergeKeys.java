package io.hawser.gateway.patch;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which lists of Kubernetes' objects are merged, and by which fields of their elements. Both kinds
 * of merging share it: a strategic merge patch knows an element by the first field ({@code
 * patchMergeKey} in Kubernetes' types), server-side apply by all of them ({@code listMapKey}). No
 * two of the kinds served use one name differently.
 */
public final class MergeKeys {
  private static final Map<String, List<String>> KEYS =
      Map.ofEntries(
          Map.entry("containers", List.of("name")),
          Map.entry("initContainers", List.of("name")),
          Map.entry("ephemeralContainers", List.of("name")),
          Map.entry("volumes", List.of("name")),
          Map.entry("env", List.of("name")),
          Map.entry("imagePullSecrets", List.of("name")),
          Map.entry("ports", List.of("containerPort", "protocol")),
          Map.entry("volumeMounts", List.of("mountPath")),
          Map.entry("volumeDevices", List.of("devicePath")),
          Map.entry("topologySpreadConstraints", List.of("topologyKey", "whenUnsatisfiable")),
          Map.entry("hostAliases", List.of("ip")),
          Map.entry("ownerReferences", List.of("uid")),
          Map.entry("conditions", List.of("type")),
          Map.entry("addresses", List.of("type")));

  /** What a key is when an element does not say it. */
  private static final Map<String, String> DEFAULTS = Map.of("protocol", "TCP");

  /** Lists of plain values that are merged as sets. */
  private static final Set<String> SETS = Set.of("finalizers");

  private MergeKeys() {}

  /** The fields that tell the elements of this list apart; empty for a list that is replaced. */
  public static List<String> of(String field) {
    return KEYS.getOrDefault(field, List.of());
  }

  /** Empty when there is no default. */
  public static String defaultOf(String key) {
    return DEFAULTS.getOrDefault(key, "");
  }

  public static boolean isSet(String field) {
    return SETS.contains(field);
  }
}
