package io.hawser.node;

import io.hawser.model.ConfigSource;
import io.hawser.model.PodContainer;
import io.hawser.model.PodContainer.EnvVar;
import io.hawser.model.ResourceAmounts;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** A container's environment, from everywhere its spec names. */
final class Variables {
  /** What a kernel and every shell take as a name; other keys of an object are passed over. */
  private static final Pattern NAME = Pattern.compile("[-._a-zA-Z][-._a-zA-Z0-9]*");

  private Variables() {}

  /**
   * In the spec's order, so that a value may refer to variables before it; whole objects come first
   * and single variables win over them, as in Kubernetes.
   *
   * @throws ConfigFault for an object, key or field that does not exist
   */
  static Map<String, String> of(
      PodFields fields, PodContainer container, ConfigValues config, ResourceAmounts capacity) {
    String namespace = fields.pod().name().namespace();
    Map<String, String> env = new LinkedHashMap<>();
    env.put("HOSTNAME", PodFields.hostname(fields.pod()));
    for (ConfigSource.AllKeys from : container.envFrom()) {
      config
          .all(from.kind(), namespace, from.name(), from.optional())
          .ifPresent(
              values -> values.forEach((key, value) -> put(env, from.prefix() + key, value)));
    }
    for (EnvVar variable : container.env()) {
      value(fields, container, config, capacity, variable, env)
          .ifPresent(value -> env.put(variable.name(), value));
    }
    return env;
  }

  private static void put(Map<String, String> env, String name, byte[] value) {
    if (NAME.matcher(name).matches()) {
      env.put(name, new String(value, StandardCharsets.UTF_8));
    }
  }

  private static Optional<String> value(
      PodFields fields,
      PodContainer container,
      ConfigValues config,
      ResourceAmounts capacity,
      EnvVar variable,
      Map<String, String> env) {
    if (variable.keyRef().isPresent()) {
      return config
          .value(variable.keyRef().get(), fields.pod().name().namespace())
          .map(bytes -> new String(bytes, StandardCharsets.UTF_8));
    } else if (variable.resourceRef().isPresent()) {
      return Optional.of(
          resource(fields, container.name(), variable.resourceRef().get(), capacity));
    }
    return Optional.of(
        variable
            .fieldPath()
            .map(fields::value)
            .orElseGet(() -> EnvExpansion.expand(variable.value().orElse(""), env)));
  }

  /**
   * @param own the container it stands for when the reference names none
   * @param capacity the machine's: what a container without a limit may use
   */
  static String resource(
      PodFields fields, String own, ConfigSource.ResourceRef ref, ResourceAmounts capacity) {
    String name = ref.container().isEmpty() ? own : ref.container();
    PodContainer container =
        fields.pod().spec().containers().stream()
            .filter(c -> c.name().equals(name))
            .findFirst()
            .or(
                () ->
                    fields.pod().spec().initContainers().stream()
                        .filter(c -> c.name().equals(name))
                        .findFirst())
            .orElseThrow(
                () ->
                    new ConfigFault(
                        ConfigFault.CONFIG, "the pod has no container \"" + name + "\""));
    boolean limit = ref.resource().startsWith("limits.");
    ResourceAmounts amounts = limit ? container.limits() : container.effectiveRequests();
    BigDecimal amount =
        switch (ref.resource().substring(ref.resource().indexOf('.') + 1)) {
          case "cpu" -> millis(limit, amounts.cpuMillis(), capacity.cpuMillis());
          case "memory" -> thousand(millis(limit, amounts.memoryBytes(), capacity.memoryBytes()));
          default ->
              thousand(
                  millis(limit, amounts.ephemeralStorageBytes(), capacity.ephemeralStorageBytes()));
        };
    return amount
        .divide(BigDecimal.valueOf(ref.divisorMillis()), 0, RoundingMode.CEILING)
        .toPlainString();
  }

  private static BigDecimal millis(boolean limit, long own, long capacity) {
    return BigDecimal.valueOf(limit && own == 0 ? capacity : own);
  }

  private static BigDecimal thousand(BigDecimal units) {
    return units.movePointRight(3);
  }
}
