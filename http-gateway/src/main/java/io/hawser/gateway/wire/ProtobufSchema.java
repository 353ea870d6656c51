package io.hawser.gateway.wire;

import java.util.HashMap;
import java.util.Map;

/**
 * The part of Kubernetes' protobuf messages that clients write and the gateway reads. A line is a
 * message: its name, then {@code number:field:type}. Types: {@code s} text, {@code n} whole number,
 * {@code b} boolean, {@code time}, {@code intOrString}, {@code quantity}, {@code map} of texts,
 * {@code quantities} (a map), else a message; {@code *} after it: repeated.
 *
 * @see <a
 *     href="https://github.com/kubernetes/api/blob/release-1.32/core/v1/generated.proto">core/v1</a>
 */
final class ProtobufSchema {
  private static final String MESSAGES =
      """
      Namespace 1:metadata:ObjectMeta 2:spec:NamespaceSpec 3:status:Ignored
      NamespaceSpec 1:finalizers:s*
      Pod 1:metadata:ObjectMeta 2:spec:PodSpec 3:status:Ignored
      Deployment 1:metadata:ObjectMeta 2:spec:DeploymentSpec 3:status:Ignored
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
      7:generation:n 8:creationTimestamp:time 9:deletionTimestamp:time \
      10:deletionGracePeriodSeconds:n 11:labels:map 12:annotations:map \
      13:ownerReferences:OwnerReference* 14:finalizers:s* 17:managedFields:Ignored*
      OwnerReference 1:kind:s 3:name:s 4:uid:s 5:apiVersion:s 6:controller:b 7:blockOwnerDeletion:b
      DeploymentSpec 1:replicas:n 2:selector:LabelSelector 3:template:PodTemplateSpec \
      4:strategy:DeploymentStrategy 5:minReadySeconds:n 6:revisionHistoryLimit:n 7:paused:b \
      9:progressDeadlineSeconds:n
      LabelSelector 1:matchLabels:map 2:matchExpressions:Requirement*
      Requirement 1:key:s 2:operator:s 3:values:s*
      DeploymentStrategy 1:type:s 2:rollingUpdate:RollingUpdate
      RollingUpdate 1:maxUnavailable:intOrString 2:maxSurge:intOrString
      PodTemplateSpec 1:metadata:ObjectMeta 2:spec:PodSpec
      PodSpec 1:volumes:Volume* 2:containers:Container* 3:restartPolicy:s \
      4:terminationGracePeriodSeconds:n 5:activeDeadlineSeconds:n 6:dnsPolicy:s 7:nodeSelector:map \
      8:serviceAccountName:s 9:serviceAccount:s 10:nodeName:s 11:hostNetwork:b 12:hostPID:b \
      13:hostIPC:b 14:securityContext:SecurityContext 16:hostname:s 17:subdomain:s \
      19:schedulerName:s 20:initContainers:Container* 21:automountServiceAccountToken:b \
      18:affinity:Affinity 22:tolerations:Toleration* 24:priorityClassName:s 25:priority:n \
      31:preemptionPolicy:s 33:topologySpreadConstraints:Spread*
      Affinity 1:nodeAffinity:NodeAffinity 2:podAffinity:PodAffinity 3:podAntiAffinity:PodAffinity
      NodeAffinity 1:requiredDuringSchedulingIgnoredDuringExecution:NodeSelector \
      2:preferredDuringSchedulingIgnoredDuringExecution:PreferredNodes*
      NodeSelector 1:nodeSelectorTerms:NodeTerm*
      NodeTerm 1:matchExpressions:Requirement* 2:matchFields:Requirement*
      PreferredNodes 1:weight:n 2:preference:NodeTerm
      PodAffinity 1:requiredDuringSchedulingIgnoredDuringExecution:PodTerm* \
      2:preferredDuringSchedulingIgnoredDuringExecution:PreferredPods*
      PodTerm 1:labelSelector:LabelSelector 2:namespaces:s* 3:topologyKey:s \
      4:namespaceSelector:LabelSelector 5:matchLabelKeys:s* 6:mismatchLabelKeys:s*
      PreferredPods 1:weight:n 2:podAffinityTerm:PodTerm
      Spread 1:maxSkew:n 2:topologyKey:s 3:whenUnsatisfiable:s 4:labelSelector:LabelSelector \
      5:minDomains:n 6:nodeAffinityPolicy:s 7:nodeTaintsPolicy:s 8:matchLabelKeys:s*
      Volume 1:name:s 2:volumeSource:VolumeSource
      VolumeSource 1:hostPath:HostPath 2:emptyDir:EmptyDir
      HostPath 1:path:s 2:type:s
      EmptyDir 1:medium:s 2:sizeLimit:quantity
      Toleration 1:key:s 2:operator:s 3:value:s 4:effect:s 5:tolerationSeconds:n
      Container 1:name:s 2:image:s 3:command:s* 4:args:s* 5:workingDir:s 6:ports:ContainerPort* \
      7:env:EnvVar* 8:resources:Resources 9:volumeMounts:VolumeMount* 13:terminationMessagePath:s \
      14:imagePullPolicy:s 16:stdin:b 17:stdinOnce:b 18:tty:b 20:terminationMessagePolicy:s
      ContainerPort 1:name:s 2:hostPort:n 3:containerPort:n 4:protocol:s 5:hostIP:s
      EnvVar 1:name:s 2:value:s 3:valueFrom:EnvVarSource
      EnvVarSource 1:fieldRef:FieldRef
      FieldRef 1:apiVersion:s 2:fieldPath:s
      Resources 1:limits:quantities 2:requests:quantities
      VolumeMount 1:name:s 2:readOnly:b 3:mountPath:s 4:subPath:s 5:mountPropagation:s
      SecurityContext
      Ignored
      """;

  /** A field of a message. */
  record Field(String name, String type, boolean repeated) {}

  private static final Map<String, Map<Integer, Field>> BY_NAME = read();

  private ProtobufSchema() {}

  private static Map<String, Map<Integer, Field>> read() {
    Map<String, Map<Integer, Field>> messages = new HashMap<>();
    for (String line : MESSAGES.lines().toList()) {
      String[] words = line.split(" ");
      Map<Integer, Field> fields = new HashMap<>();
      for (int i = 1; i < words.length; i++) {
        String[] parts = words[i].split(":");
        boolean repeated = parts[2].endsWith("*");
        String type = repeated ? parts[2].substring(0, parts[2].length() - 1) : parts[2];
        fields.put(Integer.parseInt(parts[0]), new Field(parts[1], type, repeated));
      }
      messages.put(words[0], Map.copyOf(fields));
    }
    return Map.copyOf(messages);
  }

  static boolean has(String message) {
    return BY_NAME.containsKey(message);
  }

  static Map<Integer, Field> fields(String message) {
    return BY_NAME.get(message);
  }
}
