package io.hawser.gateway;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.wire.Documents;
import java.nio.charset.StandardCharsets;

/** Manifests that tests start from. */
public final class Manifests {
  public static final String WEB =
      """
      apiVersion: apps/v1
      kind: Deployment
      metadata:
        name: web
        labels: {app: web}
      spec:
        replicas: 2
        selector:
          matchLabels: {app: web}
        strategy:
          type: RollingUpdate
          rollingUpdate: {maxSurge: 1, maxUnavailable: 0}
        template:
          metadata:
            labels: {app: web}
          spec:
            containers:
            - name: web
              image: demo:1
              ports:
              - {name: http, containerPort: 8080}
              env:
              - {name: GREETING, value: hello}
              readinessProbe:
                httpGet: {path: /, port: http}
              resources:
                requests: {cpu: 50m, memory: 16Mi}
                limits: {cpu: 500m, memory: 64Mi}
              volumeMounts:
              - {name: tmp, mountPath: /tmp}
            volumes:
            - name: tmp
              emptyDir: {}
      """;

  private Manifests() {}

  public static ObjectNode yaml(String text) {
    return Documents.requireObject(Documents.parseYaml(text.getBytes(StandardCharsets.UTF_8)));
  }

  public static ObjectNode web() {
    return yaml(WEB);
  }
}
