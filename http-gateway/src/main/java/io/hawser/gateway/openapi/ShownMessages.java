package io.hawser.gateway.openapi;

import io.hawser.gateway.wire.ProtobufSchema.Field;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the gateway writes and nobody sends it, and the kinds that it reads as JSON alone. A line is
 * a message, as in {@link io.hawser.gateway.wire.ProtobufSchema} but without numbers; the type
 * {@code any} is an object of any shape. The encoders are what is really written; a test holds
 * their answers against this.
 */
final class ShownMessages {
  private static final String MESSAGES =
      """
      NamespaceStatus phase:s
      PodStatus phase:s conditions:PodCondition* message:s reason:s hostIP:s hostIPs:Address* \
      podIP:s podIPs:Address* startTime:time initContainerStatuses:ContainerStatus* \
      containerStatuses:ContainerStatus* qosClass:s
      PodCondition type:s status:s lastProbeTime:time lastTransitionTime:time reason:s message:s
      Address ip:s
      ContainerStatus name:s state:ContainerState lastState:ContainerState ready:b \
      restartCount:n image:s imageID:s containerID:s started:b allocatedResources:quantities \
      resources:Resources
      ContainerState waiting:Waiting running:Running terminated:Terminated
      Waiting reason:s message:s
      Running startedAt:time
      Terminated exitCode:n reason:s message:s startedAt:time finishedAt:time containerID:s
      DeploymentStatus observedGeneration:n replicas:n updatedReplicas:n readyReplicas:n \
      availableReplicas:n unavailableReplicas:n conditions:Condition*
      Condition type:s status:s lastUpdateTime:time lastTransitionTime:time reason:s message:s
      ReplicaSetStatus observedGeneration:n replicas:n fullyLabeledReplicas:n readyReplicas:n \
      availableReplicas:n
      StatefulSetStatus observedGeneration:n replicas:n readyReplicas:n currentReplicas:n \
      updatedReplicas:n availableReplicas:n currentRevision:s updateRevision:s
      DaemonSetStatus observedGeneration:n currentNumberScheduled:n numberMisscheduled:n \
      desiredNumberScheduled:n numberReady:n updatedNumberScheduled:n numberAvailable:n \
      numberUnavailable:n
      JobStatus active:n ready:n succeeded:n failed:n completedIndexes:s startTime:time \
      completionTime:time conditions:Condition*
      CronJobStatus lastScheduleTime:time lastSuccessfulTime:time
      PersistentVolumeClaimStatus phase:s accessModes:s* capacity:quantities
      ResourceQuotaStatus hard:quantities used:quantities
      PodDisruptionBudgetStatus observedGeneration:n disruptionsAllowed:n currentHealthy:n \
      desiredHealthy:n expectedPods:n
      HorizontalPodAutoscalerStatus observedGeneration:n lastScaleTime:time currentReplicas:n \
      desiredReplicas:n currentMetrics:CurrentMetric* conditions:AutoscalerCondition*
      HorizontalPodAutoscalerV1Status observedGeneration:n lastScaleTime:time currentReplicas:n \
      desiredReplicas:n currentCPUUtilizationPercentage:n
      CurrentMetric type:s resource:CurrentResource containerResource:CurrentContainer
      CurrentResource name:s current:CurrentValue
      CurrentContainer name:s container:s current:CurrentValue
      CurrentValue averageUtilization:n averageValue:quantity
      AutoscalerCondition type:s status:s lastTransitionTime:time reason:s message:s
      Node metadata:ObjectMeta spec:NodeSpec status:NodeStatus
      NodeSpec podCIDR:s podCIDRs:s* providerID:s taints:Taint* unschedulable:b
      Taint key:s value:s effect:s timeAdded:time
      NodeStatus capacity:quantities allocatable:quantities conditions:NodeCondition* \
      addresses:NodeAddress* nodeInfo:NodeInfo
      NodeCondition type:s status:s lastHeartbeatTime:time lastTransitionTime:time reason:s \
      message:s
      NodeAddress type:s address:s
      NodeInfo machineID:s systemUUID:s bootID:s kernelVersion:s osImage:s \
      containerRuntimeVersion:s kubeletVersion:s kubeProxyVersion:s operatingSystem:s \
      architecture:s
      Event metadata:ObjectMeta involvedObject:ObjectReference reason:s message:s \
      source:EventSource firstTimestamp:time lastTimestamp:time count:n type:s eventTime:time \
      reportingComponent:s reportingInstance:s
      EventSource component:s host:s
      ObjectReference kind:s namespace:s name:s uid:s apiVersion:s
      ControllerRevision metadata:ObjectMeta data:any revision:n
      PersistentVolume metadata:ObjectMeta spec:PersistentVolumeSpec status:PersistentVolumeStatus
      PersistentVolumeSpec capacity:quantities local:LocalVolume accessModes:s* \
      claimRef:ObjectReference persistentVolumeReclaimPolicy:s storageClassName:s volumeMode:s \
      nodeAffinity:VolumeNodeAffinity
      LocalVolume path:s
      VolumeNodeAffinity required:NodeSelector
      PersistentVolumeStatus phase:s
      StorageClass metadata:ObjectMeta provisioner:s reclaimPolicy:s volumeBindingMode:s
      SelfSubjectAccessReviewStatus allowed:b
      NodeMetrics metadata:ObjectMeta timestamp:time window:s usage:quantities
      PodMetrics metadata:ObjectMeta timestamp:time window:s containers:ContainerMetrics*
      ContainerMetrics name:s usage:quantities
      Drill metadata:ObjectMeta id:s drill:s node:s probePort:n outcome:s failure:s \
      schedulerWasHere:b startedAt:time faultAt:time finishedAt:time detectedMillis:n \
      replacedMillis:n readyMillis:n podsLost:s* requests:DrillRequests steps:DrillStep*
      DrillRequests sent:n failed:n longestGapMillis:n
      DrillStep atMillis:n what:s
      ClusterStatus gateway:s connected:b revision:n scheduler:SchedulerPlace \
      objects:ObjectsSize kubernetes:KubernetesPort nodes:NodeSummary* pods:n unplacedPods:n \
      deployments:n
      SchedulerPlace node:s epoch:n revision:n
      ObjectsSize kib:n maxKib:n
      KubernetesPort server:s certificateAuthorityData:bytes
      NodeSummary name:s ready:b state:s reason:s since:time unschedulable:b ip:s address:s \
      gateway:s podSubnet:s roles:s* pods:n maxPods:n
      CustomObject metadata:ObjectMeta spec:CustomSpec status:CustomStatus
      CustomSpec template:PodTemplateSpec
      CustomStatus observedGeneration:n pods:n problem:s
      """;

  /** By the name of their message, in the order above. */
  static final Map<String, List<Field>> BY_NAME = read();

  private ShownMessages() {}

  private static Map<String, List<Field>> read() {
    Map<String, List<Field>> messages = new HashMap<>();
    for (String line : MESSAGES.lines().toList()) {
      String[] words = line.split(" ");
      List<Field> fields = new ArrayList<>();
      for (int i = 1; i < words.length; i++) {
        int colon = words[i].indexOf(':');
        fields.add(Field.of(words[i].substring(0, colon), words[i].substring(colon + 1)));
      }
      messages.put(words[0], List.copyOf(fields));
    }
    return Map.copyOf(messages);
  }
}
