package io.hawser.persistence;

import io.hawser.persistence.StoreCommand.ReplaceLog;
import io.hawser.persistence.StoreCommand.SnapshotRange;
import io.hawser.persistence.StoreCommand.StartLog;
import io.hawser.persistence.StoreCommand.StoredEvent;
import io.hawser.persistence.StoreCommand.StoredSnapshot;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The whole store as one file, and back. A backup is the state file of a replica that has applied
 * everything acknowledged before the backup began: events, snapshots and their numbers, with a
 * checksum. It does not stop anybody from writing. Blocks: for threads of its own.
 */
public final class StoreBackup {
  private static final Logger LOG = LoggerFactory.getLogger(StoreBackup.class);

  /** Under this prefix a log is brought in before it takes the place of the real one. */
  private static final String STAGED = "restored:";

  /** What a restore that was killed has left goes with one that begins so much later. */
  private static final Duration LEFT_BEHIND = Duration.ofHours(1);

  private static final Pattern STAGED_AT = Pattern.compile(STAGED + "(\\d{1,18})-.*");

  private final StorePeer peer;
  private final StoreRouter router;
  private final StoreClient client;

  StoreBackup(StorePeer peer, StoreRouter router, StoreClient client) {
    this.peer = peer;
    this.router = router;
    this.client = client;
  }

  /**
   * Writes the state down and opens it.
   *
   * @return the file's bytes; the caller closes it
   * @throws IOException when this replica can't write its state or is not up to date
   */
  public InputStream open() throws IOException {
    router.caughtUp().join();
    var reply = peer.takeSnapshot().join();
    if (!reply.isSuccess()) {
      throw new IOException("no state was written: " + reply.getException(), reply.getException());
    }
    return Files.newInputStream(newest());
  }

  /** The newest by the index in its name, {@code snapshot.TERM_INDEX}. */
  private Path newest() throws IOException {
    try (Stream<Path> all = Files.list(peer.stateDirectory())) {
      return all.filter(file -> file.getFileName().toString().matches("snapshot\\.\\d+_\\d+"))
          .max(Comparator.comparingLong(StoreBackup::index))
          .orElseThrow(() -> new IOException("there is no state yet: nothing was ever written"));
    }
  }

  private static long index(Path file) {
    String name = file.getFileName().toString();
    return Long.parseLong(name.substring(name.lastIndexOf('_') + 1));
  }

  /**
   * What is in a backup.
   *
   * @throws IOException when it is not one or is damaged
   */
  public static List<LogSummary> inspect(Path file) throws IOException {
    return SnapshotFiles.read(file).logs().entrySet().stream()
        .map(log -> log.getValue().summary(log.getKey()))
        .sorted(Comparator.comparing(LogSummary::persistenceId))
        .toList();
  }

  /**
   * Brings a backup in. Each log is written beside the real one and takes its place in one step,
   * only if it has gone further: whoever wrote under the old numbers is fenced and reads anew. No
   * log takes a place before all of them are there.
   *
   * @return what was restored
   * @throws IOException when the file is damaged; nothing was changed then
   * @throws StoreRefusedException when a log here has gone as far as the backup's; nothing was
   *     changed then, unless it got so far during the restore
   */
  public List<LogSummary> restore(Path file) throws IOException {
    Map<String, EventLog> logs = new TreeMap<>(SnapshotFiles.read(file).logs());
    logs.keySet().removeIf(persistenceId -> persistenceId.startsWith(STAGED));
    List<LogSummary> here = client.logs().join();
    requireFurther(logs, here);
    Instant now = Instant.now();
    here.stream().filter(log -> isLeftBehind(log, now)).forEach(log -> empty(log.persistenceId()));
    // A name of its own: what an earlier try left behind is not mixed in.
    String prefix = STAGED + now.toEpochMilli() + "-" + UUID.randomUUID() + ":";
    try {
      logs.forEach((persistenceId, log) -> stage(prefix + persistenceId, log));
      for (String persistenceId : logs.keySet()) {
        client.apply(new ReplaceLog(prefix + persistenceId, persistenceId)).join();
      }
    } catch (RuntimeException e) {
      logs.keySet().forEach(persistenceId -> empty(prefix + persistenceId));
      throw e;
    }
    return logs.entrySet().stream().map(log -> log.getValue().summary(log.getKey())).toList();
  }

  /** Before anything is written: the store would refuse it in the end, one log after another. */
  private static void requireFurther(Map<String, EventLog> logs, List<LogSummary> here) {
    for (LogSummary present : here) {
      EventLog log = logs.get(present.persistenceId());
      if (log != null && present.highestSequenceNr() >= log.highestSequenceNr()) {
        throw new StoreRefusedException(
            "%s has gone on to %d, the backup ends at %d: nothing was changed"
                .formatted(
                    present.persistenceId(), present.highestSequenceNr(), log.highestSequenceNr()));
      }
    }
  }

  /** Another restore may be under way, so not at once. */
  private static boolean isLeftBehind(LogSummary log, Instant now) {
    if (!log.persistenceId().startsWith(STAGED) || log.bytes() == 0) {
      return false;
    }
    Matcher begun = STAGED_AT.matcher(log.persistenceId());
    // Names without a time are from before names had one.
    return !begun.matches()
        || Instant.ofEpochMilli(Long.parseLong(begun.group(1))).isBefore(now.minus(LEFT_BEHIND));
  }

  /** What has not taken its place would be kept for good. Deletes pass where writes are refused. */
  private void empty(String staged) {
    try {
      client.deleteEvents(staged, Long.MAX_VALUE).join();
      client.deleteSnapshots(staged, SnapshotRange.ALL).join();
    } catch (RuntimeException e) {
      LOG.warn("{} stays in the journal", staged, e);
    }
  }

  private void stage(String staged, EventLog log) {
    long before = log.highestSequenceNr() - log.events().size();
    client.apply(new StartLog(staged, before)).join();
    for (StoredSnapshot snapshot : log.snapshots()) {
      client.saveSnapshot(staged, snapshot).join();
    }
    for (List<StoredEvent> page : pages(log.events())) {
      client.append(staged, page).join();
    }
  }

  /** Batches below the limit of one write. */
  private List<List<StoredEvent>> pages(List<StoredEvent> events) {
    List<List<StoredEvent>> pages = new ArrayList<>();
    List<StoredEvent> page = new ArrayList<>();
    long bytes = 0;
    for (StoredEvent event : events) {
      if (!page.isEmpty() && bytes + event.body().length > client.pageBytes()) {
        pages.add(page);
        page = new ArrayList<>();
        bytes = 0;
      }
      page.add(event);
      bytes += event.body().length + EventLog.OVERHEAD_BYTES;
    }
    if (!page.isEmpty()) {
      pages.add(page);
    }
    return pages;
  }
}
