package io.hawser.runtime.launch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.runtime.ContainerSpec.Limits;
import io.hawser.runtime.ContainerSpec.Propagation;
import io.hawser.runtime.Isolation;
import io.hawser.runtime.kernel.Arch;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The same container as {@link ContainerPlan} starts, as a {@code config.json} of the OCI runtime
 * specification (1.0.2) for another runtime: a pure function.
 */
public final class BundleConfig {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long PERIOD_MICROS = 100_000;
  private static final List<String> HARDENED = List.of("nosuid", "noexec", "nodev");
  private static final List<String> READ_ONLY = List.of("nosuid", "noexec", "nodev", "ro");

  private final ContainerLaunch launch;
  private final Placement placement;
  private final ObjectNode root = JSON.createObjectNode();
  private final ObjectNode linux = JSON.createObjectNode();

  /**
   * What the launch does not say.
   *
   * @param root the directory that is its root
   * @param cgroup as {@code linux.cgroupsPath} has it
   * @param pids the namespace file to join; empty: a new one
   * @param machinePids true: the machine's, no pid namespace at all
   */
  public record Placement(
      Path root, String cgroup, Optional<Path> pids, boolean machinePids, Limits limits) {}

  private BundleConfig(ContainerLaunch launch, Placement placement) {
    this.launch = launch;
    this.placement = placement;
  }

  /**
   * @throws IllegalArgumentException for what only Hawser's own launcher can do
   */
  public static ObjectNode of(ContainerLaunch launch, Placement placement, Arch arch) {
    refuse(launch.extras().users().isPresent(), "users of the pod's own");
    refuse(launch.extras().clock().isPresent(), "clocks of its own");
    refuse(launch.terminal(), "a terminal");
    refuse(
        launch.volumes().stream().anyMatch(v -> !v.options().subPath().isEmpty()),
        "a volume's subPath");
    BundleConfig config = new BundleConfig(launch, placement);
    config.root.put("ociVersion", "1.0.2");
    config
        .root
        .putObject("root")
        .put("path", placement.root().toString())
        .put("readonly", launch.root().readOnly());
    config.process();
    config.mounts();
    config.namespaces();
    config.linux.put("cgroupsPath", placement.cgroup());
    config.resources();
    config.protect();
    config.seccomp(arch);
    config.root.set("linux", config.linux);
    return config.root;
  }

  private static void refuse(boolean present, String what) {
    if (present) {
      throw new IllegalArgumentException(what + " can't be had with a runtime class");
    }
  }

  private void process() {
    ProcessSpec spec = launch.process();
    ObjectNode process = root.putObject("process");
    process.put("terminal", false);
    ObjectNode user = process.putObject("user").put("uid", spec.uid()).put("gid", spec.gid());
    ArrayNode groups = user.putArray("additionalGids");
    spec.groups().forEach(groups::add);
    texts(process, "args", spec.arguments());
    texts(process, "env", spec.environment());
    process.put("cwd", spec.workingDir());
    process.put("noNewPrivileges", spec.noNewPrivileges());
    ObjectNode sets = process.putObject("capabilities");
    ProcessSpec.CapabilityMasks masks = spec.masks();
    capabilities(sets, "bounding", masks.bounding());
    capabilities(sets, "effective", masks.effective());
    capabilities(sets, "inheritable", masks.inheritable());
    capabilities(sets, "permitted", masks.permitted());
    capabilities(sets, "ambient", masks.ambient());
    if (spec.confinement().oomScoreAdj() != null) {
      process.put("oomScoreAdj", spec.confinement().oomScoreAdj());
    }
    ArrayNode limits = process.putArray("rlimits");
    for (Isolation.Rlimit limit : spec.confinement().rlimits()) {
      limits
          .addObject()
          .put("type", limit.type())
          .put("soft", limit.soft())
          .put("hard", limit.hard());
    }
  }

  private static void capabilities(ObjectNode sets, String name, long bits) {
    ArrayNode set = sets.putArray(name);
    for (Capability capability : Capability.values()) {
      if ((bits & capability.bit()) != 0) {
        set.add("CAP_" + capability.name());
      }
    }
  }

  private void mounts() {
    ArrayNode mounts = root.putArray("mounts");
    mount(mounts, "/proc", "proc", HARDENED);
    mount(mounts, "/dev", "tmpfs", List.of("nosuid", "strictatime", "mode=755", "size=65536k"));
    mount(
        mounts,
        "/dev/pts",
        "devpts",
        List.of("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"));
    mount(
        mounts,
        "/dev/shm",
        "tmpfs",
        List.of("nosuid", "noexec", "nodev", "mode=1777", "size=65536k"));
    mount(mounts, "/dev/mqueue", "mqueue", HARDENED);
    mount(mounts, "/sys", "sysfs", launch.extras().privileged() ? HARDENED : READ_ONLY);
    mount(mounts, "/sys/fs/cgroup", "cgroup", READ_ONLY);
    for (Isolation.Tmpfs tmpfs : launch.extras().tmpfs()) {
      ArrayNode options = mount(mounts, tmpfs.target(), "tmpfs", List.of("nosuid", "nodev"));
      options.add("mode=" + Integer.toOctalString(tmpfs.mode()));
      tmpfs.sizeBytes().ifPresent(bytes -> options.add("size=" + bytes));
      flag(options, tmpfs.readOnly(), "ro");
      flag(options, tmpfs.noExec(), "noexec");
    }
    launch.volumes().forEach(volume -> volume(mounts, volume));
  }

