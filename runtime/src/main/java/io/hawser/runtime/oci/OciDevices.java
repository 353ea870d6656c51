package io.hawser.runtime.oci;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A bundle's device rules, in their order, as what stays allowed in the end: for cgroup v2, whose
 * filter is one program and not a list that changes.
 */
final class OciDevices {
  private OciDevices() {}

  /**
   * @return rules such as {@code c 10:229 rw}; empty: nothing is denied
   */
  static Optional<List<String>> allowed(JsonNode rules) {
    boolean restricted = false;
    Set<String> allowed = new LinkedHashSet<>();
    for (JsonNode rule : rules) {
      boolean allow = rule.path("allow").asBoolean();
      String type = rule.path("type").asText("a");
      String numbers = number(rule.path("major")) + ":" + number(rule.path("minor"));
      if (type.equals("a") && numbers.equals("*:*")) {
        restricted = !allow;
        allowed.clear();
        continue;
      }
      for (String kind : type.equals("a") ? List.of("b", "c") : List.of(type)) {
        String text = kind + " " + numbers + " " + rule.path("access").asText("rwm");
        if (allow) {
          allowed.add(text);
        } else {
          allowed.remove(text);
        }
      }
    }
    return restricted ? Optional.of(List.copyOf(allowed)) : Optional.empty();
  }

  private static String number(JsonNode node) {
    return node.isNumber() && node.asLong() >= 0 ? node.asText() : "*";
  }
}
