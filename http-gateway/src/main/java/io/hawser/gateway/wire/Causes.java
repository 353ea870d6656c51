package io.hawser.gateway.wire;

import com.fasterxml.jackson.databind.node.TextNode;
import io.hawser.model.Refusal;
import java.util.ArrayList;
import java.util.List;

/** Collects every wrong field of one object, in Kubernetes' words. */
public final class Causes {
  /** Most causes told to a client; one more says that there are more. */
  static final int MAX = 50;

  private final List<Refusal.Cause> all = new ArrayList<>();

  public void required(String field, String what) {
    add(field, "FieldValueRequired", "Required value: " + what);
  }

  /**
   * @param value as it was given: a JSON value, too
   */
  public void invalid(String field, Object value, String expected) {
    add(field, "FieldValueInvalid", "Invalid value: " + quoted(value) + ": " + expected);
  }

  public void wrongType(String field, String got, String expected) {
    add(field, "FieldValueTypeInvalid", "Invalid type: expected " + expected + ", got " + got);
  }

  public void notSupported(String field, Object value, List<String> supported) {
    add(
        field,
        "FieldValueNotSupported",
        "Unsupported value: " + quoted(value) + ": supported values: " + quotedAll(supported));
  }

  public void duplicate(String field, Object value) {
    add(field, "FieldValueDuplicate", "Duplicate value: " + quoted(value));
  }

  public void forbidden(String field, String why) {
    add(field, "FieldValueForbidden", "Forbidden: " + why);
  }

  public void unknown(String field, List<String> known) {
    add(field, "FieldValueInvalid", "Unknown field: expected one of " + String.join(", ", known));
  }

  private void add(String field, String reason, String message) {
    if (all.size() < MAX) {
      all.add(new Refusal.Cause(field, reason, message));
    } else if (all.size() == MAX) {
      all.add(new Refusal.Cause("", "FieldValueInvalid", "and more errors"));
    }
  }

  public boolean isEmpty() {
    return all.isEmpty();
  }

  public List<Refusal.Cause> all() {
    return List.copyOf(all);
  }

  /**
   * @throws StatusError 422 when anything was wrong
   */
  public void throwIfAny(StatusError.Subject subject) {
    if (!all.isEmpty()) {
      throw StatusError.invalid(subject, all);
    }
  }

  private static String quoted(Object value) {
    boolean isText = value instanceof String || value instanceof TextNode;
    String text = value instanceof TextNode node ? node.textValue() : String.valueOf(value);
    String shown = text.length() > 100 ? text.substring(0, 100) + "…" : text;
    return isText ? '"' + shown + '"' : shown;
  }

  private static String quotedAll(List<String> values) {
    return String.join(", ", values.stream().map(v -> '"' + v + '"').toList());
  }
}
