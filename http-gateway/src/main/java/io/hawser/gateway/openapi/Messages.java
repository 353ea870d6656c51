package io.hawser.gateway.openapi;

import io.hawser.gateway.wire.ProtobufSchema;
import io.hawser.gateway.wire.ProtobufSchema.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Every message of the API as JSON has it: those that clients write and those they are shown. */
final class Messages {
  /**
   * What protobuf's readers pass over: a status, which is shown all the same, and whose is what.
   */
  private static final String IGNORED = "Ignored";

  /** The kinds of jars: what they hold besides is theirs. */
  static final Set<String> OPEN = Set.of("CustomSpec", "CustomStatus");

  static final String CUSTOM = "CustomObject";

  private Messages() {}

  static boolean has(String message) {
    return ShownMessages.BY_NAME.containsKey(message) || ProtobufSchema.has(message);
  }

  static Set<String> names() {
    Set<String> names = new TreeSet<>(ShownMessages.BY_NAME.keySet());
    names.addAll(ProtobufSchema.names());
    return names;
  }

  /**
   * Without those that are refused whatever they say, and those of {@code inline} messages here.
   */
  static List<Field> fields(String message) {
    List<Field> shown = ShownMessages.BY_NAME.get(message);
    if (shown != null) {
      return shown;
    }
    List<Field> fields = new ArrayList<>();
    for (Field field : ProtobufSchema.fields(message).values()) {
      if (field.name().equals("inline")) {
        fields.addAll(fields(field.type()));
      } else if (!field.refused()) {
        ignored(message, field).ifPresent(fields::add);
      }
    }
    return fields;
  }

  private static Optional<Field> ignored(String message, Field field) {
    if (!field.type().equals(IGNORED)) {
      return Optional.of(field);
    }
    String status = message + "Status";
    boolean isStatus = field.name().equals("status");
    if (isStatus && !has(status)) {
      return Optional.empty();
    }
    return Optional.of(new Field(field.name(), isStatus ? status : "any", field.repeated(), false));
  }
}
