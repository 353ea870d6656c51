package io.hawser.gateway;

import java.util.List;

/** One object of each kind that can be made, called {@code made}, with much of what it may say. */
record Made(String path, String manifest) {
  private static final String TEMPLATE =
      """
        selector: {matchLabels: {app: made}}
        template:
          metadata: {labels: {app: made}}
          spec:
            securityContext: {runAsUser: 1000, fsGroup: 2000, supplementalGroups: [3000]}
            tolerations: [{key: a, operator: Exists, effect: NoExecute, tolerationSeconds: 5}]
            affinity:
              podAntiAffinity:
                preferredDuringSchedulingIgnoredDuringExecution:
                - weight: 5
                  podAffinityTerm: {topologyKey: zone, labelSelector: {matchLabels: {a: b}}}
            topologySpreadConstraints:
            - {maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway}
            initContainers:
            - {name: side, image: 'demo:1', restartPolicy: Always}
            containers:
            - name: main
              image: demo:1
              envFrom: [{configMapRef: {name: other, optional: true}}]
              env:
              - {name: A, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
              - {name: B, valueFrom: {secretKeyRef: {name: other, key: b, optional: true}}}
              ports: [{name: http, containerPort: 80, protocol: TCP}]
              lifecycle: {preStop: {sleep: {seconds: 1}}}
              livenessProbe: {tcpSocket: {port: http}}
              volumeMounts: [{name: files, mountPath: /files, mountPropagation: HostToContainer}]
              securityContext: {capabilities: {drop: [ALL]}, seccompProfile: {type: RuntimeDefault}}
              resources: {requests: {cpu: 1m, memory: 1Mi}, limits: {memory: 2Mi}}
            volumes:
            - name: files
              projected:
                sources: [{downwardAPI: {items: [{path: a, fieldRef: {fieldPath: metadata.name}}]}}]
      """;

  static final List<Made> ALL =
      List.of(
          made("/api/v1", "ConfigMap", "configmaps", "data: {a: b}"),
          made("/api/v1", "Secret", "secrets", "stringData: {a: b}"),
          made(
              "/api/v1",
              "PersistentVolumeClaim",
              "persistentvolumeclaims",
              "spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}"),
          made("/api/v1", "ResourceQuota", "resourcequotas", "spec: {hard: {pods: 90, cpu: 90}}"),
          made(
              "/api/v1",
              "LimitRange",
              "limitranges",
              "spec: {limits: [{type: Container, max: {cpu: 4}, default: {cpu: 1}}]}"),
          made("/apis/apps/v1", "StatefulSet", "statefulsets", workload("replicas: 1", claims())),
          made("/apis/apps/v1", "DaemonSet", "daemonsets", workload("minReadySeconds: 1", "")),
          made("/apis/apps/v1", "ReplicaSet", "replicasets", workload("replicas: 1", "")),
          made("/apis/batch/v1", "Job", "jobs", "spec: {template: " + ends() + "}"),
          made(
              "/apis/batch/v1",
              "CronJob",
              "cronjobs",
              "spec: {schedule: '0 0 1 1 *', jobTemplate: {spec: {template: " + ends() + "}}}"),
          made(
              "/apis/policy/v1",
              "PodDisruptionBudget",
              "poddisruptionbudgets",
              "spec: {maxUnavailable: 50%, selector: {matchLabels: {app: web}}}"),
          made(
              "/apis/autoscaling/v2",
              "HorizontalPodAutoscaler",
              "horizontalpodautoscalers",
              "spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, "
                  + "minReplicas: 2, maxReplicas: 3}"),
          new Made(
              "/apis/scheduling.k8s.io/v1/priorityclasses",
              "metadata: {name: made}\nvalue: 7\ndescription: x\n"),
          new Made(
              "/apis/node.k8s.io/v1/runtimeclasses",
              "metadata: {name: made}\nhandler: made\noverhead: {podFixed: {cpu: 1m}}\n"),
          made(
              "/apis/test.hawser.io/v1",
              "Flock",
              "flocks",
              "spec: {size: 1, template: " + ends() + "}"));

  private static Made made(String group, String kind, String plural, String rest) {
    String version = group.substring(group.indexOf('/', 1) + 1);
    return new Made(
        group + "/namespaces/default/" + plural,
        "apiVersion: %s\nkind: %s\nmetadata: {name: made, labels: {a: b}}\n%s\n"
            .formatted(version, kind, rest));
  }

  private static String workload(String first, String last) {
    return "spec:\n  " + first + "\n" + TEMPLATE + last;
  }

  private static String claims() {
    return """
        volumeClaimTemplates:
        - metadata: {name: data}
          spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}
      """;
  }

  private static String ends() {
    return "{metadata: {labels: {app: made}}, spec: {restartPolicy: Never, "
        + "containers: [{name: main, image: 'demo:1'}]}}";
  }
}
