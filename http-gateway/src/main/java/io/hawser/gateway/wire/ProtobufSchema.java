package io.hawser.gateway.wire;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * The part of Kubernetes' protobuf messages that clients write and the gateway reads. A line is a
 * message: its name, then {@code number:field:type}. Types: {@code s} text, {@code n} whole number,
 * {@code b} boolean, {@code bytes} (base64 in JSON), {@code time}, {@code intOrString}, {@code
 * quantity}, {@code map} of texts, {@code quantities} and {@code byteMap} (maps), else a message;
 * {@code *} after it: repeated. {@code z} is a number that Go writes as 0 when it was never set;
 * the fields of a message called {@code inline} are the outer message's own in JSON; {@code -} at
 * the end: Hawser does not have it, and it is read so that a decoder can refuse it by its name.
 *
 * <p>{@code openapi} tells clients the same, beside what the gateway alone writes.
 *
 * @see <a
 *     href="https://github.com/kubernetes/api/blob/release-1.32/core/v1/generated.proto">core/v1</a>
 */
public final class ProtobufSchema {
  private static final String MESSAGES =
      """
      Namespace 1:metadata:ObjectMeta 2:spec:NamespaceSpec 3:status:Ignored
      NamespaceSpec 1:finalizers:s*
      Pod 1:metadata:ObjectMeta 2:spec:PodSpec 3:status:Ignored
      Deployment 1:metadata:ObjectMeta 2:spec:DeploymentSpec 3:status:Ignored
      ReplicaSet 1:metadata:ObjectMeta 2:spec:ReplicaSetSpec 3:status:Ignored
      ReplicaSetSpec 1:replicas:n 2:selector:LabelSelector 3:template:PodTemplateSpec \
      4:minReadySeconds:n
      StatefulSet 1:metadata:ObjectMeta 2:spec:StatefulSetSpec 3:status:Ignored
      DaemonSet 1:metadata:ObjectMeta 2:spec:DaemonSetSpec 3:status:Ignored
      Job 1:metadata:ObjectMeta 2:spec:JobSpec 3:status:Ignored
      CronJob 1:metadata:ObjectMeta 2:spec:CronJobSpec 3:status:Ignored
      ConfigMap 1:metadata:ObjectMeta 2:data:map 3:binaryData:byteMap 4:immutable:b
      Secret 1:metadata:ObjectMeta 2:data:byteMap 3:type:s 4:stringData:map 5:immutable:b
      PersistentVolumeClaim 1:metadata:ObjectMeta 2:spec:ClaimSpec 3:status:Ignored
      ClaimSpec 1:accessModes:s* 2:resources:ClaimResources 3:volumeName:s 5:storageClassName:s \
      6:volumeMode:s
      ClaimResources 1:limits:quantities- 2:requests:quantities
      ResourceQuota 1:metadata:ObjectMeta 2:spec:QuotaSpec 3:status:Ignored
      LimitRange 1:metadata:ObjectMeta 2:spec:LimitRangeSpec
      PodDisruptionBudget 1:metadata:ObjectMeta 2:spec:BudgetSpec 3:status:Ignored
      PriorityClass 1:metadata:ObjectMeta 2:value:n 3:globalDefault:b 4:description:s \
      5:preemptionPolicy:s
      RuntimeClass 1:metadata:ObjectMeta 2:handler:s 3:overhead:Overhead 4:scheduling:NodeChoice
      HorizontalPodAutoscaler 1:metadata:ObjectMeta 2:spec:AutoscalerSpec 3:status:Ignored
      HorizontalPodAutoscalerV1 1:metadata:ObjectMeta 2:spec:AutoscalerSpecV1 3:status:Ignored
      AutoscalerSpecV1 1:scaleTargetRef:ScaleTarget 2:minReplicas:n 3:maxReplicas:n \
      4:targetCPUUtilizationPercentage:n
      AutoscalerSpec 1:scaleTargetRef:ScaleTarget 2:minReplicas:n 3:maxReplicas:n \
      4:metrics:Metric* 5:behavior:Behavior
      ScaleTarget 1:kind:s 2:name:s 3:apiVersion:s
      Metric 1:type:s 4:resource:ResourceMetric 7:containerResource:ContainerMetric
      ResourceMetric 1:name:s 2:target:MetricTarget
      ContainerMetric 1:name:s 2:target:MetricTarget 3:container:s
      MetricTarget 1:type:s 2:value:quantity- 3:averageValue:quantity 4:averageUtilization:n
      Behavior 1:scaleUp:ScalingRules 2:scaleDown:ScalingRules
      ScalingRules 1:selectPolicy:s 2:policies:ScalingPolicy* 3:stabilizationWindowSeconds:n
      ScalingPolicy 1:type:s 2:value:n 3:periodSeconds:n
      Scale 1:metadata:ObjectMeta 2:spec:ScaleSpec 3:status:Ignored
      ScaleSpec 1:replicas:n
      Eviction 1:metadata:ObjectMeta 2:deleteOptions:DeleteOptions
      DeleteOptions 1:gracePeriodSeconds:n 2:preconditions:Preconditions 3:orphanDependents:b \
      4:propagationPolicy:s 5:dryRun:s*
      Preconditions 1:uid:s 2:resourceVersion:s
      SelfSubjectAccessReview 1:metadata:ObjectMeta 2:spec:AccessReviewSpec 3:status:Ignored
      AccessReviewSpec 1:resourceAttributes:ResourceAttributes 2:nonResourceAttributes:PathAttributes
      ResourceAttributes 1:namespace:s 2:verb:s 3:group:s 4:version:s 5:resource:s 6:subresource:s \
      7:name:s
      PathAttributes 1:path:s 2:verb:s
      ObjectMeta 1:name:s 2:generateName:s 3:namespace:s 4:selfLink:s 5:uid:s 6:resourceVersion:s \
      7:generation:z 8:creationTimestamp:time 9:deletionTimestamp:time \
      10:deletionGracePeriodSeconds:n 11:labels:map 12:annotations:map \
      13:ownerReferences:OwnerReference* 14:finalizers:s*- 17:managedFields:Ignored*
      OwnerReference 1:kind:s 3:name:s 4:uid:s 5:apiVersion:s 6:controller:b 7:blockOwnerDeletion:b
      DeploymentSpec 1:replicas:n 2:selector:LabelSelector 3:template:PodTemplateSpec \
      4:strategy:DeploymentStrategy 5:minReadySeconds:n 6:revisionHistoryLimit:n 7:paused:b \
      9:progressDeadlineSeconds:n
      StatefulSetSpec 1:replicas:n 2:selector:LabelSelector 3:template:PodTemplateSpec \
      5:serviceName:s 6:podManagementPolicy:s 7:updateStrategy:StatefulStrategy \
      8:revisionHistoryLimit:n 9:minReadySeconds:n 10:persistentVolumeClaimRetentionPolicy:Retention \
      4:volumeClaimTemplates:PersistentVolumeClaim*
      StatefulStrategy 1:type:s 2:rollingUpdate:StatefulRolling
      StatefulRolling 1:partition:n 2:maxUnavailable:intOrString-
      Retention 1:whenDeleted:s 2:whenScaled:s
      DaemonSetSpec 1:selector:LabelSelector 2:template:PodTemplateSpec \
      3:updateStrategy:DaemonStrategy 4:minReadySeconds:n 6:revisionHistoryLimit:n
      DaemonStrategy 1:type:s 2:rollingUpdate:DaemonRolling
      DaemonRolling 1:maxUnavailable:intOrString 2:maxSurge:intOrString-
      JobSpec 1:parallelism:n 2:completions:n 3:activeDeadlineSeconds:n 4:selector:LabelSelector \
      5:manualSelector:b 6:template:PodTemplateSpec 7:backoffLimit:n 8:ttlSecondsAfterFinished:n \
      9:completionMode:s 10:suspend:b 11:podFailurePolicy:FailurePolicy 14:podReplacementPolicy:s
      FailurePolicy 1:rules:FailureRule*
      FailureRule 1:action:s 2:onExitCodes:ExitCodes 3:onPodConditions:ConditionPattern*
      ExitCodes 1:containerName:s 2:operator:s 3:values:n*
      ConditionPattern 1:type:s 2:status:s
      CronJobSpec 1:schedule:s 2:startingDeadlineSeconds:n 3:concurrencyPolicy:s 4:suspend:b \
      5:jobTemplate:JobTemplate 6:successfulJobsHistoryLimit:n 7:failedJobsHistoryLimit:n 8:timeZone:s
      JobTemplate 1:metadata:ObjectMeta 2:spec:JobSpec
      QuotaSpec 1:hard:quantities 2:scopes:s*-
      LimitRangeSpec 1:limits:LimitRangeItem*
      LimitRangeItem 1:type:s 2:max:quantities 3:min:quantities 4:default:quantities \
      5:defaultRequest:quantities 6:maxLimitRequestRatio:quantities-
      BudgetSpec 1:minAvailable:intOrString 2:selector:LabelSelector 3:maxUnavailable:intOrString \
      4:unhealthyPodEvictionPolicy:s
      Overhead 1:podFixed:quantities
      NodeChoice 1:nodeSelector:map 2:tolerations:Toleration*
      LabelSelector 1:matchLabels:map 2:matchExpressions:Requirement*
      Requirement 1:key:s 2:operator:s 3:values:s*
      DeploymentStrategy 1:type:s 2:rollingUpdate:RollingUpdate
      RollingUpdate 1:maxUnavailable:intOrString 2:maxSurge:intOrString
      PodTemplateSpec 1:metadata:ObjectMeta 2:spec:PodSpec
      PodSpec 1:volumes:Volume* 2:containers:Container* 3:restartPolicy:s \
      4:terminationGracePeriodSeconds:n 5:activeDeadlineSeconds:n- 6:dnsPolicy:s 7:nodeSelector:map \
      8:serviceAccountName:s 9:serviceAccount:s 10:nodeName:s 11:hostNetwork:b 12:hostPID:b \
      13:hostIPC:b 14:securityContext:PodSecurityContext 15:imagePullSecrets:Named* 16:hostname:s \
      17:subdomain:s- 18:affinity:Affinity 19:schedulerName:s 20:initContainers:Container* \
      21:automountServiceAccountToken:b 22:tolerations:Toleration* 24:priorityClassName:s \
      25:priority:n 27:shareProcessNamespace:b 29:runtimeClassName:s 30:enableServiceLinks:b \
      31:preemptionPolicy:s 32:overhead:quantities 33:topologySpreadConstraints:Spread* 36:os:PodOs 37:hostUsers:b
      PodOs 1:name:s
      Named 1:name:s
      Affinity 1:nodeAffinity:NodeAffinity 2:podAffinity:PodAffinity 3:podAntiAffinity:PodAffinity
      NodeAffinity 1:requiredDuringSchedulingIgnoredDuringExecution:NodeSelector \
      2:preferredDuringSchedulingIgnoredDuringExecution:PreferredNodes*
      NodeSelector 1:nodeSelectorTerms:NodeTerm*
      NodeTerm 1:matchExpressions:NodeRequirement* 2:matchFields:NodeRequirement*
      NodeRequirement 1:key:s 2:operator:s 3:values:s*
      PreferredNodes 1:weight:n 2:preference:NodeTerm
      PodAffinity 1:requiredDuringSchedulingIgnoredDuringExecution:PodTerm* \
      2:preferredDuringSchedulingIgnoredDuringExecution:PreferredPods*
      PodTerm 1:labelSelector:LabelSelector 2:namespaces:s* 3:topologyKey:s \
      4:namespaceSelector:LabelSelector 5:matchLabelKeys:s* 6:mismatchLabelKeys:s*
      PreferredPods 1:weight:n 2:podAffinityTerm:PodTerm
      Spread 1:maxSkew:n 2:topologyKey:s 3:whenUnsatisfiable:s 4:labelSelector:LabelSelector \
      5:minDomains:n 6:nodeAffinityPolicy:s 7:nodeTaintsPolicy:s 8:matchLabelKeys:s*
      Volume 1:name:s 2:inline:VolumeSource
      VolumeSource 1:hostPath:HostPath 2:emptyDir:EmptyDir 6:secret:SecretVolume \
      10:persistentVolumeClaim:ClaimVolume \
      16:downwardAPI:DownwardVolume 19:configMap:ConfigVolume 26:projected:ProjectedVolume
      ClaimVolume 1:claimName:s 2:readOnly:b
      SecretVolume 1:secretName:s 2:items:KeyToPath* 3:defaultMode:n 4:optional:b
      ConfigVolume 1:inline:Named 2:items:KeyToPath* 3:defaultMode:n 4:optional:b
      DownwardVolume 1:items:DownwardFile* 2:defaultMode:n
      ProjectedVolume 1:sources:Projection* 2:defaultMode:n
      Projection 1:secret:ObjectFiles 2:downwardAPI:DownwardFiles 3:configMap:ObjectFiles
      ObjectFiles 1:inline:Named 2:items:KeyToPath* 4:optional:b
      DownwardFiles 1:items:DownwardFile*
      DownwardFile 1:path:s 2:fieldRef:FieldRef 3:resourceFieldRef:ResourceRef 4:mode:n
      KeyToPath 1:key:s 2:path:s 3:mode:n
      HostPath 1:path:s 2:type:s
      EmptyDir 1:medium:s 2:sizeLimit:quantity
      Toleration 1:key:s 2:operator:s 3:value:s 4:effect:s 5:tolerationSeconds:n
      Container 1:name:s 2:image:s 3:command:s* 4:args:s* 5:workingDir:s 6:ports:ContainerPort* \
      7:env:EnvVar* 8:resources:Resources 9:volumeMounts:VolumeMount* 10:livenessProbe:Probe \
      11:readinessProbe:Probe 12:lifecycle:Lifecycle 13:terminationMessagePath:s \
      14:imagePullPolicy:s 15:securityContext:SecurityContext 16:stdin:b 17:stdinOnce:b 18:tty:b \
      19:envFrom:EnvFrom* 20:terminationMessagePolicy:s 22:startupProbe:Probe \
      23:resizePolicy:ResizePolicy* 24:restartPolicy:s
      ResizePolicy 1:resourceName:s 2:restartPolicy:s
      Probe 1:inline:Handler 2:initialDelaySeconds:z 3:timeoutSeconds:z 4:periodSeconds:z \
      5:successThreshold:z 6:failureThreshold:z
      Handler 1:exec:Exec 2:httpGet:HttpGet 3:tcpSocket:TcpSocket 4:grpc:Grpc
      Lifecycle 1:postStart:Hook 2:preStop:Hook
      Hook 1:exec:Exec 2:httpGet:HttpGet 3:tcpSocket:TcpSocket 4:sleep:Sleep
      Exec 1:command:s*
      HttpGet 1:path:s 2:port:intOrString 3:host:s 4:scheme:s 5:httpHeaders:NameValue*
      TcpSocket 1:port:intOrString 2:host:s
      Grpc 1:port:n 2:service:s
      Sleep 1:seconds:n
      NameValue 1:name:s 2:value:s
      ContainerPort 1:name:s 2:hostPort:n 3:containerPort:n 4:protocol:s 5:hostIP:s-
      EnvVar 1:name:s 2:value:s 3:valueFrom:EnvVarSource
      EnvVarSource 1:fieldRef:FieldRef 2:resourceFieldRef:ResourceRef 3:configMapKeyRef:KeyRef \
      4:secretKeyRef:KeyRef
      ResourceRef 1:containerName:s 2:resource:s 3:divisor:quantity
      KeyRef 1:inline:Named 2:key:s 3:optional:b
      EnvFrom 1:prefix:s 2:configMapRef:ObjectRef 3:secretRef:ObjectRef
      ObjectRef 1:inline:Named 2:optional:b
      FieldRef 1:apiVersion:s 2:fieldPath:s
      Resources 1:limits:quantities 2:requests:quantities
      VolumeMount 1:name:s 2:readOnly:b 3:mountPath:s 4:subPath:s 5:mountPropagation:s \
      7:recursiveReadOnly:s
      PodSecurityContext 2:runAsUser:n 3:runAsNonRoot:b 4:supplementalGroups:n* 5:fsGroup:n \
      6:runAsGroup:n 7:sysctls:NameValue* 9:fsGroupChangePolicy:s 10:seccompProfile:SeccompProfile \
      11:appArmorProfile:AppArmorProfile 12:supplementalGroupsPolicy:s
      SecurityContext 1:capabilities:Capabilities 2:privileged:b 4:runAsUser:n 5:runAsNonRoot:b \
      6:readOnlyRootFilesystem:b 7:allowPrivilegeEscalation:b 8:runAsGroup:n 9:procMount:s \
      11:seccompProfile:SeccompProfile 12:appArmorProfile:AppArmorProfile
      Capabilities 1:add:s* 2:drop:s*
      SeccompProfile 1:type:s 2:localhostProfile:s
      AppArmorProfile 1:type:s 2:localhostProfile:s
      Ignored
      """;