  private static ArrayNode mount(
      ArrayNode mounts, String target, String type, List<String> options) {
    ObjectNode mount = mounts.addObject();
    mount.put("destination", target).put("type", type).put("source", type);
    return texts(mount, "options", options);
  }

  private static void flag(ArrayNode options, boolean set, String name) {
    if (set) {
      options.add(name);
    }
  }

  private static void volume(ArrayNode mounts, ContainerLaunch.Volume volume) {
    ObjectNode mount = mounts.addObject();
    mount.put("destination", volume.target()).put("type", "bind").put("source", volume.source());
    Propagation propagation = volume.options().propagation();
    ArrayNode options = mount.putArray("options");
    options.add(volume.options().recursive() ? "rbind" : "bind");
    options.add(
        switch (propagation) {
          case PRIVATE -> "rprivate";
          case HOST_TO_CONTAINER -> "rslave";
          case BIDIRECTIONAL -> "rshared";
        });
    flag(options, volume.readOnly(), "ro");
    flag(options, volume.options().noExec(), "noexec");
  }

  private void namespaces() {
    ArrayNode namespaces = linux.putArray("namespaces");
    namespaces.addObject().put("type", "mount");
    namespaces.addObject().put("type", "cgroup");
    if (!placement.machinePids()) {
      ObjectNode pids = namespaces.addObject().put("type", "pid");
      placement.pids().ifPresent(path -> pids.put("path", path.toString()));
    }
    launch.namespaces().net().ifPresent(path -> join(namespaces, "network", path));
    launch.namespaces().ipc().ifPresent(path -> join(namespaces, "ipc", path));
    join(namespaces, "uts", launch.namespaces().uts());
  }

  private static void join(ArrayNode namespaces, String type, Path path) {
    namespaces.addObject().put("type", type).put("path", path.toString());
  }

  private void resources() {
    Limits limits = placement.limits();
    ObjectNode resources = linux.putObject("resources");
    devices(resources.putArray("devices"));
    if (limits.memoryBytes() > 0) {
      resources
          .putObject("memory")
          .put("limit", limits.memoryBytes())
          .put("swap", limits.memoryBytes());
    }
    if (limits.pids() > 0) {
      resources.putObject("pids").put("limit", limits.pids());
    }
    ObjectNode cpu = JSON.createObjectNode();
    if (limits.cpuWeightMillis() > 0) {
      cpu.put("shares", Math.max(2, limits.cpuWeightMillis() * 1024 / 1000));
    }
    if (limits.cpuLimitMillis() > 0) {
      cpu.put("period", PERIOD_MICROS);
      cpu.put("quota", Math.max(1000, limits.cpuLimitMillis() * PERIOD_MICROS / 1000));
    }
    if (!cpu.isEmpty()) {
      resources.set("cpu", cpu);
    }
  }

  private void devices(ArrayNode rules) {
    boolean all = launch.extras().privileged();
    rules.addObject().put("allow", all).put("access", "rwm");
    ArrayNode nodes = linux.putArray("devices");
    for (Isolation.Device device : launch.extras().devices()) {
      String type = String.valueOf(device.type());
      nodes
          .addObject()
          .put("path", device.path())
          .put("type", type)
          .put("major", device.major())
          .put("minor", device.minor())
          .put("fileMode", device.mode())
          .put("uid", device.uid())
          .put("gid", device.gid());
      rules
          .addObject()
          .put("allow", true)
          .put("type", type)
          .put("major", device.major())
          .put("minor", device.minor())
          .put("access", device.access());
    }
  }

  private void protect() {
    ArrayNode masked = texts(linux, "maskedPaths", launch.maskedFiles());
    launch.maskedDirectories().forEach(masked::add);
    texts(linux, "readonlyPaths", launch.readOnlyPaths());
    ObjectNode sysctl = linux.putObject("sysctl");
    for (Map.Entry<String, String> entry : launch.extras().sysctls().entrySet()) {
      sysctl.put(entry.getKey(), entry.getValue());
    }
  }

  private void seccomp(Arch arch) {
    Isolation.Seccomp seccomp = launch.process().confinement().seccomp();
    switch (seccomp.kind()) {
      case UNCONFINED -> {}
      case RUNTIME_DEFAULT ->
          linux.set("seccomp", SeccompProfile.document(arch, launch.process().capabilities()));
      case PROFILE -> linux.set("seccomp", profile(seccomp.profile()));
    }
  }

  private static ObjectNode profile(String text) {
    SeccompDocument.parse(text); // what is wrong with it is said the same way as without a class
    try {
      return (ObjectNode) JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("seccomp profile: not JSON: " + e.getOriginalMessage());
    }
  }

  private static ArrayNode texts(ObjectNode node, String name, List<String> values) {
    ArrayNode array = node.putArray(name);
    values.forEach(array::add);
    return array;
  }
}
