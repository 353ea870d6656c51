package io.hawser.model;

import java.util.Optional;

/**
 * What a container's node does right after its start and before its end; Kubernetes' {@code core/v1
 * Lifecycle}.
 */
public record Lifecycle(Optional<Handler> postStart, Optional<Handler> preStop) {
  public static final Lifecycle NONE = new Lifecycle(Optional.empty(), Optional.empty());

  /** Exactly one is present. */
  public record Handler(
      Optional<Probe.Exec> exec,
      Optional<Probe.HttpGet> httpGet,
      Optional<Probe.TcpSocket> tcpSocket,
      Optional<Long> sleepSeconds) {}
}
