package io.hawser.gateway.encode;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.wire.Json;
import io.hawser.model.CustomObject;
import io.hawser.model.EventRecord;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/** Writes a {@code core/v1 Event}. */
public final class EventEncoder {
  private EventEncoder() {}

  /** Unique: two events of one revision about one object differ in what they say. */
  public static String name(EventRecord event) {
    int what = (event.reason() + event.message()).hashCode();
    return event.name() + "." + Long.toHexString(event.revision()) + Integer.toHexString(what);
  }

  /** Events about objects without a namespace are found in the default one, as in Kubernetes. */
  public static String namespace(EventRecord event) {
    return event.namespace().isEmpty() ? "default" : event.namespace();
  }

  /** As the API calls it, also one from a jar. */
  public static String kind(EventRecord event) {
    return event.kind().split("\\.", 2)[0];
  }

  /** Of the object that an event is about. */
  public static String apiVersion(String kind) {
    return switch (kind) {
      case "Deployment", "DaemonSet", "StatefulSet", "ReplicaSet" -> "apps/v1";
      case "Job", "CronJob" -> "batch/v1";
      default -> CustomObject.isType(kind) ? CustomObject.typeOf(kind).apiVersion() : "v1";
    };
  }

  public static ObjectNode encode(EventRecord event) {
    ObjectNode node = Json.object("Event", "v1");
    String time = Json.time(event.at());
    String uid = UUID.nameUUIDFromBytes(name(event).getBytes(StandardCharsets.UTF_8)).toString();
    node.putObject("metadata")
        .put("name", name(event))
        .put("namespace", namespace(event))
        .put("uid", uid)
        .put("resourceVersion", Long.toString(event.revision()))
        .put("creationTimestamp", time);
    ObjectNode about = node.putObject("involvedObject");
    about.put("kind", kind(event));
    Json.putIfSet(about, "namespace", event.namespace());
    about.put("name", event.name()).put("uid", event.uid());
    about.put("apiVersion", apiVersion(event.kind()));
    node.put("reason", event.reason()).put("message", event.message());
    ObjectNode source = node.putObject("source");
    source.put("component", event.source().equals("scheduler") ? "scheduler" : "node");
    if (!event.source().equals("scheduler")) {
      source.put("host", event.source());
    }
    node.put("firstTimestamp", time).put("lastTimestamp", time).put("count", 1);
    node.put("type", event.type()).putNull("eventTime");
    node.put("reportingComponent", event.source()).put("reportingInstance", "");
    return node;
  }
}
