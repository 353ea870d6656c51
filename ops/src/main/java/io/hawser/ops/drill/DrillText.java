package io.hawser.ops.drill;

import com.fasterxml.jackson.databind.JsonNode;
import io.hawser.ops.client.Texts;

/** A drill's report, from its JSON, for people. */
public final class DrillText {
  private DrillText() {}

  /** One line of the story: {@code +3.2 s pod web-1 ready on n3}. */
  public static String step(JsonNode step) {
    long at = step.path("atMillis").asLong();
    return line(at, step.path("what").asText());
  }

  /** The same from its parts. */
  public static String line(long atMillis, String what) {
    String time = (atMillis < 0 ? "-" : "+") + Texts.seconds(Math.abs(atMillis));
    return String.format("%8s  %s", time, what);
  }

  /** The last line: {@code detected X · replaced Y · ready Z}. */
  public static String summary(JsonNode report) {
    return "detected "
        + time(report.path("detectedMillis"))
        + " · replaced "
        + time(report.path("replacedMillis"))
        + " · ready "
        + time(report.path("readyMillis"));
  }

  private static String time(JsonNode millis) {
    return millis.isNumber() ? Texts.seconds(millis.asLong()) : "never";
  }

  public static String report(JsonNode report) {
    StringBuilder text = new StringBuilder();
    text.append("Drill ").append(report.path("id").asText()).append('\n');
    row(text, "fault", "node " + report.path("node").asText() + " killed by SIGKILL");
    row(text, "at", report.path("faultAt").asText("never"));
    row(text, "scheduler", report.path("schedulerWasHere").asBoolean() ? "was there" : "elsewhere");
    row(text, "outcome", report.path("outcome").asText());
    if (report.hasNonNull("failure")) {
      row(text, "why", report.path("failure").asText());
    }
    row(text, "times", summary(report));
    JsonNode lost = report.path("podsLost");
    StringBuilder names = new StringBuilder();
    lost.forEach(name -> names.append(' ').append(name.asText()));
    row(text, "pods lost", lost.size() + (lost.isEmpty() ? "" : ":" + names));
    JsonNode requests = report.path("requests");
    row(
        text,
        "requests",
        requests.path("sent").asLong()
            + " sent, "
            + requests.path("failed").asLong()
            + " failed, longest time without an answer "
            + requests.path("longestGapMillis").asLong()
            + " ms");
    text.append("\nStep by step (seconds after the fault)\n");
    report.path("steps").forEach(step -> text.append(step(step)).append('\n'));
    return text.toString();
  }

  private static void row(StringBuilder text, String name, String value) {
    text.append(String.format("  %-10s %s%n", name, value));
  }
}
