package io.hawser.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** What a benchmark measured, for people and for programs. */
public final class Report {
  private Report() {}

  /**
   * Prints a table and writes {@code target/bench/NAME.json}.
   *
   * @throws IOException when the file can't be written; the table is printed
   */
  public static void publish(String name, List<Metric> metrics) throws IOException {
    print(metrics);
    System.out.println("written: " + write(name, metrics));
  }

  private static void print(List<Metric> metrics) {
    System.out.printf(
        "%-40s %-14s %10s %10s %6s %10s%n", "metric", "system", "median", "p99", "n", "ratio");
    for (Metric m : metrics) {
      System.out.printf(
          Locale.ROOT,
          "%-40s %-14s %10.2f %10.2f %6d %10s%n",
          m.name() + " (" + m.unit() + ")",
          m.peer().orElse("hawser"),
          m.median(),
          m.p99(),
          m.n(),
          m.ratioToPeer().map(r -> String.format(Locale.ROOT, "%.2f", r)).orElse(""));
    }
  }

  private static Path write(String name, List<Metric> metrics) throws IOException {
    ObjectMapper json = new ObjectMapper();
    ObjectNode report = json.createObjectNode();
    report.put("bench", name);
    report.put("machine", machine());
    ArrayNode rows = report.putArray("metrics");
    for (Metric m : metrics) {
      ObjectNode row = rows.addObject();
      row.put("name", m.name());
      row.put("unit", m.unit());
      row.put("median", m.median());
      row.put("p99", m.p99());
      row.put("n", m.n());
      m.peer().ifPresent(p -> row.put("peer", p));
      m.ratioToPeer().ifPresent(r -> row.put("ratioToPeer", r));
    }
    Path file = Path.of("target", "bench", name + ".json");
    Files.createDirectories(file.getParent());
    json.writerWithDefaultPrettyPrinter().writeValue(file.toFile(), report);
    return file;
  }

  private static String machine() {
    return "%s %s, %d processors, JDK %s"
        .formatted(
            System.getProperty("os.arch"),
            System.getProperty("os.version"),
            Runtime.getRuntime().availableProcessors(),
            Runtime.version().feature());
  }
}
