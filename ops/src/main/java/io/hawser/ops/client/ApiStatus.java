package io.hawser.ops.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;

/** Turns the API's {@code Status} objects, and exceptions, into one sentence. */
public final class ApiStatus {
  private static final int LONGEST = 2_000;
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private ApiStatus() {}

  /** From an answer that was not a success; its body should be a Status, but may be anything. */
  public static CommandFailure failure(int httpCode, String body) {
    try {
      JsonNode status = MAPPER.readTree(body);
      String message = status.path("message").asText("");
      if (!message.isBlank()) {
        return new CommandFailure(
            httpCode, status.path("reason").asText(""), singleLine(message), null);
      }
    } catch (JsonProcessingException e) {
      // Told as text below.
    }
    String sentence =
        httpCode == 401
            ? "the gateway does not accept this token"
            : "the gateway answered " + httpCode + (body.isBlank() ? "" : ": " + shorten(body));
    return new CommandFailure(httpCode, "", sentence, null);
  }

  /** A failure's own words, or its kind when it has none. */
  public static String oneLine(Throwable failure) {
    String message = failure.getMessage();
    if (failure instanceof java.net.ConnectException) {
      return "connection refused";
    } else if (failure instanceof AccessDeniedException) {
      return "permission denied";
    } else if (failure instanceof NoSuchFileException) {
      return "no such file";
    }
    return message == null || message.isBlank()
        ? failure.getClass().getSimpleName()
        : singleLine(message);
  }

  static String shorten(String text) {
    String line = singleLine(text);
    return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "…";
  }

  static String singleLine(String text) {
    return text.strip().replaceAll("\\s*\\R\\s*", " ");
  }
}
