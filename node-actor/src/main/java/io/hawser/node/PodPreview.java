package io.hawser.node;

import io.hawser.cluster.protocol.NodeProtocol.LaunchCall;
import io.hawser.model.AssignedPod;
import io.hawser.model.ObjectName;
import io.hawser.model.PodContainer;
import io.hawser.model.PodSpec;
import io.hawser.model.ResourceAmounts;
import io.hawser.runtime.ContainerSpec;
import io.hawser.runtime.ImageStore;
import io.hawser.runtime.LaunchPreview;
import io.hawser.runtime.RuntimeFault;
import io.hawser.runtime.SandboxSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The launches of a pod that no cluster has, as a node on this machine would compute them. Config
 * maps and secrets can't be read without a cluster: variables from them are told as missing.
 */
public final class PodPreview {
  private static final String UID = "preview";
  private static final String NODE = "preview";

  private final ImageStore images;
  private final Path scratch;
  private final AssignedPod pod;
  private final SandboxSpec sandbox;
  private final PodVolumes volumes;

  private PodPreview(ObjectName name, PodSpec spec, ImageStore images, Path scratch) {
    this.images = images;
    this.scratch = scratch;
    Map<String, String> claims =
        spec.claimNames().stream().collect(Collectors.toMap(c -> c, c -> "pvc-" + UID));
    this.pod = new AssignedPod(name, UID, Map.of(), Map.of(), spec, Optional.empty(), claims);
    PersistentVolumes persistent = new PersistentVolumes(scratch.resolve("persistent-volumes"));
    this.volumes = new PodVolumes(scratch.resolve("volumes"), pod, persistent);
    boolean ownUsers = spec.isolation().hostUsers().map(host -> !host).orElse(false);
    this.sandbox =
        PodIsolations.sandbox(
            pod, ownUsers ? Optional.empty() : Optional.of("nobody has tried"), List.of());
  }

  /** A container's launch. */
  public record Launch(String container, List<LaunchCall> calls) {}

  /**
   * Of all containers in their order. Users of the pod's own are used when the spec demands them; a
   * node would give them to others too, where the machine allows it.
   *
   * @param imageDirectory where the machine keeps its images; those of the pod must be there
   * @throws IllegalArgumentException naming the container and what is wrong with it
   */
  public static List<Launch> of(ObjectName name, PodSpec spec, Path imageDirectory) {
    Path scratch = scratch();
    try {
      PodPreview preview = new PodPreview(name, spec, ImageStore.open(imageDirectory), scratch);
      List<Launch> launches = new ArrayList<>();
      spec.initContainers().forEach(c -> launches.add(preview.launch(c)));
      spec.containers().forEach(c -> launches.add(preview.launch(c)));
      return launches;
    } catch (ConfigFault | RuntimeFault e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    } finally {
      PodVolumes.deleteTree(scratch);
    }
  }

  private static Path scratch() {
    try {
      return Files.createTempDirectory("hawser-preview");
    } catch (IOException e) {
      throw new UncheckedIOException("a temporary directory can't be made: " + e.getMessage(), e);
    }
  }

  private Launch launch(PodContainer container) {
    try {
      ImageStore.Image image =
          images
              .find(container.image())
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "image \"" + container.image() + "\" is not on this machine"));
      return new Launch(
          container.name(),
          LaunchDescription.calls(
              LaunchPreview.of(scratch, sandbox, spec(container, image), image)));
    } catch (ConfigFault | RuntimeFault | IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "container " + container.name() + ": " + NodeThreads.text(e), e);
    }
  }

  private ContainerSpec spec(PodContainer container, ImageStore.Image image) {
    PodFields fields = new PodFields(pod, NODE, "192.0.2.2", "192.0.2.1");
    ResourceAmounts all = ResourceAmounts.NONE; // values are not shown
    Map<String, String> env =
        LaunchDescription.withoutValues(Variables.of(fields, container, ConfigValues.NONE, all));
    return ContainerSpecs.build(fields, container, 0, image, env, mounts(container))
        .with(new PodIsolations(scratch, 0).container(pod.spec(), container));
  }

  /** Volumes that a node makes are empty directories here. */
  private List<ContainerSpec.VolumeMount> mounts(PodContainer container) {
    List<ContainerSpec.VolumeMount> mounts = volumes.mounts(pod.spec(), container);
    for (ContainerSpec.VolumeMount mount : mounts) {
      Path source = Path.of(mount.source());
      if (source.startsWith(scratch)) {
        try {
          Files.createDirectories(source);
        } catch (IOException e) {
          throw new UncheckedIOException("mkdir(" + source + "): " + e.getMessage(), e);
        }
      }
    }
    return mounts;
  }
}
