package io.hawser.gateway.http;

import io.hawser.gateway.apply.FieldOwner;
import io.hawser.gateway.wire.Causes;
import io.hawser.gateway.wire.StatusError;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** Who writes, by what the request says: the field manager of what it changes. */
final class Writer {
  /** Longest name of a field manager; Kubernetes' bound. */
  private static final int MAX_BYTES = 128;

  private static final String FIELD = "fieldManager";
  private static final StatusError.Subject OPTIONS =
      new StatusError.Subject("meta.k8s.io", "PatchOptions", "");

  private Writer() {}

  /**
   * @throws StatusError 422 without a name
   */
  static FieldOwner applier(ApiRequest request, String apiVersion) {
    Causes causes = new Causes();
    Optional<String> name = named(request, causes);
    if (name.isEmpty() && causes.isEmpty()) {
      causes.required(FIELD, "is required for apply patch");
    }
    causes.throwIfAny(OPTIONS);
    return FieldOwner.applier(name.orElseThrow(), apiVersion);
  }

  /**
   * Who does not give a name is called as the program is.
   *
   * @throws StatusError 422 when the name can't be one
   */
  static FieldOwner updater(ApiRequest request, String apiVersion, Optional<String> subresource) {
    Causes causes = new Causes();
    Optional<String> name = named(request, causes);
    causes.throwIfAny(OPTIONS);
    return FieldOwner.updater(
        name.orElseGet(() -> program(request)), apiVersion, subresource.orElse(""));
  }

  private static Optional<String> named(ApiRequest request, Causes causes) {
    Optional<String> name = request.param(FIELD);
    name.ifPresent(
        n -> {
          if (n.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
            causes.invalid(FIELD, n, "may not be more than " + MAX_BYTES + " bytes");
          } else if (!n.chars().allMatch(Writer::isPrintable)) {
            causes.invalid(FIELD, n, "should only contain printable characters");
          }
        });
    return name;
  }

  private static String program(ApiRequest request) {
    String agent = request.header("User-Agent").orElse("");
    StringBuilder name = new StringBuilder();
    agent
        .split("/", 2)[0]
        .chars()
        .filter(Writer::isPrintable)
        .limit(MAX_BYTES)
        .forEach(c -> name.append((char) c));
    return name.isEmpty() ? "unknown" : name.toString();
  }

  private static boolean isPrintable(int character) {
    return !Character.isISOControl(character);
  }

  /**
   * @throws StatusError 422 when another write than an apply says {@code force}
   */
  static void refuseForce(ApiRequest request) {
    if (!request.params("force").isEmpty()) {
      Causes causes = new Causes();
      causes.forbidden("force", "may not be specified for non-apply patch");
      causes.throwIfAny(OPTIONS);
    }
  }

  /**
   * @throws StatusError 422 unless it is absent or {@code All}
   */
  static boolean isDryRun(ApiRequest request) {
    Causes causes = new Causes();
    boolean dryRun = isDryRun(request.params("dryRun"), causes);
    causes.throwIfAny(OPTIONS);
    return dryRun;
  }

  static boolean isDryRun(List<String> values, Causes causes) {
    values.stream()
        .filter(v -> !v.equals("All"))
        .forEach(v -> causes.notSupported("dryRun", v, List.of("All")));
    return !values.isEmpty();
  }
}
