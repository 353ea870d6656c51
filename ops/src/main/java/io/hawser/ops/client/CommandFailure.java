package io.hawser.ops.client;

/**
 * Why a command could not be carried out: one sentence for the user's terminal. When an API server
 * said so, with its HTTP code and reason.
 */
public final class CommandFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int httpCode;
  private final String reason;

  public CommandFailure(String sentence) {
    this(0, "", sentence, null);
  }

  public CommandFailure(String sentence, Throwable cause) {
    this(0, "", sentence, cause);
  }

  /**
   * @param httpCode the answer's code; 0: there was no answer
   * @param reason of the API's Status, such as {@code NotFound}; may be empty
   */
  public CommandFailure(int httpCode, String reason, String sentence, Throwable cause) {
    super(sentence, cause);
    this.httpCode = httpCode;
    this.reason = reason;
  }

  public int httpCode() {
    return httpCode;
  }

  public String reason() {
    return reason;
  }

  public boolean isNotFound() {
    return httpCode == 404;
  }
}
