package io.hawser.gateway.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/**
 * Reads what typed Go clients send as {@code application/vnd.kubernetes.protobuf} into the JSON it
 * stands for, so that one decoder checks both. A field that {@link ProtobufSchema} does not have is
 * refused unless it says nothing (zero or empty), never dropped.
 *
 * @see <a href="https://protobuf.dev/programming-guides/encoding/">Protobuf's wire format</a>
 */
public final class Protobuf {
  private static final byte[] MAGIC = {'k', '8', 's', 0};
  private static final List<String> ROOTS =
      List.of(
          "ConfigMap",
          "CronJob",
          "DaemonSet",
          "DeleteOptions",
          "Deployment",
          "Eviction",
          "HorizontalPodAutoscaler",
          "Job",
          "LimitRange",
          "Namespace",
          "PersistentVolumeClaim",
          "Pod",
          "PodDisruptionBudget",
          "PriorityClass",
          "ReplicaSet",
          "ResourceQuota",
          "RuntimeClass",
          "Scale",
          "Secret",
          "SelfSubjectAccessReview",
          "StatefulSet");
  private static final List<String> MAPS = List.of("map", "quantities", "byteMap");

  private static final int VARINT = 0;
  private static final int FIXED_64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED_32 = 5;

  private final byte[] data;
  private int at;
  private final int end;

  private Protobuf(byte[] data, int from, int end) {
    this.data = data;
    this.at = from;
    this.end = end;
  }

  /**
   * @throws StatusError 400 when it is malformed, 415 when it holds something that is only read as
   *     JSON
   */
  public static ObjectNode parse(byte[] body) {
    if (body.length < MAGIC.length
        || !Arrays.equals(body, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
      throw malformed("it does not begin with Kubernetes' four magic bytes");
    }
    Protobuf envelope = new Protobuf(body, MAGIC.length, body.length);
    String apiVersion = "";
    String kind = "";
    Protobuf raw = new Protobuf(body, body.length, body.length);
    while (envelope.hasMore()) {
      long tag = envelope.varint();
      if (tag == (1 << 3 | BYTES)) {
        Protobuf type = envelope.slice();
        while (type.hasMore()) {
          long typeTag = type.varint();
          String text = type.slice().text();
          apiVersion = typeTag == (1 << 3 | BYTES) ? text : apiVersion;
          kind = typeTag == (2 << 3 | BYTES) ? text : kind;
        }
      } else if (tag == (2 << 3 | BYTES)) {
        raw = envelope.slice();
      } else {
        envelope.skip((int) (tag & 7));
      }
    }
    if (!ROOTS.contains(kind)) {
      throw onlyJson("kind \"" + kind + "\"");
    }
    ObjectNode object = Json.object(kind, apiVersion);
    // Of this kind alone two versions are served whose fields differ.
    boolean oldForm = kind.equals("HorizontalPodAutoscaler") && apiVersion.endsWith("/v1");
    object.setAll(raw.message(oldForm ? kind + "V1" : kind));
    return object;
  }

  private ObjectNode message(String name) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    while (hasMore()) {
      long tag = varint();
      int wireType = (int) (tag & 7);
      ProtobufSchema.Field field = ProtobufSchema.fields(name).get((int) (tag >>> 3));
      if (field == null) {
        boolean saysNothing = skip(wireType);
        if (!saysNothing && !name.equals("Ignored")) {
          throw onlyJson("field " + (tag >>> 3) + " of " + name);
        }
      } else if (MAPS.contains(field.type())) {
        entry(node.withObject("/" + field.name()), field.type());
      } else if (field.repeated()) {
        node.withArray("/" + field.name()).add(value(field.type(), wireType));
      } else if (field.name().equals("inline")) {
        node.setAll((ObjectNode) value(field.type(), wireType));
      } else {
        JsonNode value = value(field.type(), wireType);
        // Go writes texts and some numbers that were never set as empty and zero.
        boolean unset =
            value.isTextual()
                ? value.textValue().isEmpty()
                : field.type().equals("z") && value.longValue() == 0;
        if (!unset) {
          node.set(field.name(), value);
        }
      }
    }
    return node;
  }

