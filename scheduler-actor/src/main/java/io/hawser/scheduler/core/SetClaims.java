package io.hawser.scheduler.core;

import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.ObjectMeta;
import io.hawser.model.ObjectName;
import io.hawser.model.PersistentVolumeClaim;
import io.hawser.model.PodSpec;
import io.hawser.model.PodSpec.ClaimSource;
import io.hawser.model.PodSpec.Volume;
import io.hawser.model.StatefulSet;
import io.hawser.model.StatefulSet.ClaimTemplate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The claims of a stateful set's pods: each pod has its own, which are there before it. */
final class SetClaims {
  private SetClaims() {}

  /** Why a pod of this ordinal can't be made yet. */
  static Optional<String> obstacle(ClusterState state, StatefulSet set, int ordinal) {
    for (ClaimTemplate template : set.spec().claimTemplates()) {
      String name = set.claimName(template, ordinal);
      Optional<PersistentVolumeClaim> claim = find(state, set, template, ordinal);
      if (claim.isPresent() && claim.get().isDeleting()) {
        return Optional.of("persistentvolumeclaim \"%s\" is being deleted".formatted(name));
      }
      Optional<String> over =
          claim.isPresent()
              ? Optional.empty()
              : StorageQuotas.refusal(state, set.meta().namespace(), template.spec());
      if (over.isPresent()) {
        return over.map(
            why -> "persistentvolumeclaims \"%s\" is forbidden: %s".formatted(name, why));
      }
    }
    return Optional.empty();
  }

  /** Makes those that are not there. */
  static void create(Draft draft, StatefulSet set, int ordinal) {
    for (ClaimTemplate template : set.spec().claimTemplates()) {
      if (find(draft.state(), set, template, ordinal).isEmpty()) {
        Map<String, String> labels = new HashMap<>(template.labels());
        labels.putAll(set.spec().selector().matchLabels());
        ObjectMeta meta =
            new ObjectMeta(
                set.meta().namespace(),
                set.claimName(template, ordinal),
                draft.identities().uid(),
                1,
                0,
                draft.now(),
                labels,
                template.annotations());
        PersistentVolumeClaim claim =
            new PersistentVolumeClaim(meta, template.spec(), PersistentVolumeClaim.Status.NONE);
        draft.emit(new SchedulerEvent.ObjectCreated(claim, draft.now()));
      }
    }
  }

  /** A pod's spec with its volumes, in place of others of their names. */
  static PodSpec in(PodSpec spec, StatefulSet set, int ordinal) {
    List<Volume> volumes =
        set.spec().claimTemplates().stream()
            .map(
                template ->
                    Volume.of(
                        template.name(), new ClaimSource(set.claimName(template, ordinal), false)))
            .toList();
    return spec.withVolumes(volumes);
  }

  /** The pod of this ordinal is no longer wanted. */
  static void scaledAway(Draft draft, StatefulSet set, int ordinal) {
    if (set.spec().claimRetention().deleteWhenScaled()) {
      for (ClaimTemplate template : set.spec().claimTemplates()) {
        find(draft.state(), set, template, ordinal).ifPresent(claim -> Claims.delete(draft, claim));
      }
    }
  }

  /** Those of all ordinals, also of pods that are not wanted now. */
  static List<PersistentVolumeClaim> all(ClusterState state, StatefulSet set) {
    if (set.spec().claimTemplates().isEmpty()) {
      return List.of();
    }
    return state.objects().in(set.meta().namespace(), PersistentVolumeClaim.class).stream()
        .filter(claim -> isOf(set, claim.meta().name()))
        .toList();
  }

  private static boolean isOf(StatefulSet set, String claim) {
    return set.spec().claimTemplates().stream()
        .map(template -> template.name() + "-" + set.meta().name() + "-")
        .anyMatch(
            prefix ->
                claim.startsWith(prefix) && claim.substring(prefix.length()).matches("\\d{1,9}"));
  }

  private static Optional<PersistentVolumeClaim> find(
      ClusterState state, StatefulSet set, ClaimTemplate template, int ordinal) {
    return state
        .objects()
        .find(
            PersistentVolumeClaim.class,
            new ObjectName(set.meta().namespace(), set.claimName(template, ordinal)));
  }
}
