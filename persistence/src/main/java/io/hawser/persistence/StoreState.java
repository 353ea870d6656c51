package io.hawser.persistence;

import io.hawser.persistence.StoreCommand.AppendEvents;
import io.hawser.persistence.StoreCommand.DeleteEvents;
import io.hawser.persistence.StoreCommand.DeleteSnapshots;
import io.hawser.persistence.StoreCommand.ReplaceLog;
import io.hawser.persistence.StoreCommand.SaveSnapshot;
import io.hawser.persistence.StoreCommand.SnapshotRange;
import io.hawser.persistence.StoreCommand.StartLog;
import io.hawser.persistence.StoreCommand.StoredSnapshot;
import io.hawser.persistence.StoreCommand.UploadChunk;
import io.hawser.persistence.StoreQuery.FindSnapshot;
import io.hawser.persistence.StoreQuery.HighestSequenceNr;
import io.hawser.persistence.StoreQuery.ListLogs;
import io.hawser.persistence.StoreQuery.ReadEvents;
import io.hawser.persistence.StoreQuery.ReadSnapshot;
import io.hawser.persistence.StoreReply.Done;
import io.hawser.persistence.StoreReply.Events;
import io.hawser.persistence.StoreReply.Fenced;
import io.hawser.persistence.StoreReply.Highest;
import io.hawser.persistence.StoreReply.Logs;
import io.hawser.persistence.StoreReply.NoSnapshot;
import io.hawser.persistence.StoreReply.Refused;
import io.hawser.persistence.StoreReply.SnapshotFound;
import io.hawser.persistence.StoreReply.SnapshotPart;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The replicated state: what every peer holds after the same log entries. No clock, no randomness,
 * no settings that may differ between peers. Not thread-safe.
 */
final class StoreState {
  private final Map<String, EventLog> logs = new HashMap<>();
  private final UploadStage uploads = new UploadStage();
  private long logBytes;

  /** Everything retained, in bytes of heap (estimated). */
  long retainedBytes() {
    return logBytes + uploads.bytes();
  }

  StoreReply apply(StoreCommand command) {
    if (command instanceof UploadChunk chunk) {
      return add(chunk);
    } else if (command instanceof AppendEvents append) {
      return append(append);
    } else if (command instanceof StartLog start) {
      return start(start);
    } else if (command instanceof ReplaceLog replace) {
      return replace(replace);
    } else if (command instanceof SaveSnapshot save) {
      change(save.persistenceId(), log -> log.save(save.snapshot()));
    } else if (command instanceof DeleteEvents delete && logs.containsKey(delete.persistenceId())) {
      change(delete.persistenceId(), log -> log.deleteEvents(delete.toSequenceNr()));
    } else if (command instanceof DeleteSnapshots delete
        && logs.containsKey(delete.persistenceId())) {
      change(delete.persistenceId(), log -> log.deleteSnapshots(delete.range()));
    }
    return new Done();
  }

  private StoreReply start(StartLog start) {
    if (logs.containsKey(start.persistenceId())) {
      return new Refused("there is a log of " + start.persistenceId() + " already");
    }
    logs.put(start.persistenceId(), EventLog.startingAfter(start.highestSequenceNr()));
    logBytes += start.persistenceId().length() + EventLog.OVERHEAD_BYTES;
    return new Done();
  }

  private StoreReply replace(ReplaceLog replace) {
    EventLog from = logs.get(replace.from());
    EventLog old = logs.get(replace.persistenceId());
    if (from == null) {
      return new Refused("there is no log of " + replace.from());
    }
    if (old != null && old.highestSequenceNr() >= from.highestSequenceNr()) {
      return new Refused(
          "%s has gone on to %d, the log that would replace it ends at %d"
              .formatted(
                  replace.persistenceId(), old.highestSequenceNr(), from.highestSequenceNr()));
    }
    drop(replace.from());
    drop(replace.persistenceId());
    logs.put(replace.persistenceId(), from);
    logBytes += replace.persistenceId().length() + EventLog.OVERHEAD_BYTES + from.bytes();
    return new Done();
  }

