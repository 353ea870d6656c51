package io.hawser.gateway.http;

import java.util.List;
import java.util.Optional;

/**
 * A path of the API that names a kind, and perhaps an object and a part of it.
 *
 * @param namespace empty: none, or all
 * @param subresource {@code scale}, {@code log} and the like
 */
record ApiPath(
    String group,
    String version,
    String namespace,
    String plural,
    Optional<String> name,
    Optional<String> subresource) {

  /** Reads the path below {@code /api} and {@code /apis}; empty when it is none of that shape. */
  static Optional<ApiPath> parse(List<String> segments) {
    if (segments.size() >= 3 && segments.get(0).equals("api")) {
      return below("", segments.get(1), segments.subList(2, segments.size()));
    } else if (segments.size() >= 4 && segments.get(0).equals("apis")) {
      return below(segments.get(1), segments.get(2), segments.subList(3, segments.size()));
    }
    return Optional.empty();
  }

  private static Optional<ApiPath> below(String group, String version, List<String> rest) {
    boolean namespaced = rest.get(0).equals("namespaces") && rest.size() >= 3;
    boolean partOfNamespace =
        namespaced && rest.size() == 3 && List.of("status", "finalize").contains(rest.get(2));
    if (namespaced && !partOfNamespace) {
      return object(group, version, rest.get(1), rest.subList(2, rest.size()));
    }
    return object(group, version, "", rest);
  }

  private static Optional<ApiPath> object(
      String group, String version, String namespace, List<String> rest) {
    if (rest.size() > 3) {
      return Optional.empty();
    }
    return Optional.of(
        new ApiPath(
            group,
            version,
            namespace,
            rest.get(0),
            rest.size() > 1 ? Optional.of(rest.get(1)) : Optional.empty(),
            rest.size() > 2 ? Optional.of(rest.get(2)) : Optional.empty()));
  }
}
