package io.hawser.runtime;

import io.hawser.runtime.Checkpoints.SandboxState;
import io.hawser.runtime.cgroup.NodeCgroups;
import io.hawser.runtime.kernel.Arch;
import io.hawser.runtime.launch.ContainerLaunch;
import io.hawser.runtime.launch.ContainerPlan;
import io.hawser.runtime.launch.LaunchPlan;
import io.hawser.runtime.launch.ProcessSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * From a container's spec to the input of its launch. Looks at the image and at what is mounted;
 * makes nothing but the pod's layer of name files.
 */
final class ContainerLaunches {
  private final NodeDirectory directory;
  private final NodeCgroups cgroups;
  private final ProtectedPaths protectedPaths = new ProtectedPaths();
  private final ImageUsers imageUsers = new ImageUsers();
  private final NameFiles nameFiles;
  private final long capabilities = Confinements.agentsCapabilities();
  private final List<ContainerLaunch.CgroupView> cgroupViews;

  ContainerLaunches(NodeDirectory directory, NodeCgroups cgroups) {
    this.directory = directory;
    this.cgroups = cgroups;
    this.nameFiles = new NameFiles(directory);
    this.cgroupViews =
        cgroups.hierarchies().stream()
            .map(h -> h.version() == 2 ? List.<String>of() : List.copyOf(h.controllers()))
            .map(ContainerLaunch.CgroupView::new)
            .toList();
  }

  /** The name of the container's cgroup in its pod's. */
  static String leaf(ContainerSpec spec) {
    return spec.name() + "." + spec.attempt();
  }

  /** What the launcher would do for this spec; for printing. */
  LaunchPlan plan(ContainerSpec spec, SandboxState sandbox, ImageStore.Image image, Arch arch) {
    List<Path> join = cgroups.container(spec.podUid(), leaf(spec)).joinFiles();
    return ContainerPlan.of(of(spec, sandbox, image, join, process(spec, sandbox, image)), arch);
  }

  /** What the container becomes. */
  ProcessSpec process(ContainerSpec spec, SandboxState sandbox, ImageStore.Image image) {
    ImageStore.ImageConfig config = image.config();
    ContainerSpec.Security security = spec.security();
    ImageUser user = imageUsers.of(image, security);
    List<String> arguments = new ArrayList<>();
    arguments.addAll(spec.command().isEmpty() ? config.entrypoint() : spec.command());
    if (!spec.args().isEmpty()) {
      arguments.addAll(spec.args());
    } else if (spec.command().isEmpty()) {
      arguments.addAll(config.cmd());
    }
    if (arguments.isEmpty()) {
      throw new IllegalArgumentException(
          "nothing to run: neither the container nor image "
              + image.reference()
              + " has a command");
    }
    String imageDir = config.workingDir().isEmpty() ? "/" : config.workingDir();
    return new ProcessSpec(
        arguments,
        Environment.of(config.env(), spec.env(), sandbox.hostname(), user.home(), spec.tty()),
        spec.workingDir().orElse(imageDir),
        user.uid(),
        user.gid(),
        Confinements.groups(spec, user),
        Confinements.capabilities(spec, sandbox, capabilities),
        !security.allowPrivilegeEscalation() && !spec.isolation().privileged(),
        Confinements.of(spec, sandbox, user));
  }

  /**
   * @param joinFiles of its cgroup
   */
  ContainerLaunch of(
      ContainerSpec spec,
      SandboxState sandbox,
      ImageStore.Image image,
      List<Path> joinFiles,
      ProcessSpec process) {
    Path home = directory.container(spec.podUid(), spec.name(), spec.attempt());
    return new ContainerLaunch(
        joinFiles,
        namespaces(sandbox),
        new ContainerLaunch.Root(
            layers(spec, sandbox, image),
            home.resolve("upper"),
            home.resolve("work"),
            directory.mountPoint(),
            spec.security().readOnlyRoot()),
        cgroupViews,
        Stream.concat(ImageVolumes.of(home, spec, image).mounts().stream(), spec.mounts().stream())
            .map(ContainerLaunches::volume)
            .toList(),
        protectedPaths.maskedFiles(spec),
        protectedPaths.maskedDirectories(spec),
        protectedPaths.readOnly(spec),
        process,
        spec.tty(),
        ContainerOutput.streams(home, spec),
        Confinements.extras(spec, users(sandbox)));
  }

  private List<Path> layers(ContainerSpec spec, SandboxState sandbox, ImageStore.Image image) {
    if (spec.isolation().files().rootDirectory().isPresent()) {
      return image.layers();
    }
    List<Path> layers = new ArrayList<>(image.layers());
    layers.add(0, nameFiles.layer(sandbox, image));
    return layers;
  }

  private static ContainerLaunch.Volume volume(ContainerSpec.VolumeMount mount) {
    Path target = Path.of(mount.target()).normalize();
    if (!target.isAbsolute() || target.getNameCount() == 0) {
      throw new IllegalArgumentException(
          "mount target \"" + mount.target() + "\": expected an absolute path other than /");
    }
    Path source = Path.of(mount.source());
    if (!Files.exists(source)) {
      throw new IllegalArgumentException("mount source " + mount.source() + " does not exist");
    }
    // The launcher looks again, with descriptors: a wrong guess here only fails the mount.
    Path place = source.resolve(mount.options().subPath()).normalize();
    boolean isDirectory = Files.isDirectory(source) && !Files.isRegularFile(place);
    return new ContainerLaunch.Volume(
        mount.source(), mount.target(), mount.readOnly(), isDirectory, mount.options());
  }

  /** The user namespace's file, when the pod has one. */
  private Optional<Path> users(SandboxState state) {
    return state.shared().usersBase() == 0
        ? Optional.empty()
        : Optional.of(directory.namespace(state.podUid(), "user"));
  }

  private ContainerLaunch.Namespaces namespaces(SandboxState state) {
    String podUid = state.podUid();
    return new ContainerLaunch.Namespaces(
        state.hostNetwork() ? Optional.empty() : Optional.of(directory.namespace(podUid, "net")),
        state.shared().hostIpc()
            ? Optional.empty()
            : Optional.of(directory.namespace(podUid, "ipc")),
        directory.namespace(podUid, "uts"));
  }
}
