package io.hawser.model;

/** What the scheduler says of an {@link ApiObject}; each kind with a status has its own. */
public sealed interface ObjectStatus
    permits CronJob.Status,
        CustomObject.Status,
        DaemonSet.Status,
        HorizontalPodAutoscaler.Status,
        Job.Status,
        PersistentVolume.Status,
        PersistentVolumeClaim.Status,
        PodDisruptionBudget.Status,
        ReplicaSet.Status,
        ResourceQuota.Status,
        StatefulSet.Status {}
