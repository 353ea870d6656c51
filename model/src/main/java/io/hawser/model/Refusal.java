package io.hawser.model;

import java.util.List;

/**
 * Why a request was not carried out; nothing was changed.
 *
 * @param causes one for each field that is wrong
 */
public record Refusal(Reason reason, String message, List<Cause> causes) {
  public Refusal {
    causes = List.copyOf(causes);
  }

  /** Kubernetes' status reasons with their HTTP codes. */
  public enum Reason {
    BAD_REQUEST(400, "BadRequest"),
    FORBIDDEN(403, "Forbidden"),
    NOT_FOUND(404, "NotFound"),
    ALREADY_EXISTS(409, "AlreadyExists"),
    CONFLICT(409, "Conflict"),
    INVALID(422, "Invalid"),
    TOO_MANY_REQUESTS(429, "TooManyRequests"),
    UNAVAILABLE(503, "ServiceUnavailable"),
    INSUFFICIENT_STORAGE(507, "InsufficientStorage");

    private final int httpCode;
    private final String word;

    Reason(int httpCode, String word) {
      this.httpCode = httpCode;
      this.word = word;
    }

    public int httpCode() {
      return httpCode;
    }

    public String word() {
      return word;
    }
  }

  /**
   * One wrong field.
   *
   * @param field its path, such as {@code spec.template.spec.containers[0].image}
   * @param reason Kubernetes' cause type, such as {@code FieldValueRequired}
   */
  public record Cause(String field, String reason, String message) {}

  public static Refusal of(Reason reason, String message) {
    return new Refusal(reason, message, List.of());
  }
}