  private void drop(String persistenceId) {
    EventLog log = logs.remove(persistenceId);
    if (log != null) {
      logBytes -= persistenceId.length() + EventLog.OVERHEAD_BYTES + log.bytes();
    }
  }

  /** For a backup's reader. */
  Map<String, EventLog> logs() {
    return Collections.unmodifiableMap(logs);
  }

  private StoreReply add(UploadChunk chunk) {
    try {
      InputStream whole = uploads.add(chunk);
      if (whole == null) {
        return new Done();
      }
      StoreCommand command = StoreCodec.decodeCommand(whole);
      return command instanceof UploadChunk
          ? new Refused("an upload inside an upload")
          : apply(command);
    } catch (IOException e) {
      return new Refused("the write in pieces was dropped: " + e.getMessage());
    }
  }

  private StoreReply append(AppendEvents append) {
    EventLog existing = logs.get(append.persistenceId());
    long highest = existing == null ? 0 : existing.highestSequenceNr();
    boolean[] accepted = new boolean[1];
    change(append.persistenceId(), log -> accepted[0] = log.append(append));
    return accepted[0] ? new Done() : new Fenced(highest);
  }

  private void change(String persistenceId, Consumer<EventLog> change) {
    EventLog log =
        logs.computeIfAbsent(
            persistenceId,
            id -> {
              logBytes += id.length() + EventLog.OVERHEAD_BYTES;
              return new EventLog();
            });
    long before = log.bytes();
    change.accept(log);
    logBytes += log.bytes() - before;
  }

  StoreReply query(StoreQuery query) {
    if (query instanceof HighestSequenceNr highest) {
      EventLog log = logs.get(highest.persistenceId());
      return new Highest(log == null ? 0 : log.highestSequenceNr());
    } else if (query instanceof ReadEvents read) {
      EventLog log = logs.get(read.persistenceId());
      return new Events(log == null ? List.of() : log.read(read));
    } else if (query instanceof ListLogs) {
      return new Logs(
          logs.entrySet().stream()
              .map(log -> log.getValue().summary(log.getKey()))
              .sorted(Comparator.comparing(LogSummary::persistenceId))
              .toList());
    } else if (query instanceof FindSnapshot find) {
      return Optional.ofNullable(logs.get(find.persistenceId()))
          .flatMap(log -> log.newest(find.range()))
          .<StoreReply>map(
              found ->
                  new SnapshotFound(
                      found.sequenceNr(), found.timestampMillis(), found.body().length))
          .orElseGet(NoSnapshot::new);
    } else {
      return part((ReadSnapshot) query);
    }
  }

  private StoreReply part(ReadSnapshot read) {
    SnapshotRange range =
        new SnapshotRange(
            read.sequenceNr(), read.sequenceNr(), read.timestampMillis(), read.timestampMillis());
    EventLog log = logs.get(read.persistenceId());
    Optional<StoredSnapshot> found = log == null ? Optional.empty() : log.newest(range);
    if (found.isEmpty() || read.offset() < 0 || read.offset() > found.get().body().length) {
      return new NoSnapshot();
    }
    byte[] body = found.get().body();
    int end = (int) Math.min(body.length, (long) read.offset() + Math.max(1, read.maxBytes()));
    return new SnapshotPart(Arrays.copyOfRange(body, read.offset(), end));
  }

  void writeTo(DataOutputStream out) throws IOException {
    uploads.writeTo(out);
    out.writeInt(logs.size());
    for (Map.Entry<String, EventLog> log : logs.entrySet()) {
      out.writeUTF(log.getKey());
      log.getValue().writeTo(out);
    }
  }

  static StoreState readFrom(DataInputStream in) throws IOException {
    StoreState state = new StoreState();
    state.uploads.readFrom(in);
    int count = in.readInt();
    for (int i = 0; i < count; i++) {
      String persistenceId = in.readUTF();
      EventLog log = EventLog.readFrom(in);
      state.logs.put(persistenceId, log);
      state.logBytes += persistenceId.length() + EventLog.OVERHEAD_BYTES + log.bytes();
    }
    return state;
  }
}
