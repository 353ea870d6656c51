package io.hawser.gateway.wire;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.model.Refusal;
import java.util.List;
import java.util.OptionalInt;

/**
 * A request that is not carried out, on its way to the client as Kubernetes' {@code metav1.Status}.
 */
public final class StatusError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What the error is about; empty words where it is about nothing in particular. */
  public record Subject(String group, String kind, String name) {
    public static final Subject NONE = new Subject("", "", "");

    String qualified() {
      return group.isEmpty() ? kind : kind + "." + group;
    }
  }

  private final int code;
  private final String reason;
  private final transient Subject subject;
  private final transient List<Refusal.Cause> causes;
  private final transient OptionalInt retryAfterSeconds;

  private StatusError(
      int code,
      String reason,
      String message,
      Subject subject,
      List<Refusal.Cause> causes,
      OptionalInt retryAfterSeconds) {
    super(message, null, false, false);
    this.code = code;
    this.reason = reason;
    this.subject = subject;
    this.causes = List.copyOf(causes);
    this.retryAfterSeconds = retryAfterSeconds;
  }

  public static StatusError of(int code, String reason, String message) {
    return new StatusError(code, reason, message, Subject.NONE, List.of(), OptionalInt.empty());
  }

  public static StatusError badRequest(String message) {
    return of(400, "BadRequest", message);
  }

  /** A request that makes sense but needs something the server can't reach now. */
  public static StatusError unavailable(String message) {
    return new StatusError(
        503, "ServiceUnavailable", message, Subject.NONE, List.of(), OptionalInt.of(1));
  }

  /** A bound of this server is reached; the client may come again. */
  public static StatusError tooManyRequests(String message) {
    return new StatusError(
        429, "TooManyRequests", message, Subject.NONE, List.of(), OptionalInt.of(1));
  }

  public static StatusError notFound(Subject subject, String plural) {
    String resource = subject.group().isEmpty() ? plural : plural + "." + subject.group();
    return new StatusError(
        404,
        "NotFound",
        resource + " \"" + subject.name() + "\" not found",
        new Subject(subject.group(), plural, subject.name()),
        List.of(),
        OptionalInt.empty());
  }

  public static StatusError conflict(Subject subject, String message) {
    return new StatusError(409, "Conflict", message, subject, List.of(), OptionalInt.empty());
  }

  /** Fields that an apply would take from other managers. */
  public static StatusError fieldConflict(String message, List<Refusal.Cause> causes) {
    return new StatusError(409, "Conflict", message, Subject.NONE, causes, OptionalInt.empty());
  }

  /** One or more fields are wrong. */
  public static StatusError invalid(Subject subject, List<Refusal.Cause> causes) {
    List<String> lines = causes.stream().map(c -> c.field() + ": " + c.message()).toList();
    String what = lines.size() == 1 ? lines.get(0) : "[" + String.join(", ", lines) + "]";
    return new StatusError(
        422,
        "Invalid",
        subject.qualified() + " \"" + subject.name() + "\" is invalid: " + what,
        subject,
        causes,
        OptionalInt.empty());
  }

  /** What the scheduler or a node refused. */
  public static StatusError refused(Refusal refusal, Subject subject) {
    boolean retry =
        refusal.reason() == Refusal.Reason.TOO_MANY_REQUESTS
            || refusal.reason() == Refusal.Reason.UNAVAILABLE;
    return new StatusError(
        refusal.reason().httpCode(),
        refusal.reason().word(),
        refusal.message(),
        subject,
        refusal.causes(),
        retry ? OptionalInt.of(1) : OptionalInt.empty());
  }

  public int code() {
    return code;
  }

  public String reason() {
    return reason;
  }

  public OptionalInt retryAfterSeconds() {
    return retryAfterSeconds;
  }

  public List<Refusal.Cause> causes() {
    return causes;
  }

  /** The {@code metav1.Status} that says so. */
  public ObjectNode toJson() {
    ObjectNode status = Json.object("Status", "v1");
    status.putObject("metadata");
    status.put("status", "Failure").put("message", getMessage()).put("reason", reason);
    ObjectNode details = Json.object();
    Json.putIfSet(details, "name", subject.name());
    Json.putIfSet(details, "group", subject.group());
    Json.putIfSet(details, "kind", subject.kind());
    if (!causes.isEmpty()) {
      ArrayNode list = details.putArray("causes");
      for (Refusal.Cause cause : causes) {
        list.addObject()
            .put("reason", cause.reason())
            .put("message", cause.message())
            .put("field", cause.field());
      }
    }
    retryAfterSeconds.ifPresent(seconds -> details.put("retryAfterSeconds", seconds));
    // Always there: kubectl debug looks into it without asking.
    status.set("details", details);
    return status.put("code", code);
  }
}
