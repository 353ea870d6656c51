package io.hawser.scheduler.core;

import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.model.ObjectKey;
import io.hawser.model.PersistentVolume;
import io.hawser.model.PersistentVolumeClaim;
import io.hawser.model.PersistentVolumeClaim.AccessMode;
import io.hawser.model.PodSpec;
import io.hawser.model.PodSpec.ClaimSource;
import io.hawser.model.PodSpec.Volume;
import io.hawser.model.StatefulSet;
import io.hawser.model.StatefulSet.ClaimRetention;
import io.hawser.model.StatefulSet.ClaimTemplate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Claims, and pods and stateful sets with some. */
public final class ClaimSamples {
  private ClaimSamples() {}

  static PersistentVolumeClaim.Spec spec(AccessMode mode) {
    return new PersistentVolumeClaim.Spec(
        List.of(mode), Samples.GIB, PersistentVolumeClaim.LOCAL_CLASS);
  }

  static PersistentVolumeClaim claim(String name, AccessMode mode) {
    return new PersistentVolumeClaim(
        WorkloadSamples.meta(name), spec(mode), PersistentVolumeClaim.Status.NONE);
  }

  public static ClientRequest createClaim(String name) {
    return WorkloadSamples.create(claim(name, AccessMode.READ_WRITE_ONCE));
  }

  /** A small pod with these claims. */
  public static PodSpec using(String... claims) {
    return Samples.podSpec("v1", 100).withVolumes(volumes(claims));
  }

  static List<Volume> volumes(String... claims) {
    return Stream.of(claims).distinct().map(c -> Volume.of(c, new ClaimSource(c, false))).toList();
  }

  static ClientRequest delete(String kind, String namespace, String name) {
    return new ClientRequest.DeleteObject(
        new ObjectKey(kind, namespace, name), Optional.empty(), false);
  }

  public static ClientRequest deleteClaim(String name) {
    return delete("PersistentVolumeClaim", Samples.name(name).namespace(), name);
  }

  static Optional<PersistentVolumeClaim> claim(World world, String name) {
    return world.state.objects().find(PersistentVolumeClaim.class, Samples.name(name));
  }

  static List<PersistentVolume> volumes(World world) {
    return List.copyOf(world.state.objects().all(PersistentVolume.class));
  }

  /** A set whose pods have a claim {@code data} each. */
  public static StatefulSet stateful(
      String name, String image, int replicas, boolean parallel, ClaimRetention retention) {
    StatefulSet plain = WorkloadSamples.stateful(name, image, replicas, parallel, 0);
    StatefulSet.Spec spec = plain.spec();
    return new StatefulSet(
        plain.meta(),
        new StatefulSet.Spec(
            spec.replicas(),
            spec.selector(),
            spec.template(),
            spec.serviceName(),
            spec.parallel(),
            spec.onDelete(),
            spec.partition(),
            spec.minReadySeconds(),
            spec.revisionHistoryLimit(),
            List.of(
                new ClaimTemplate("data", Map.of(), Map.of(), spec(AccessMode.READ_WRITE_ONCE))),
            retention),
        plain.revisions(),
        plain.status());
  }
}
