package io.hawser.gateway.decode;

import io.hawser.gateway.wire.Fields;
import io.hawser.model.PodContainer.Confinement;
import io.hawser.model.PodContainer.Seccomp;
import io.hawser.model.PodContainer.SeccompKind;
import io.hawser.model.PodContainer.SecurityContext;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads {@code core/v1 PodSecurityContext} and {@code SecurityContext}. */
final class SecurityContextDecoder {
  private static final long MAX_ID = Integer.MAX_VALUE;
  private static final Map<String, SeccompKind> KINDS =
      Map.of(
          "Localhost", SeccompKind.LOCALHOST,
          "RuntimeDefault", SeccompKind.RUNTIME_DEFAULT,
          "Unconfined", SeccompKind.UNCONFINED);

  private SecurityContextDecoder() {}

  /** Without the fields that {@link IsolationDecoder} has read. */
  static SecurityContext ofPod(Fields fields) {
    SecurityContext context =
        new SecurityContext(
            fields.number("runAsUser", 0, MAX_ID),
            fields.number("runAsGroup", 0, MAX_ID),
            fields.bool("runAsNonRoot"),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            List.of(),
            new Confinement(Optional.empty(), seccomp(fields), false));
    others(fields);
    fields.harmless("fsGroupChangePolicy");
    fields.oneOf("supplementalGroupsPolicy", List.of("Merge"));
    fields.end();
    return context;
  }

  static SecurityContext ofContainer(Fields fields) {
    Optional<Fields> capabilities = fields.object("capabilities");
    List<String> add = capabilities.map(c -> c.strings("add")).orElse(List.of());
    List<String> drop = capabilities.map(c -> c.strings("drop")).orElse(List.of());
    capabilities.ifPresent(
        c -> {
          checkCapabilities(c, "add", add);
          checkCapabilities(c, "drop", drop);
          c.end();
        });
    SecurityContext context =
        new SecurityContext(
            fields.number("runAsUser", 0, MAX_ID),
            fields.number("runAsGroup", 0, MAX_ID),
            fields.bool("runAsNonRoot"),
            fields.bool("readOnlyRootFilesystem"),
            fields.bool("allowPrivilegeEscalation"),
            add,
            drop,
            new Confinement(fields.bool("privileged"), seccomp(fields), unmasked(fields)));
    boolean privileged = context.confinement().privileged().orElse(false);
    if (privileged && !context.allowPrivilegeEscalation().orElse(true)) {
      fields
          .causes()
          .invalid(
              fields.path("allowPrivilegeEscalation"),
              "false",
              "can't be false when `privileged` is true");
    }
    others(fields);
    fields.end();
    return context;
  }

  private static boolean unmasked(Fields fields) {
    return fields
        .oneOf("procMount", List.of("Default", "Unmasked"))
        .equals(Optional.of("Unmasked"));
  }

  private static void others(Fields fields) {
    fields.unsupported("seLinuxOptions", "windowsOptions");
    fields
        .object("appArmorProfile")
        .ifPresent(
            p -> {
              p.oneOf("type", List.of("RuntimeDefault"));
              p.harmless("localhostProfile");
              p.end();
            });
  }

  private static Optional<Seccomp> seccomp(Fields fields) {
    return fields.object("seccompProfile").map(SecurityContextDecoder::seccompProfile);
  }

  private static Seccomp seccompProfile(Fields fields) {
    String required = "expected one of Localhost, RuntimeDefault, Unconfined";
    fields.requiredText("type", required);
    SeccompKind kind =
        fields
            .oneOf("type", List.of("Localhost", "RuntimeDefault", "Unconfined"))
            .map(KINDS::get)
            .orElse(SeccompKind.RUNTIME_DEFAULT);
    Optional<String> file = fields.text("localhostProfile");
    if (kind == SeccompKind.LOCALHOST && file.isEmpty()) {
      fields
          .causes()
          .required(fields.path("localhostProfile"), "must be set when `type` is Localhost");
    }
    if (kind != SeccompKind.LOCALHOST && file.isPresent()) {
      fields
          .causes()
          .invalid(
              fields.path("localhostProfile"),
              file.get(),
              "may only be set when `type` is Localhost");
    }
    file.filter(f -> f.startsWith("/") || PodSpecDecoder.hasParentStep(f))
        .ifPresent(
            f ->
                fields
                    .causes()
                    .invalid(
                        fields.path("localhostProfile"), f, "must be relative and without '..'"));
    fields.end();
    return new Seccomp(kind, file);
  }

  private static void checkCapabilities(Fields fields, String list, List<String> names) {
    for (int i = 0; i < names.size(); i++) {
      if (!names.get(i).matches("[A-Z][A-Z0-9_]{1,40}")) {
        fields
            .causes()
            .invalid(
                fields.path(list) + "[" + i + "]",
                names.get(i),
                "must be a capability's name such as NET_BIND_SERVICE, or ALL");
      }
    }
  }
}
