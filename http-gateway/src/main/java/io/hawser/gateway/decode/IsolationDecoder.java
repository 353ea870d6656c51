package io.hawser.gateway.decode;

import io.hawser.gateway.wire.Fields;
import io.hawser.model.PodContainer;
import io.hawser.model.PodIsolation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads what a pod shares with its machine, and the pod-wide part of its security context. */
final class IsolationDecoder {
  private static final long MAX_ID = Integer.MAX_VALUE;
  private static final int MAX_GROUPS = 64;

  /** What can't harm other pods: Kubernetes' list of safe sysctls (1.32). */
  private static final Set<String> SAFE_SYSCTLS =
      Set.of(
          "kernel.shm_rmid_forced",
          "net.ipv4.ip_local_port_range",
          "net.ipv4.ip_local_reserved_ports",
          "net.ipv4.ip_unprivileged_port_start",
          "net.ipv4.ping_group_range",
          "net.ipv4.tcp_fin_timeout",
          "net.ipv4.tcp_keepalive_intvl",
          "net.ipv4.tcp_keepalive_probes",
          "net.ipv4.tcp_keepalive_time",
          "net.ipv4.tcp_rmem",
          "net.ipv4.tcp_syncookies",
          "net.ipv4.tcp_wmem");

  /** The fields go to two places of the model. */
  record Decoded(PodContainer.SecurityContext context, PodIsolation isolation) {}

  private final Fields spec;
  private final Optional<Fields> context;

  private IsolationDecoder(Fields spec) {
    this.spec = spec;
    this.context = spec.object("securityContext");
  }

  /**
   * @param hostNetwork what the spec says of it, for what excludes it
   */
  static Decoded decode(Fields spec, boolean hostNetwork) {
    return new IsolationDecoder(spec).read(hostNetwork);
  }

  private Decoded read(boolean hostNetwork) {
    Optional<Boolean> hostUsers = spec.bool("hostUsers");
    boolean hostPid = spec.bool("hostPID").orElse(false);
    boolean hostIpc = spec.bool("hostIPC").orElse(false);
    boolean shared = spec.bool("shareProcessNamespace").orElse(false);
    if (!hostUsers.orElse(true)) {
      excludes("hostNetwork", hostNetwork);
      excludes("hostPID", hostPid);
      excludes("hostIPC", hostIpc);
    }
    if (hostPid && shared) {
      spec.causes()
          .invalid(
              spec.path("shareProcessNamespace"),
              "true",
              "hostPID and shareProcessNamespace can't both be true");
    }
    PodIsolation isolation =
        new PodIsolation(
            hostUsers,
            hostPid,
            hostIpc,
            shared,
            context.flatMap(c -> c.number("fsGroup", 0, MAX_ID)),
            context.map(IsolationDecoder::groups).orElse(List.of()),
            context.map(c -> sysctls(c, hostNetwork, hostIpc)).orElse(Map.of()));
    PodContainer.SecurityContext own =
        context.map(SecurityContextDecoder::ofPod).orElse(PodContainer.SecurityContext.DEFAULT);
    return new Decoded(own, isolation);
  }

  /** All of /proc is only for root that is nobody outside: Kubernetes' rule. */
  static void checkProc(Fields spec, PodIsolation isolation, List<PodContainer> containers) {
    for (int i = 0; i < containers.size() && isolation.hostUsers().orElse(true); i++) {
      if (containers.get(i).securityContext().confinement().procUnmasked()) {
        spec.causes()
            .forbidden(
                spec.path("containers") + "[" + i + "].securityContext.procMount",
                "Unmasked needs `hostUsers` to be false");
      }
    }
  }

  private void excludes(String field, boolean set) {
    if (set) {
      spec.causes().forbidden(spec.path(field), "when `hostUsers` is false");
    }
  }

  private static List<Long> groups(Fields context) {
    List<Long> groups = new ArrayList<>();
    context
        .any("supplementalGroups")
        .ifPresent(
            list -> {
              boolean fits = list.isArray() && list.size() <= MAX_GROUPS;
              for (var id : list) {
                fits &= id.canConvertToLong() && id.longValue() >= 0 && id.longValue() <= MAX_ID;
                groups.add(id.longValue());
              }
              if (!fits) {
                context
                    .causes()
                    .invalid(
                        context.path("supplementalGroups"),
                        list.toString(),
                        "must be a list of at most " + MAX_GROUPS + " group ids");
              }
            });
    return groups;
  }

  private static Map<String, String> sysctls(Fields context, boolean hostNetwork, boolean hostIpc) {
    Map<String, String> all = new LinkedHashMap<>();
    context.objects(
        "sysctls",
        sysctl -> {
          String written = sysctl.requiredText("name", "expected a kernel parameter's name");
          String name = written.replace('/', '.');
          String value = sysctl.requiredText("value", "expected the parameter's value");
          boolean machines =
              name.startsWith("net.") ? hostNetwork : hostIpc && name.startsWith("kernel.shm");
          if (machines) {
            sysctl
                .causes()
                .invalid(sysctl.path("name"), written, "would be set on the whole machine");
          } else if (!written.isEmpty() && !SAFE_SYSCTLS.contains(name)) {
            sysctl.causes().notSupported(sysctl.path("name"), written, List.copyOf(sorted()));
          } else if (all.put(name, value) != null) {
            sysctl.causes().duplicate(sysctl.path("name"), written);
          }
          sysctl.end();
          return name;
        });
    return all;
  }

  private static List<String> sorted() {
    return SAFE_SYSCTLS.stream().sorted().toList();
  }
}
