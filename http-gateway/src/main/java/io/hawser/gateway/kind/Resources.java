package io.hawser.gateway.kind;

import io.hawser.cluster.spi.WorkloadKind;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Every kind the gateway serves: its own, and those that jars add. */
public final class Resources {
  private static final List<Resource<?>> BUILT_IN =
      List.of(
          new NamespaceResource(),
          new NodeResource(),
          new PodResource(),
          new EventResource(),
          new DeploymentResource(),
          new AllReplicaSets(),
          new ConfigMapResource(),
          new SecretResource(),
          new PriorityClassResource(),
          new RuntimeClassResource(),
          new StatefulSetResource(),
          new DaemonSetResource(),
          new ControllerRevisionResource(),
          new JobResource(),
          new CronJobResource(),
          new AutoscalerResource(),
          new AutoscalerResource.OldForm(),
          new PodDisruptionBudgetResource(),
          new ResourceQuotaResource(),
          new LimitRangeResource(),
          new PersistentVolumeClaimResource(),
          new PersistentVolumeResource(),
          new StorageClassResource());

  /** Read once for the life of the process, as their classes are. */
  private static final List<Resource<?>> ALL =
      Stream.concat(BUILT_IN.stream(), WorkloadKind.installed().stream().map(CustomResource::new))
          .toList();

  private Resources() {}

  public static List<Resource<?>> all() {
    return ALL;
  }

  /** Whether it is one of Hawser's own. */
  public static boolean isBuiltIn(Resource<?> resource) {
    return BUILT_IN.contains(resource);
  }

  public static Optional<Resource<?>> find(String group, String version, String plural) {
    return ALL.stream()
        .filter(r -> r.type().group().equals(group))
        .filter(r -> r.type().version().equals(version))
        .filter(r -> r.type().plural().equals(plural))
        .<Resource<?>>map(r -> r)
        .findFirst();
  }
}
