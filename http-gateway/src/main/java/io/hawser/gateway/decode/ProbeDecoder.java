package io.hawser.gateway.decode;

import com.fasterxml.jackson.databind.JsonNode;
import io.hawser.gateway.wire.Fields;
import io.hawser.model.Probe;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads a {@code core/v1 Probe}. */
final class ProbeDecoder {
  private ProbeDecoder() {}

  /**
   * @param portNames of the container's ports
   * @param readiness the only kind of probe with a success threshold above 1
   */
  static Probe decode(Fields fields, Set<String> portNames, boolean readiness) {
    Optional<Probe.HttpGet> http = fields.object("httpGet").map(f -> httpGet(f, portNames));
    Optional<Probe.TcpSocket> tcp = fields.object("tcpSocket").map(f -> tcpSocket(f, portNames));
    Optional<Probe.Exec> exec = fields.object("exec").map(ProbeDecoder::exec);
    Optional<Probe.Grpc> grpc = fields.object("grpc").map(ProbeDecoder::grpc);
    int actions = fields.knownPresent();
    if (actions == 0) {
      fields
          .causes()
          .required(fields.path(), "must specify one of httpGet, tcpSocket, exec and grpc");
    } else if (actions > 1) {
      fields.causes().forbidden(fields.path(), "may not specify more than one action");
    }
    Probe probe =
        new Probe(
            http,
            tcp,
            exec,
            grpc,
            fields.integer("initialDelaySeconds", 0, 0, Integer.MAX_VALUE),
            fields.integer("periodSeconds", Probe.DEFAULT_PERIOD_SECONDS, 1, Integer.MAX_VALUE),
            fields.integer("timeoutSeconds", Probe.DEFAULT_TIMEOUT_SECONDS, 1, Integer.MAX_VALUE),
            fields.integer(
                "failureThreshold", Probe.DEFAULT_FAILURE_THRESHOLD, 1, Integer.MAX_VALUE),
            fields.integer(
                "successThreshold",
                Probe.DEFAULT_SUCCESS_THRESHOLD,
                1,
                readiness ? Integer.MAX_VALUE : 1));
    fields.unsupported("terminationGracePeriodSeconds");
    fields.end();
    return probe;
  }

  static Probe.HttpGet httpGet(Fields fields, Set<String> portNames) {
    Probe.HttpGet get =
        new Probe.HttpGet(
            fields.text("path").orElse("/"),
            port(fields, portNames),
            fields.oneOf("scheme", List.of("HTTP", "HTTPS")).orElse("HTTP"),
            fields.text("host"),
            fields.objects("httpHeaders", ProbeDecoder::header));
    fields.end();
    return get;
  }

  private static Probe.Header header(Fields fields) {
    Probe.Header header =
        new Probe.Header(
            fields.requiredText("name", "expected the header's name"),
            fields.string("value").orElse(""));
    fields.end();
    return header;
  }

  static Probe.TcpSocket tcpSocket(Fields fields, Set<String> portNames) {
    Probe.TcpSocket socket = new Probe.TcpSocket(port(fields, portNames), fields.text("host"));
    fields.end();
    return socket;
  }

  static Probe.Exec exec(Fields fields) {
    List<String> command = fields.strings("command");
    if (command.isEmpty()) {
      fields.causes().required(fields.path("command"), "expected the program and its arguments");
    }
    fields.end();
    return new Probe.Exec(command);
  }

  private static Probe.Grpc grpc(Fields fields) {
    if (!fields.has("port")) {
      fields.causes().required(fields.path("port"), "expected a port from 1 to 65535");
    }
    Probe.Grpc grpc =
        new Probe.Grpc(fields.integer("port", 0, 1, 65_535), fields.text("service").orElse(""));
    fields.end();
    return grpc;
  }

  /** A number, or the name of one of the container's ports. */
  private static String port(Fields fields, Set<String> portNames) {
    Optional<JsonNode> value = fields.any("port");
    if (value.isEmpty()) {
      fields.causes().required(fields.path("port"), "expected a port's number or name");
      return "";
    }
    JsonNode port = value.get();
    boolean number =
        port.isIntegralNumber()
            && port.canConvertToInt()
            && port.intValue() >= 1
            && port.intValue() <= 65_535;
    boolean named = port.isTextual() && portNames.contains(port.textValue());
    if (!number && (!named || port.textValue().isEmpty())) {
      fields
          .causes()
          .invalid(
              fields.path("port"),
              port.isTextual() ? port.textValue() : port,
              "must be a number from 1 to 65535 or the name of one of the container's ports");
    }
    return port.asText();
  }
}
