package io.hawser.gateway;

import java.util.List;
import java.util.stream.Stream;

/**
 * The manifest {@link Manifests#WEB} with one thing wrong.
 *
 * @param replace text of the manifest
 * @param with what stands there instead
 * @param field that the answer must name
 * @param reason of the cause, in Kubernetes' words
 */
public record BadManifest(
    String what, String replace, String with, String field, String reason, String says) {
  private static final String CONTAINER = "spec.template.spec.containers[0]";
  private static final String INVALID = "FieldValueInvalid";
  private static final String REQUIRED = "FieldValueRequired";
  private static final String TYPE = "FieldValueTypeInvalid";
  private static final String FORBIDDEN = "FieldValueForbidden";
  private static final String UNSUPPORTED = "FieldValueNotSupported";
  private static final String DUPLICATE = "FieldValueDuplicate";

  public String manifest() {
    if (!Manifests.WEB.contains(replace)) {
      throw new IllegalStateException("the manifest has no " + replace);
    }
    return Manifests.WEB.replace(replace, with);
  }

  @Override
  public String toString() {
    return what;
  }

  public static List<BadManifest> all() {
    return Stream.concat(general().stream(), BadScheduling.all().stream()).toList();
  }

  private static List<BadManifest> general() {
    return List.of(
        bad(
            "an unknown field",
            "image: demo:1",
            "imagee: demo:1",
            CONTAINER + ".imagee",
            INVALID,
            "image"),
        bad(
            "an unknown top field",
            "kind: Deployment",
            "kind: Deployment\nspecs: {}",
            "specs",
            INVALID,
            "spec"),
        bad(
            "a text for a number",
            "replicas: 2",
            "replicas: two",
            "spec.replicas",
            TYPE,
            "got a string"),
        bad(
            "a fraction for a number",
            "replicas: 2",
            "replicas: 1.5",
            "spec.replicas",
            TYPE,
            "got a fraction"),
        bad(
            "negative replicas",
            "replicas: 2",
            "replicas: -1",
            "spec.replicas",
            INVALID,
            "between 0 and 100000"),
        bad(
            "too many replicas",
            "replicas: 2",
            "replicas: 1000000",
            "spec.replicas",
            INVALID,
            "100000"),
        bad("no image", "image: demo:1", "tty: true", CONTAINER + ".image", REQUIRED, "image"),
        bad(
            "an image with white space",
            "image: demo:1",
            "image: 'demo 1'",
            CONTAINER + ".image",
            INVALID,
            "white space"),
        bad("no name", "name: web\n  labels", "labels", "metadata.name", REQUIRED, "name"),
        bad(
            "a wrong name",
            "name: web\n  labels",
            "name: Web_1\n  labels",
            "metadata.name",
            INVALID,
            "RFC 1123"),
        bad(
            "a wrong label",
            "labels: {app: web}\nspec",
            "labels: {app: 'we b'}\nspec",
            "metadata.labels.app",
            INVALID,
            "at most 63"),
        bad(
            "a canary step that is no number",
            "labels: {app: web}\nspec",
            "annotations: {hawser.io/canary-steps: '1,half'}\nspec",
            "metadata.annotations[hawser.io/canary-steps]",
            INVALID,
            "25%"),
        bad(
            "a back-off that is no number",
            "labels: {app: web}\nspec",
            "annotations: {hawser.io/restart-backoff-max-seconds: 5m}\nspec",
            "metadata.annotations[hawser.io/restart-backoff-max-seconds]",
            INVALID,
            "86400"),
        bad(
            "a switch that is neither on nor off",
            "labels: {app: web}\nspec",
            "annotations: {hawser.io/auto-rollback: 'no'}\nspec",
            "metadata.annotations[hawser.io/auto-rollback]",
            INVALID,
            "true or false"),
        bad(
            "a wrong label key",
            "labels: {app: web}\nspec",
            "labels: {'-x': web}\nspec",
            "metadata.labels",
            INVALID,
            "63"),
        bad(
            "a number for a label",
            "labels: {app: web}\nspec",
            "labels: {app: 1}\nspec",
            "metadata.labels.app",
            TYPE,
            "a string"),
        bad(
            "a list for an object",
            "matchLabels: {app: web}",
            "matchLabels: [app]",
            "spec.selector.matchLabels",
            TYPE,
            "an object"),
        bad(
            "no selector",
            "selector:\n    matchLabels: {app: web}",
            "paused: false",
            "spec.selector",
            REQUIRED,
            "matchLabels"),
        bad(
            "a selector that matches other pods",
            "matchLabels: {app: web}",
            "matchLabels: {app: other}",
            "spec.template.metadata.labels",
            INVALID,
            "does not match"),
        bad(
            "a wrong operator",
            "matchLabels: {app: web}",
            "matchExpressions: [{key: app, operator: Is}]",
            "spec.selector.matchExpressions[0].operator",
            UNSUPPORTED,
            "NotIn"),
        bad(
            "surge and unavailability both 0",
            "maxSurge: 1",
            "maxSurge: 0",
            "spec.strategy.rollingUpdate.maxUnavailable",
            INVALID,
            "maxSurge"),
        bad(
            "a wrong percentage",
            "maxSurge: 1",
            "maxSurge: 1%%",
            "spec.strategy.rollingUpdate.maxSurge",
            INVALID,
            "25%"),
        bad(
            "an unknown strategy",
            "type: RollingUpdate",
            "type: Canary",
            "spec.strategy.type",
            UNSUPPORTED,
            "Recreate"),
        bad(
            "Recreate with rolling bounds",
            "type: RollingUpdate",
            "type: Recreate",
            "spec.strategy.rollingUpdate",
            FORBIDDEN,
            "Recreate"),
        bad(
            "a wrong quantity",
            "cpu: 500m",
            "cpu: lots",
            CONTAINER + ".resources.limits.cpu",
            INVALID,
            "500m"),
        bad(
            "a negative quantity",
            "memory: 64Mi",
            "memory: -1",
            CONTAINER + ".resources.limits.memory",
            INVALID,
            "0 or more"),
        bad(
            "an unknown resource",
            "memory: 64Mi",
            "memoryy: 64Mi",
            CONTAINER + ".resources.limits.memoryy",
            UNSUPPORTED,
            "memory"),
        bad(
            "a request above its limit",
            "cpu: 50m",
            "cpu: 2",
            CONTAINER + ".resources.requests.cpu",
            INVALID,
            "limit"),
        bad(
            "a port out of range",
            "containerPort: 8080",
            "containerPort: 70000",
            CONTAINER + ".ports[0].containerPort",
            INVALID,
            "65535"),
        bad(
            "a port's name too long",
            "{name: http, c",
            "{name: a-very-long-port-name, c",
            CONTAINER + ".ports[0].name",
            INVALID,
            "15"),
        bad(
            "a probe of an unknown port",
            "port: http",
            "port: https",
            CONTAINER + ".readinessProbe.httpGet.port",
            INVALID,
            "65535"),
        bad(
            "a probe with two actions",
            "httpGet: {path: /, port: http}",
            "httpGet: {port: 1}\n          tcpSocket: {port: 1}",
            CONTAINER + ".readinessProbe",
            FORBIDDEN,
            "more than one"),
        bad(
            "a probe without an action",
            "httpGet: {path: /, port: http}",
            "periodSeconds: 1",
            CONTAINER + ".readinessProbe",
            REQUIRED,
            "httpGet"),
        bad(
            "a probe's period of 0",
            "httpGet: {path: /, port: http}",
            "httpGet: {port: 1}\n          periodSeconds: 0",
            CONTAINER + ".readinessProbe.periodSeconds",
            INVALID,
            "1"),
        bad(
            "a wrong variable name",
            "name: GREETING",
            "name: 1GREETING",
            CONTAINER + ".env[0].name",
            INVALID,
            "digit"),
        bad(
            "a variable from a secret",
            "value: hello",
            "valueFrom: {secretKeyRef: {name: s}}",
            CONTAINER + ".env[0].valueFrom.secretKeyRef.key",
            REQUIRED,
            "key"),
        bad(
            "a mount without a volume",
            "{name: tmp, mountPath",
            "{name: tmpp, mountPath",
            CONTAINER + ".volumeMounts[0].name",
            INVALID,
            "no volume"),
        bad(
            "a relative mount",
            "mountPath: /tmp",
            "mountPath: tmp",
            CONTAINER + ".volumeMounts[0].mountPath",
            INVALID,
            "absolute"),
        bad(
            "an unsupported volume",
            "emptyDir: {}",
            "nfs: {server: s, path: /p}",
            "spec.template.spec.volumes[0].nfs",
            FORBIDDEN,
            "not supported"),
        bad(
            "a volume of no kind",
            "emptyDir: {}",
            "emptyDir: ",
            "spec.template.spec.volumes[0]",
            REQUIRED,
            "emptyDir"),
        bad(
            "a host path with a step up",
            "emptyDir: {}",
            "hostPath: {path: /a/../b}",
            "spec.template.spec.volumes[0].hostPath.path",
            INVALID,
            "'..'"),
        bad(
            "a privileged container that may not escalate",
            "image: demo:1",
            "image: demo:1\n        securityContext: {privileged: true,"
                + " allowPrivilegeEscalation: false}",
            CONTAINER + ".securityContext.allowPrivilegeEscalation",
            INVALID,
            "privileged"),
        bad(
            "all of /proc for the machine's root",
            "image: demo:1",
            "image: demo:1\n        securityContext: {procMount: Unmasked}",
            CONTAINER + ".securityContext.procMount",
            FORBIDDEN,
            "hostUsers"),
        bad(
            "a sysctl of the machine",
            "      containers:",
            "      securityContext: {sysctls: [{name: kernel.panic, value: \"1\"}]}\n      containers:",
            "spec.template.spec.securityContext.sysctls[0].name",
            UNSUPPORTED,
            "net.ipv4.tcp_syncookies"),
        bad(
            "a local seccomp profile without a file",
            "image: demo:1",
            "image: demo:1\n        securityContext: {seccompProfile: {type: Localhost}}",
            CONTAINER + ".securityContext.seccompProfile.localhostProfile",
            REQUIRED,
            "Localhost"),
        bad(
            "an unknown seccomp profile",
            "image: demo:1",
            "image: demo:1\n        securityContext: {seccompProfile: {type: Strict}}",
            CONTAINER + ".securityContext.seccompProfile.type",
            UNSUPPORTED,
            "RuntimeDefault"),
        bad(
            "another restart policy",
            "volumes:",
            "restartPolicy: Never\n      volumes:",
            "spec.template.spec.restartPolicy",
            UNSUPPORTED,
            "Always"),
        bad(
            "a service account",
            "volumes:",
            "serviceAccountName: robot\n      volumes:",
            "spec.template.spec.serviceAccountName",
            UNSUPPORTED,
            "default"),
        bad(
            "two containers of one name",
            "volumes:",
            "initContainers: [{name: web, image: a}]\n      volumes:",
            CONTAINER + ".name",
            DUPLICATE,
            "web"),
        bad(
            "a finalizer",
            "labels: {app: web}\nspec",
            "finalizers: [a/b]\nspec",
            "metadata.finalizers",
            FORBIDDEN,
            "not supported"),
        bad(
            "a version on create",
            "labels: {app: web}\nspec",
            "resourceVersion: '5'\nspec",
            "metadata.resourceVersion",
            FORBIDDEN,
            "create"));
  }

  /** The manifest's text has the indentation of {@link Manifests#WEB}. */
  private static BadManifest bad(
      String what, String replace, String with, String field, String reason, String says) {
    return new BadManifest(what, replace, with, field, reason, says);
  }
}
