package io.hawser.gateway.decode;

import io.hawser.gateway.wire.Fields;
import io.hawser.model.Lifecycle;
import io.hawser.model.Lifecycle.Handler;
import io.hawser.model.Probe;
import java.util.Optional;
import java.util.Set;

/** Reads a container's hooks. */
final class LifecycleDecoder {
  private LifecycleDecoder() {}

  static Lifecycle decode(Fields fields, Set<String> portNames) {
    Optional<Handler> postStart = fields.object("postStart").map(f -> handler(f, portNames));
    Optional<Handler> preStop = fields.object("preStop").map(f -> handler(f, portNames));
    fields.unsupported("stopSignal");
    fields.end();
    return new Lifecycle(postStart, preStop);
  }

  private static Handler handler(Fields fields, Set<String> portNames) {
    Optional<Probe.Exec> exec = fields.object("exec").map(ProbeDecoder::exec);
    Optional<Probe.HttpGet> http =
        fields.object("httpGet").map(f -> ProbeDecoder.httpGet(f, portNames));
    Optional<Probe.TcpSocket> tcp =
        fields.object("tcpSocket").map(f -> ProbeDecoder.tcpSocket(f, portNames));
    Optional<Long> sleep =
        fields
            .object("sleep")
            .map(
                s -> {
                  long seconds = s.number("seconds", 0, Integer.MAX_VALUE).orElse(0L);
                  s.end();
                  return seconds;
                });
    if (fields.knownPresent() != 1) {
      fields.causes().required(fields.path(), "exactly one of exec, httpGet, tcpSocket and sleep");
    }
    fields.end();
    return new Handler(exec, http, tcp, sleep);
  }
}
