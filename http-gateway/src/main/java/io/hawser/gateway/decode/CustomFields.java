package io.hawser.gateway.decode;

import com.fasterxml.jackson.databind.JsonNode;
import io.hawser.gateway.wire.Fields;
import io.hawser.model.CustomObject;
import io.hawser.model.ObjectMeta;
import io.hawser.model.PodTemplate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the spec of a kind from a jar: its template field by field, the rest as it is. */
public final class CustomFields {
  private static final List<String> RESTART_POLICIES = List.of("Always", "OnFailure", "Never");

  private CustomFields() {}

  /**
   * @param type the kind's name in the journal
   */
  public static CustomObject read(ObjectMeta meta, Fields root, String type) {
    Optional<Fields> spec = root.requiredObject("spec", "expected what is wanted");
    Optional<PodTemplate> template =
        spec.flatMap(s -> s.object("template"))
            .map(t -> DeploymentDecoder.template(t, RESTART_POLICIES));
    Map<String, Object> fields = new HashMap<>();
    spec.ifPresent(s -> s.entries().forEach((name, value) -> fields.put(name, plain(value))));
    fields.remove("template");
    return new CustomObject(meta, type, fields, template, CustomObject.Status.NONE);
  }

  private static Object plain(JsonNode value) {
    if (value.isObject()) {
      Map<String, Object> map = new HashMap<>();
      value
          .properties()
          .forEach(
              entry -> {
                if (!entry.getValue().isNull()) {
                  map.put(entry.getKey(), plain(entry.getValue()));
                }
              });
      return map;
    } else if (value.isArray()) {
      List<Object> list = new ArrayList<>();
      value.forEach(item -> list.add(plain(item)));
      return list;
    } else if (value.isBoolean()) {
      return value.booleanValue();
    } else if (value.isIntegralNumber() && value.canConvertToLong()) {
      return value.longValue();
    }
    return value.isNumber() ? (Object) value.doubleValue() : value.asText();
  }
}