  /**
   * A field of a message.
   *
   * @param refused its decoder knows it only to refuse it
   */
  public record Field(String name, String type, boolean repeated, boolean refused) {
    /** Reads {@code name:type}, with what may stand after the type. */
    public static Field of(String name, String type) {
      boolean refused = type.endsWith("-");
      String rest = refused ? type.substring(0, type.length() - 1) : type;
      boolean repeated = rest.endsWith("*");
      return new Field(
          name, repeated ? rest.substring(0, rest.length() - 1) : rest, repeated, refused);
    }
  }

  private static final Map<String, Map<Integer, Field>> BY_NAME = read();

  private ProtobufSchema() {}

  private static Map<String, Map<Integer, Field>> read() {
    Map<String, Map<Integer, Field>> messages = new HashMap<>();
    for (String line : MESSAGES.lines().toList()) {
      String[] words = line.split(" ");
      Map<Integer, Field> fields = new HashMap<>();
      for (int i = 1; i < words.length; i++) {
        String[] parts = words[i].split(":");
        fields.put(Integer.parseInt(parts[0]), Field.of(parts[1], parts[2]));
      }
      messages.put(words[0], Map.copyOf(fields));
    }
    return Map.copyOf(messages);
  }

  public static boolean has(String message) {
    return BY_NAME.containsKey(message);
  }

  /** The fields of a message that {@link #has} knows, by their numbers. */
  public static Map<Integer, Field> fields(String message) {
    return BY_NAME.get(message);
  }

  /** The names of all messages. */
  public static Set<String> names() {
    return BY_NAME.keySet();
  }
}
