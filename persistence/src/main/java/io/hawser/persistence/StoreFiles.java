package io.hawser.persistence;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.server.RaftServerConfigKeys.Log.CorruptionPolicy;
import org.apache.ratis.server.raftlog.segmented.LogSegment;
import org.apache.ratis.server.raftlog.segmented.LogSegmentPath;
import org.apache.ratis.util.SizeInBytes;

/**
 * A replica's files, looked at without opening them for writing: what is whole, what is torn and
 * what is damaged. Works on a running replica too; what is being written then may look torn.
 */
public final class StoreFiles {
  private static final SizeInBytes MAX_ENTRY = SizeInBytes.valueOf("1MB");

  private StoreFiles() {}

  /** What was found in one file. */
  public enum State {
    WHOLE,
    /** The end of the last write before a crash is missing: what was acknowledged is whole. */
    TORN,
    /** Something before the end is not what was written. */
    DAMAGED
  }

  /**
   * One file of a replica.
   *
   * @param entries log entries, or retained events and snapshots of a state file
   * @param finding what is wrong with it, empty when it is whole
   */
  public record FileReport(Path file, State state, long bytes, long entries, String finding) {}

  /**
   * Reads every file of a replica and checks its sums.
   *
   * @param dir the store's directory of one node
   * @throws IOException when there is no store, or it can't be read
   */
  public static List<FileReport> verify(Path dir) throws IOException {
    List<FileReport> reports = new ArrayList<>();
    for (LogSegmentPath segment : segments(currentDirectory(dir))) {
      reports.add(verify(segment));
    }
    for (Path state : stateFiles(currentDirectory(dir).resolveSibling("sm"))) {
      reports.add(verifyState(state));
    }
    return reports;
  }

  private static FileReport verify(LogSegmentPath segment) throws IOException {
    Path file = segment.getPath();
    long[] entries = new long[1];
    try {
      read(segment, CorruptionPolicy.EXCEPTION, entry -> entries[0]++);
      return new FileReport(file, State.WHOLE, Files.size(file), entries[0], "");
    } catch (IOException | RuntimeException e) {
      State state = isTorn(file) ? State.TORN : State.DAMAGED;
      return new FileReport(file, state, Files.size(file), entries[0], reason(e));
    }
  }

  /** By the same rule as a start's: what that would not cut off is damage. */
  private static boolean isTorn(Path segment) throws IOException {
    return segment.getFileName().toString().contains("inprogress")
        && LogTail.tornAt(Files.readAllBytes(segment)).isPresent();
  }

  private static String reason(Throwable failure) {
    Throwable innermost = failure;
    while (innermost.getCause() != null) {
      innermost = innermost.getCause();
    }
    return innermost.getMessage() == null ? innermost.toString() : innermost.getMessage();
  }

  private static FileReport verifyState(Path file) throws IOException {
    try {
      long entries =
          SnapshotFiles.read(file).logs().values().stream()
              .mapToLong(log -> log.events().size() + log.snapshots().size())
              .sum();
      return new FileReport(file, State.WHOLE, Files.size(file), entries, "");
    } catch (IOException | RuntimeException e) {
      return new FileReport(file, State.DAMAGED, Files.size(file), 0, reason(e));
    }
  }

  /** The log's last readable entry; none in an empty log. */
  static Optional<LogEntryProto> lastEntry(Path dir) throws IOException {
    LogEntryProto[] last = new LogEntryProto[1];
    for (LogSegmentPath segment : segments(currentDirectory(dir))) {
      read(segment, CorruptionPolicy.WARN_AND_RETURN, entry -> last[0] = entry);
    }
    return Optional.ofNullable(last[0]);
  }

  private static void read(
      LogSegmentPath segment,
      CorruptionPolicy policy,
      java.util.function.Consumer<LogEntryProto> entries)
      throws IOException {
    LogSegment.readSegmentFile(
        segment.getPath().toFile(), segment.getStartEnd(), MAX_ENTRY, policy, null, entries);
  }

  /** The directory of the only group: {@code DIR/GROUP/current}. */
  static Path currentDirectory(Path dir) throws IOException {
    if (!Files.isDirectory(dir)) {
      throw new IOException("there is no store in " + dir);
    }
    return groups(dir).stream()
        .findFirst()
        .orElseThrow(() -> new IOException("there is no store in " + dir));
  }

  private static List<LogSegmentPath> segments(Path current) throws IOException {
    try (Stream<Path> files = Files.list(current)) {
      return files
          .map(LogSegmentPath::matchLogSegment)
          .filter(segment -> segment != null)
          .sorted(Comparator.comparing(LogSegmentPath::getStartEnd))
          .toList();
    }
  }

  /** The segment that is written to; none where there is no store yet. */
  static List<Path> openSegments(Path dir) throws IOException {
    if (!Files.isDirectory(dir) || groups(dir).isEmpty()) {
      return List.of();
    }
    return segments(currentDirectory(dir)).stream()
        .filter(segment -> segment.getPath().getFileName().toString().contains("inprogress"))
        .map(LogSegmentPath::getPath)
        .toList();
  }

  /** True when there is no store here, or nothing of one. */
  static boolean isEmpty(Path dir) throws IOException {
    return !Files.isDirectory(dir) || groups(dir).isEmpty();
  }

  private static List<Path> groups(Path dir) throws IOException {
    try (Stream<Path> groups = Files.list(dir)) {
      return groups.map(group -> group.resolve("current")).filter(Files::isDirectory).toList();
    }
  }

  private static List<Path> stateFiles(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(file -> file.getFileName().toString().matches("snapshot\\.\\d+_\\d+"))
          .sorted()
          .toList();
    }
  }
}
