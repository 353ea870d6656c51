package io.hawser.runtime;

import io.hawser.runtime.Checkpoints.SandboxState;
import io.hawser.runtime.Isolation.CapabilitySets;
import io.hawser.runtime.Isolation.Seccomp;
import io.hawser.runtime.launch.Capability;
import io.hawser.runtime.launch.ContainerLaunch;
import io.hawser.runtime.launch.ProcessSpec;
import io.hawser.runtime.machine.OwnNamespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What a container's isolation means for its process and its launch: pure functions. */
final class Confinements {
  private Confinements() {}

  /**
   * What the process may have. All of it, as privileged containers get it, is no more than the
   * agent has itself; in a user namespace of its own everybody has all.
   *
   * @param agents the agent's own permitted set, as bits
   */
  static Set<Capability> capabilities(ContainerSpec spec, SandboxState sandbox, long agents) {
    Optional<CapabilitySets> exact = spec.isolation().rights().capabilities();
    ContainerSpec.Security security = spec.security();
    boolean all =
        spec.isolation().privileged()
            || security.addCapabilities().stream().anyMatch("ALL"::equalsIgnoreCase);
    EnumSet<Capability> granted = EnumSet.noneOf(Capability.class);
    granted.addAll(
        spec.isolation().privileged()
            ? EnumSet.allOf(Capability.class)
            : exact.isPresent()
                ? Capability.named(exact.get().bounding())
                : Capability.granted(security.addCapabilities(), security.dropCapabilities()));
    if (all && sandbox.shared().usersBase() == 0) {
      granted.removeIf(capability -> (agents & capability.bit()) == 0);
    }
    return granted;
  }

  /** {@code CapPrm} of this process; see proc_pid_status(5). */
  static long agentsCapabilities() {
    try {
      return Files.readAllLines(Path.of("/proc/self/status")).stream()
          .filter(line -> line.startsWith("CapPrm:"))
          .map(line -> Long.parseUnsignedLong(line.substring("CapPrm:".length()).strip(), 16))
          .findFirst()
          .orElse(0L);
    } catch (IOException e) {
      throw new UncheckedIOException("/proc/self/status is not readable", e);
    }
  }

  /**
   * @throws IllegalArgumentException for a user the pod's ids do not reach
   */
  static ProcessSpec.Confinement of(ContainerSpec spec, SandboxState sandbox, ImageUser user) {
    Isolation.Rights rights = spec.isolation().rights();
    long base = sandbox.shared().usersBase();
    if (base != 0 || OwnNamespace.isRootless()) {
      checkReach(user.uid(), "user");
      checkReach(user.gid(), "group");
      groups(spec, user).forEach(group -> checkReach(group, "supplementary group"));
    }
    return new ProcessSpec.Confinement(
        rights.capabilities().map(Confinements::masks).orElse(null),
        spec.isolation().privileged() ? Seccomp.UNCONFINED : spec.isolation().seccomp(),
        rights.rlimits(),
        rights.oomScoreAdj().orElse(null),
        new ProcessSpec.OtherNamespaces(
            base,
            rights.clock().isPresent(),
            sandbox.shared().pids() != SandboxSpec.Pids.CONTAINER,
            OwnNamespace.ids() == 1));
  }

  private static void checkReach(long id, String what) {
    if (id >= OwnNamespace.ids()) {
      throw new IllegalArgumentException(
          what
              + " "
              + id
              + " is not among the "
              + OwnNamespace.ids()
              + " ids of this rootless node: a range in /etc/subuid and /etc/subgid gives it more");
    }
    if (id >= UserRanges.LENGTH && !OwnNamespace.isRootless()) {
      throw new IllegalArgumentException(
          what
              + " "
              + id
              + " is not among the "
              + UserRanges.LENGTH
              + " ids of the pod's user namespace: use a smaller one, or hostUsers: true");
    }
  }

  private static ProcessSpec.CapabilityMasks masks(CapabilitySets sets) {
    return new ProcessSpec.CapabilityMasks(
        Capability.bits(sets.bounding()),
        Capability.bits(sets.effective()),
        Capability.bits(sets.inheritable()),
        Capability.bits(sets.permitted()),
        Capability.bits(sets.ambient()));
  }

  /** The image's groups of the user, then the spec's. */
  static List<Long> groups(ContainerSpec spec, ImageUser user) {
    Set<Long> groups = new LinkedHashSet<>(user.groups());
    groups.addAll(spec.isolation().rights().supplementalGroups());
    return new ArrayList<>(groups);
  }

  static ContainerLaunch.Extras extras(ContainerSpec spec, Optional<Path> users) {
    Isolation isolation = spec.isolation();
    List<Isolation.Device> devices = new ArrayList<>(isolation.files().devices());
    if (isolation.privileged()) {
      devices.addAll(MachineDevices.list());
    }
    return new ContainerLaunch.Extras(
        users,
        isolation.rights().clock(),
        isolation.files().rootDirectory(),
        isolation.files().tmpfs(),
        devices,
        isolation.rights().sysctls(),
        isolation.privileged(),
        OwnNamespace.isRootless());
  }
}
