package io.hawser.gateway.encode;

import java.util.Locale;

/** Kubernetes' spelling of the model's enum values: {@code ON_FAILURE} is {@code OnFailure}. */
final class Words {
  private Words() {}

  static String camel(Enum<?> value) {
    StringBuilder text = new StringBuilder();
    for (String part : value.name().split("_")) {
      text.append(part.charAt(0)).append(part.substring(1).toLowerCase(Locale.ROOT));
    }
    return text.toString();
  }
}
