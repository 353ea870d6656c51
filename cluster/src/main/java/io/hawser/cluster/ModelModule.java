package io.hawser.cluster;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.module.SimpleModule;
import io.hawser.model.ApiObject;
import io.hawser.model.ConfigMap;
import io.hawser.model.CronJob;
import io.hawser.model.CustomObject;
import io.hawser.model.DaemonSet;
import io.hawser.model.HorizontalPodAutoscaler;
import io.hawser.model.ImageFacts;
import io.hawser.model.Job;
import io.hawser.model.LimitRange;
import io.hawser.model.ObjectStatus;
import io.hawser.model.PersistentVolume;
import io.hawser.model.PersistentVolumeClaim;
import io.hawser.model.Pod;
import io.hawser.model.PodDisruptionBudget;
import io.hawser.model.PriorityClass;
import io.hawser.model.ReplicaSet;
import io.hawser.model.ResourceQuota;
import io.hawser.model.RuntimeClass;
import io.hawser.model.Secret;
import io.hawser.model.StatefulSet;
import java.time.Instant;
import java.util.Map;

/**
 * How the model is written in messages and the journal where its records alone do not say it; the
 * model itself knows no Jackson. Found by the configuration, {@code
 * pekko.serialization.jackson.jackson-modules}.
 */
public final class ModelModule extends SimpleModule {
  public ModelModule() {
    super("hawser-model");
    addDeserializer(Instant.class, new PlainInstant());
    setMixInAnnotation(ApiObject.class, Kinds.class);
    setMixInAnnotation(ObjectStatus.class, Statuses.class);
    setMixInAnnotation(Pod.Owner.class, OwnerNames.class);
    setMixInAnnotation(CustomObject.class, PlainFields.class);
    setMixInAnnotation(CustomObject.Status.class, PlainFields.class);
  }

  /** The names are the journal's format, as those of events are. */
  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = ConfigMap.class, name = "ConfigMap"),
    @JsonSubTypes.Type(value = CronJob.class, name = "CronJob"),
    @JsonSubTypes.Type(value = CustomObject.class, name = "CustomObject"),
    @JsonSubTypes.Type(value = DaemonSet.class, name = "DaemonSet"),
    @JsonSubTypes.Type(value = HorizontalPodAutoscaler.class, name = "HorizontalPodAutoscaler"),
    @JsonSubTypes.Type(value = ImageFacts.class, name = "ImageFacts"),
    @JsonSubTypes.Type(value = Job.class, name = "Job"),
    @JsonSubTypes.Type(value = LimitRange.class, name = "LimitRange"),
    @JsonSubTypes.Type(value = PersistentVolume.class, name = "PersistentVolume"),
    @JsonSubTypes.Type(value = PersistentVolumeClaim.class, name = "PersistentVolumeClaim"),
    @JsonSubTypes.Type(value = ReplicaSet.class, name = "ReplicaSet"),
    @JsonSubTypes.Type(value = ResourceQuota.class, name = "ResourceQuota"),
    @JsonSubTypes.Type(value = PodDisruptionBudget.class, name = "PodDisruptionBudget"),
    @JsonSubTypes.Type(value = PriorityClass.class, name = "PriorityClass"),
    @JsonSubTypes.Type(value = RuntimeClass.class, name = "RuntimeClass"),
    @JsonSubTypes.Type(value = Secret.class, name = "Secret"),
    @JsonSubTypes.Type(value = StatefulSet.class, name = "StatefulSet"),
  })
  public interface Kinds {}

  /** As {@link Kinds}. */
  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "of")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = CronJob.Status.class, name = "CronJob"),
    @JsonSubTypes.Type(value = CustomObject.Status.class, name = "CustomObject"),
    @JsonSubTypes.Type(value = DaemonSet.Status.class, name = "DaemonSet"),
    @JsonSubTypes.Type(
        value = HorizontalPodAutoscaler.Status.class,
        name = "HorizontalPodAutoscaler"),
    @JsonSubTypes.Type(value = Job.Status.class, name = "Job"),
    @JsonSubTypes.Type(value = PersistentVolume.Status.class, name = "PersistentVolume"),
    @JsonSubTypes.Type(value = PersistentVolumeClaim.Status.class, name = "PersistentVolumeClaim"),
    @JsonSubTypes.Type(value = PodDisruptionBudget.Status.class, name = "PodDisruptionBudget"),
    @JsonSubTypes.Type(value = ReplicaSet.Status.class, name = "ReplicaSet"),
    @JsonSubTypes.Type(value = ResourceQuota.Status.class, name = "ResourceQuota"),
    @JsonSubTypes.Type(value = StatefulSet.Status.class, name = "StatefulSet"),
  })
  public interface Statuses {}

  /** What a jar's kind keeps of its own. */
  abstract static class PlainFields {
    @JsonDeserialize(contentUsing = PlainValue.class)
    Map<String, Object> fields;
  }

  /** What an owner's fields were called when every owner was a deployment. */
  abstract static class OwnerNames {
    @JsonAlias("deployment")
    String name;

    @JsonAlias("deploymentUid")
    String uid;
  }
}
