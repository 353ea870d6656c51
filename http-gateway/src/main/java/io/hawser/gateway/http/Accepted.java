package io.hawser.gateway.http;

import io.hawser.gateway.wire.StatusError;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * How a client wants its answer.
 *
 * @param tableVersion present: as a {@code meta.k8s.io} Table of this version
 */
record Accepted(boolean yaml, Optional<String> tableVersion) {
  static final Accepted JSON = new Accepted(false, Optional.empty());

  /**
   * The first of the client's types that this server has.
   *
   * @throws StatusError 406 when there is none
   */
  static Accepted of(Optional<String> header) {
    if (header.isEmpty() || header.get().isBlank()) {
      return JSON;
    }
    for (String part : header.get().split(",")) {
      Optional<Accepted> fits = fit(part);
      if (fits.isPresent()) {
        return fits.get();
      }
    }
    throw StatusError.of(
        406,
        "NotAcceptable",
        "only application/json, application/yaml and, for lists and objects,"
            + " application/json;as=Table;v=v1;g=meta.k8s.io are served");
  }

  private static Optional<Accepted> fit(String part) {
    String[] words = part.split(";");
    String type = words[0].strip().toLowerCase(Locale.ROOT);
    Map<String, String> parameters = new HashMap<>();
    for (int i = 1; i < words.length; i++) {
      String[] pair = words[i].strip().split("=", 2);
      parameters.put(pair[0], pair.length > 1 ? pair[1].replace("\"", "") : "");
    }
    boolean yaml = type.equals("application/yaml") || type.equals("application/x-yaml");
    boolean json =
        type.equals("application/json") || type.equals("*/*") || type.equals("application/*");
    if (!yaml && !json) {
      return Optional.empty();
    }
    String as = parameters.get("as");
    if (as == null) {
      return Optional.of(new Accepted(yaml, Optional.empty()));
    }
    String version = parameters.getOrDefault("v", "");
    boolean table =
        as.equals("Table")
            && "meta.k8s.io".equals(parameters.get("g"))
            && (version.equals("v1") || version.equals("v1beta1"));
    return table ? Optional.of(new Accepted(yaml, Optional.of(version))) : Optional.empty();
  }
}