  private void entry(ObjectNode map, String type) {
    Protobuf entry = slice();
    String content =
        switch (type) {
          case "byteMap" -> "bytes";
          case "quantities" -> "quantity";
          default -> "s";
        };
    String key = "";
    JsonNode value = JsonNodeFactory.instance.textNode("");
    while (entry.hasMore()) {
      long tag = entry.varint();
      if (tag == (1 << 3 | BYTES)) {
        key = entry.slice().text();
      } else {
        value = entry.value(content, (int) (tag & 7));
      }
    }
    map.set(key, value);
  }

  private JsonNode value(String type, int wireType) {
    JsonNodeFactory make = JsonNodeFactory.instance;
    boolean number = List.of("n", "z", "b").contains(type);
    if (wireType != (number ? VARINT : BYTES)) {
      throw malformed("a field has wire type " + wireType);
    }
    return switch (type) {
      case "s" -> make.textNode(slice().text());
      case "n", "z" -> make.numberNode(varint());
      case "bytes" -> make.textNode(Base64.getEncoder().encodeToString(slice().bytes()));
      case "b" -> make.booleanNode(varint() != 0);
      case "quantity" -> make.textNode(slice().stringField(1));
      case "time" -> time(slice());
      case "intOrString" -> intOrString(slice());
      default -> slice().message(type);
    };
  }

  private String stringField(int number) {
    String text = "";
    while (hasMore()) {
      long tag = varint();
      if (tag == ((long) number << 3 | BYTES)) {
        text = slice().text();
      } else {
        skip((int) (tag & 7));
      }
    }
    return text;
  }

  /** An empty message is no time. */
  private static JsonNode time(Protobuf message) {
    long seconds = 0;
    while (message.hasMore()) {
      long tag = message.varint();
      if (tag == (1 << 3 | VARINT)) {
        seconds = message.varint();
      } else {
        message.skip((int) (tag & 7));
      }
    }
    return seconds <= 0 || seconds > Integer.MAX_VALUE * 100L
        ? JsonNodeFactory.instance.nullNode()
        : JsonNodeFactory.instance.textNode(Json.time(Instant.ofEpochSecond(seconds)));
  }

  private static JsonNode intOrString(Protobuf message) {
    long type = 0;
    long number = 0;
    String text = "";
    while (message.hasMore()) {
      long tag = message.varint();
      switch ((int) tag) {
        case 1 << 3 | VARINT -> type = message.varint();
        case 2 << 3 | VARINT -> number = message.varint();
        case 3 << 3 | BYTES -> text = message.slice().text();
        default -> message.skip((int) (tag & 7));
      }
    }
    return type == 0
        ? JsonNodeFactory.instance.numberNode(number)
        : JsonNodeFactory.instance.textNode(text);
  }

  private boolean hasMore() {
    return at < end;
  }

  private long varint() {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (at >= end) {
        throw malformed("it ends in the middle of a number");
      }
      byte next = data[at++];
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw malformed("a number is longer than 64 bits");
  }

  private Protobuf slice() {
    long length = varint();
    if (length < 0 || length > end - at) {
      throw malformed("a field is longer than the message");
    }
    Protobuf slice = new Protobuf(data, at, at + (int) length);
    at += (int) length;
    return slice;
  }

  private byte[] bytes() {
    return Arrays.copyOfRange(data, at, end);
  }

  private String text() {
    return new String(data, at, end - at, StandardCharsets.UTF_8);
  }

  /** Passes a field over and tells whether it was zero or empty. */
  private boolean skip(int wireType) {
    switch (wireType) {
      case VARINT -> {
        return varint() == 0;
      }
      case BYTES -> {
        return !slice().hasMore();
      }
      case FIXED_64, FIXED_32 -> {
        int size = wireType == FIXED_64 ? 8 : 4;
        if (size > end - at) {
          throw malformed("it ends in the middle of a number");
        }
        at += size;
        return false;
      }
      default -> throw malformed("a field has wire type " + wireType);
    }
  }

  private static StatusError malformed(String why) {
    return StatusError.badRequest("the body is not valid Kubernetes protobuf: " + why);
  }

  private static StatusError onlyJson(String what) {
    return StatusError.of(
        415,
        "UnsupportedMediaType",
        "this server does not read " + what + " from protobuf; send application/json");
  }
}
