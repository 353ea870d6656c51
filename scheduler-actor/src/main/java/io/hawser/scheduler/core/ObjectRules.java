package io.hawser.scheduler.core;

import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.state.ClusterState;
import io.hawser.model.ApiObject;
import io.hawser.model.ConfigMap;
import io.hawser.model.Job;
import io.hawser.model.ObjectKey;
import io.hawser.model.PersistentVolume;
import io.hawser.model.PersistentVolumeClaim;
import io.hawser.model.PriorityClass;
import io.hawser.model.RuntimeClass;
import io.hawser.model.Secret;
import io.hawser.model.TextSize;
import java.util.Locale;
import java.util.Optional;

/** What an object of any kind must satisfy that needs the cluster's state or the object before. */
final class ObjectRules {
  private ObjectRules() {}

  /** The kind as refusals name it, such as {@code configmaps}. */
  static String plural(ApiObject object) {
    return plural(object.kind());
  }

  static String plural(String kind) {
    // Of a kind from a jar the first part of its type.
    String lower = kind.split("\\.", 2)[0].toLowerCase(Locale.ROOT);
    if (lower.endsWith("y")) {
      return lower.substring(0, lower.length() - 1) + "ies";
    }
    return lower.endsWith("s") ? lower + "es" : lower + "s";
  }

  /**
   * @param old empty when the object is new
   */
  static Optional<Answer> wrong(ClusterState state, Optional<ApiObject> old, ApiObject object) {
    if (TextSize.of((Record) object) > Limits.MAX_OBJECT_CHARS) {
      return invalid(object, "", "must be at most " + Limits.MAX_OBJECT_CHARS + " characters");
    }
    if (object instanceof Secret now) {
      return old.flatMap(o -> wrong((Secret) o, now));
    } else if (object instanceof ConfigMap now) {
      return old.flatMap(o -> wrong((ConfigMap) o, now));
    } else if (object instanceof PriorityClass now) {
      return priority(state, old.map(PriorityClass.class::cast), now);
    } else if (object instanceof RuntimeClass now) {
      return old.flatMap(o -> changed(now, "handler", ((RuntimeClass) o).handler(), now.handler()));
    }
    if (object instanceof PersistentVolumeClaim claim) {
      return Volumes.wrong(state, old, claim);
    } else if (object instanceof PersistentVolume volume) {
      return Volumes.wrong(old, volume);
    }
    if (object instanceof Job job && old.isEmpty() && isStranger(state, job)) {
      return invalid(object, "metadata.ownerReferences", "there is no such cron job");
    }
    return WorkloadRules.wrong(old, object);
  }

  /** It would be deleted at once, as its owner is gone. */
  private static boolean isStranger(ClusterState state, Job job) {
    return job.owner()
        .filter(
            o ->
                state
                    .objects()
                    .find(new ObjectKey(o.kind(), job.meta().namespace(), o.name()))
                    .filter(c -> c.meta().uid().equals(o.uid()))
                    .isEmpty())
        .isPresent();
  }

  private static Optional<Answer> wrong(Secret old, Secret now) {
    boolean kept = old.data().equals(now.data()) && now.immutable();
    return old.immutable() && !kept
        ? invalid(now, "data", "field is immutable when `immutable` is set")
        : changed(now, "type", old.type(), now.type());
  }

  private static Optional<Answer> wrong(ConfigMap old, ConfigMap now) {
    boolean kept =
        old.data().equals(now.data())
            && old.binaryData().equals(now.binaryData())
            && now.immutable();
    return old.immutable() && !kept
        ? invalid(now, "data", "field is immutable when `immutable` is set")
        : Optional.empty();
  }

  private static Optional<Answer> priority(
      ClusterState state, Optional<PriorityClass> old, PriorityClass now) {
    if (old.isPresent() && old.get().value() != now.value()) {
      return invalid(now, "value", "field is immutable");
    }
    boolean second =
        now.globalDefault()
            && state.objects().all(PriorityClass.class).stream()
                .anyMatch(c -> c.globalDefault() && !c.objectName().equals(now.objectName()));
    return second
        ? invalid(now, "globalDefault", "another priority class is the default already")
        : Optional.empty();
  }

  static Optional<Answer> changed(ApiObject object, String field, Object before, Object now) {
    return before.equals(now) ? Optional.empty() : invalid(object, field, "field is immutable");
  }

  static Optional<Answer> invalid(ApiObject object, String field, String message) {
    return Optional.of(
        Refusals.invalid(object.kind(), object.meta().name(), field, "FieldValueInvalid", message));
  }
}
