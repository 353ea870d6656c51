package io.hawser.gateway.decode;

import io.hawser.gateway.wire.Fields;
import io.hawser.model.PodContainer.SecurityContext;
import java.util.List;
import java.util.Optional;

/** Reads {@code core/v1 PodSecurityContext} and {@code SecurityContext}. */
final class SecurityContextDecoder {
  private static final long MAX_ID = Integer.MAX_VALUE;

  private SecurityContextDecoder() {}

  static SecurityContext ofPod(Fields fields) {
    SecurityContext context =
        new SecurityContext(
            fields.number("runAsUser", 0, MAX_ID),
            fields.number("runAsGroup", 0, MAX_ID),
            fields.bool("runAsNonRoot"),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            List.of());
    profiles(fields);
    fields.unsupported("fsGroup", "supplementalGroups", "sysctls");
    fields.harmless("fsGroupChangePolicy", "supplementalGroupsPolicy");
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
            drop);
    profiles(fields);
    fields.unsupported("privileged");
    fields.oneOf("procMount", List.of("Default"));
    fields.end();
    return context;
  }

  /** Every container runs under the runtime's seccomp filter; no other profile can be chosen. */
  private static void profiles(Fields fields) {
    fields.unsupported("seLinuxOptions", "windowsOptions");
    for (String profile : List.of("seccompProfile", "appArmorProfile")) {
      fields
          .object(profile)
          .ifPresent(
              p -> {
                p.oneOf("type", List.of("RuntimeDefault"));
                p.harmless("localhostProfile");
                p.end();
              });
    }
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
