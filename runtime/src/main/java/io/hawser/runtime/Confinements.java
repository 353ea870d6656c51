package io.hawser.runtime;

import io.hawser.runtime.Checkpoints.SandboxState;
import io.hawser.runtime.Isolation.CapabilitySets;
import io.hawser.runtime.Isolation.Seccomp;
import io.hawser.runtime.launch.Capability;
import io.hawser.runtime.launch.ContainerLaunch;
import io.hawser.runtime.launch.ProcessSpec;
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

  /** What the process may have: all of it when privileged. */
  static Set<Capability> capabilities(ContainerSpec spec) {
    if (spec.isolation().privileged()) {
      return EnumSet.allOf(Capability.class);
    }
    Optional<CapabilitySets> exact = spec.isolation().rights().capabilities();
    if (exact.isPresent()) {
      return Capability.named(exact.get().bounding());
    }
    ContainerSpec.Security security = spec.security();
    return Capability.granted(security.addCapabilities(), security.dropCapabilities());
  }

  /**
   * @throws IllegalArgumentException for a user the pod's ids do not reach
   */
  static ProcessSpec.Confinement of(ContainerSpec spec, SandboxState sandbox, ImageUser user) {
    Isolation.Rights rights = spec.isolation().rights();
    long base = sandbox.shared().usersBase();
    if (base != 0) {
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
            sandbox.shared().pids() != SandboxSpec.Pids.CONTAINER));
  }

  private static void checkReach(long id, String what) {
    if (id >= UserRanges.LENGTH) {
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
        isolation.privileged());
  }
}
