package io.hawser.gateway.encode;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.wire.Json;
import io.hawser.model.Lifecycle;
import io.hawser.model.PodContainer;
import io.hawser.model.Probe;
import java.util.List;
import java.util.Optional;

/** Writes a {@code core/v1 Container}. */
final class ContainerEncoder {
  private ContainerEncoder() {}

  static ObjectNode encode(PodContainer container) {
    ObjectNode node = Json.object().put("name", container.name()).put("image", container.image());
    Json.putIfSet(node, "command", container.command());
    Json.putIfSet(node, "args", container.args());
    Json.putIfSet(node, "workingDir", container.workingDir());
    ports(node, container.ports());
    env(node, container.env());
    ConfigSourceEncoder.allKeys(container.envFrom(), node);
    resources(node, container);
    mounts(node, container.volumeMounts());
    container.livenessProbe().ifPresent(p -> node.set("livenessProbe", probe(p)));
    container.readinessProbe().ifPresent(p -> node.set("readinessProbe", probe(p)));
    container.startupProbe().ifPresent(p -> node.set("startupProbe", probe(p)));
    if (!container.lifecycle().equals(Lifecycle.NONE)) {
      ObjectNode lifecycle = node.putObject("lifecycle");
      container.lifecycle().postStart().ifPresent(h -> lifecycle.set("postStart", handler(h)));
      container.lifecycle().preStop().ifPresent(h -> lifecycle.set("preStop", handler(h)));
    }
    if (container.sidecar()) {
      node.put("restartPolicy", "Always");
    }
    node.put("terminationMessagePath", "/dev/termination-log");
    node.put("terminationMessagePolicy", "File");
    node.put("imagePullPolicy", Words.camel(container.imagePullPolicy()));
    ObjectNode security = security(container.securityContext());
    if (!security.isEmpty()) {
      node.set("securityContext", security);
    }
    if (container.stdin()) {
      node.put("stdin", true);
    }
    if (container.stdinOnce()) {
      node.put("stdinOnce", true);
    }
    if (container.tty()) {
      node.put("tty", true);
    }
    return node;
  }

  private static void ports(ObjectNode node, List<PodContainer.Port> ports) {
    if (ports.isEmpty()) {
      return;
    }
    ArrayNode list = node.putArray("ports");
    for (PodContainer.Port port : ports) {
      ObjectNode child = list.addObject();
      Json.putIfSet(child, "name", port.name());
      child.put("containerPort", port.containerPort());
      if (port.hostPort() > 0) {
        child.put("hostPort", port.hostPort());
      }
      child.put("protocol", port.protocol());
    }
  }

  private static void env(ObjectNode node, List<PodContainer.EnvVar> env) {
    if (env.isEmpty()) {
      return;
    }
    ArrayNode list = node.putArray("env");
    for (PodContainer.EnvVar variable : env) {
      ConfigSourceEncoder.variable(variable, list.addObject());
    }
  }

  private static void resources(ObjectNode node, PodContainer container) {
    ObjectNode resources = node.putObject("resources");
    ObjectNode limits = ResourceEncoder.encode(container.limits());
    if (!limits.isEmpty()) {
      resources.set("limits", limits);
    }
    ObjectNode requests = ResourceEncoder.encode(container.requests());
    if (!requests.isEmpty()) {
      resources.set("requests", requests);
    }
  }

  private static void mounts(ObjectNode node, List<PodContainer.VolumeMount> mounts) {
    if (mounts.isEmpty()) {
      return;
    }
    ArrayNode list = node.putArray("volumeMounts");
    for (PodContainer.VolumeMount mount : mounts) {
      ObjectNode child = list.addObject();
      child.put("name", mount.name()).put("mountPath", mount.mountPath());
      if (mount.readOnly()) {
        child.put("readOnly", true);
      }
      Json.putIfSet(child, "subPath", mount.subPath());
      Json.putIfSet(child, "mountPropagation", mount.propagation().map(Words::camel));
    }
  }

  static ObjectNode security(PodContainer.SecurityContext context) {
    ObjectNode node = Json.object();
    context.runAsUser().ifPresent(id -> node.put("runAsUser", id));
    context.runAsGroup().ifPresent(id -> node.put("runAsGroup", id));
    context.runAsNonRoot().ifPresent(yes -> node.put("runAsNonRoot", yes));
    context.readOnlyRootFilesystem().ifPresent(yes -> node.put("readOnlyRootFilesystem", yes));
    context.allowPrivilegeEscalation().ifPresent(yes -> node.put("allowPrivilegeEscalation", yes));
    ObjectNode capabilities = Json.object();
    Json.putIfSet(capabilities, "add", context.addCapabilities());
    Json.putIfSet(capabilities, "drop", context.dropCapabilities());
    if (!capabilities.isEmpty()) {
      node.set("capabilities", capabilities);
    }
    confinement(node, context.confinement());
    return node;
  }

  private static void confinement(ObjectNode node, PodContainer.Confinement confinement) {
    confinement.privileged().ifPresent(yes -> node.put("privileged", yes));
    if (confinement.procUnmasked()) {
      node.put("procMount", "Unmasked");
    }
    confinement
        .seccomp()
        .ifPresent(
            seccomp -> {
              ObjectNode profile = node.putObject("seccompProfile");
              profile.put("type", Words.camel(seccomp.kind()));
              Json.putIfSet(profile, "localhostProfile", seccomp.localhostProfile());
            });
  }

  private static ObjectNode handler(Lifecycle.Handler handler) {
    ObjectNode node = Json.object();
    handler.httpGet().ifPresent(get -> node.set("httpGet", httpGet(get)));
    handler.tcpSocket().ifPresent(tcp -> port(node.putObject("tcpSocket"), tcp.port(), tcp.host()));
    handler.exec().ifPresent(e -> Json.putIfSet(node.putObject("exec"), "command", e.command()));
    handler.sleepSeconds().ifPresent(s -> node.putObject("sleep").put("seconds", s));
    return node;
  }

  private static ObjectNode probe(Probe probe) {
    ObjectNode node = Json.object();
    probe.httpGet().ifPresent(get -> node.set("httpGet", httpGet(get)));
    probe.tcpSocket().ifPresent(tcp -> port(node.putObject("tcpSocket"), tcp.port(), tcp.host()));
    probe.exec().ifPresent(e -> Json.putIfSet(node.putObject("exec"), "command", e.command()));
    probe
        .grpc()
        .ifPresent(g -> node.putObject("grpc").put("port", g.port()).put("service", g.service()));
    if (probe.initialDelaySeconds() > 0) {
      node.put("initialDelaySeconds", probe.initialDelaySeconds());
    }
    return node.put("periodSeconds", probe.periodSeconds())
        .put("timeoutSeconds", probe.timeoutSeconds())
        .put("successThreshold", probe.successThreshold())
        .put("failureThreshold", probe.failureThreshold());
  }

  private static ObjectNode httpGet(Probe.HttpGet get) {
    ObjectNode node = Json.object().put("path", get.path());
    port(node, get.port(), get.host());
    node.put("scheme", get.scheme());
    if (!get.headers().isEmpty()) {
      ArrayNode headers = node.putArray("httpHeaders");
      get.headers().forEach(h -> headers.addObject().put("name", h.name()).put("value", h.value()));
    }
    return node;
  }

  private static void port(ObjectNode node, String port, Optional<String> host) {
    if (port.chars().allMatch(Character::isDigit)) {
      node.put("port", Integer.parseInt(port));
    } else {
      node.put("port", port);
    }
    Json.putIfSet(node, "host", host);
  }
}
