package io.hawser.ops.drill;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.hawser.model.DrillReport;
import io.hawser.ops.local.DurableFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Drill reports on disk: {@code ID.json}, and {@code ID.txt} once the drill has ended. Blocks. */
final class DrillReports {
  private static final ObjectMapper MAPPER =
      new ObjectMapper()
          .registerModule(new JavaTimeModule())
          .registerModule(new Jdk8Module())
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(SerializationFeature.INDENT_OUTPUT);

  private static final DateTimeFormatter ID_TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmssSSS").withZone(ZoneOffset.UTC);

  private final Path dir;

  DrillReports(Path dir) {
    this.dir = dir;
  }

  void write(DrillReport report) throws IOException {
    Files.createDirectories(dir);
    DurableFiles.write(dir.resolve(report.id() + ".json"), MAPPER.writeValueAsBytes(report));
    if (report.finishedAt().isPresent()) {
      DurableFiles.write(
          dir.resolve(report.id() + ".txt"),
          DrillText.report(json(report)).getBytes(StandardCharsets.UTF_8));
    }
  }

  static JsonNode json(DrillReport report) {
    return MAPPER.valueToTree(report);
  }

  /** What earlier runs left, oldest first. A drill that its gateway did not survive has failed. */
  List<DrillReport> read() {
    List<DrillReport> reports = new ArrayList<>();
    if (!Files.isDirectory(dir)) {
      return reports;
    }
    try (Stream<Path> files = Files.list(dir)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".json")).sorted().toList()) {
        readOne(file).ifPresent(reports::add);
      }
    } catch (IOException e) {
      // Old reports are a convenience: without them the drills still work.
    }
    return reports;
  }

  private static Optional<DrillReport> readOne(Path file) {
    try {
      DrillReport report = MAPPER.readValue(Files.readAllBytes(file), DrillReport.class);
      return Optional.of(report.finishedAt().isPresent() ? report : interrupted(report));
    } catch (IOException | RuntimeException e) {
      return Optional.empty();
    }
  }

  private static DrillReport interrupted(DrillReport r) {
    return new DrillReport(
        r.id(),
        r.kind(),
        r.node(),
        "failed",
        Optional.of("the gateway that ran the drill ended before the drill did"),
        r.schedulerWasHere(),
        r.startedAt(),
        r.faultAt(),
        Optional.of(r.faultAt().orElse(r.startedAt()).plusMillis(lastStep(r))),
        r.detectedMillis(),
        r.replacedMillis(),
        r.readyMillis(),
        r.podsLost(),
        r.requests(),
        r.steps());
  }

  private static long lastStep(DrillReport report) {
    return report.steps().stream().mapToLong(DrillReport.Step::atMillis).max().orElse(0);
  }

  static String newId(String node, Instant now) {
    return "node-kill-" + node + "-" + ID_TIME.format(now);
  }
}
