package io.hawser.persistence;

import io.hawser.persistence.StoreCommand.AppendEvents;
import io.hawser.persistence.StoreCommand.SnapshotRange;
import io.hawser.persistence.StoreCommand.StoredEvent;
import io.hawser.persistence.StoreCommand.StoredSnapshot;
import io.hawser.persistence.StoreQuery.ReadEvents;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/** Events and snapshots under one persistence id. The retained events are contiguous. */
final class EventLog {
  /** What an event or snapshot costs on the heap beside its body: object, array header, slot. */
  static final int OVERHEAD_BYTES = 64;

  private static final UUID NEVER_WRITTEN = new UUID(0, 0);

  private final List<StoredEvent> events = new ArrayList<>();
  private final TreeMap<Long, StoredSnapshot> snapshots = new TreeMap<>();
  private long highestSequenceNr;
  private UUID lastWriteId = NEVER_WRITTEN;
  private long bytes;

  /** An empty log whose next event has a later number than 1. */
  static EventLog startingAfter(long highestSequenceNr) {
    EventLog log = new EventLog();
    log.highestSequenceNr = highestSequenceNr;
    return log;
  }

  LogSummary summary(String persistenceId) {
    return new LogSummary(
        persistenceId,
        highestSequenceNr - events.size() + 1,
        highestSequenceNr,
        events.size(),
        snapshots.size(),
        snapshots.isEmpty() ? 0 : snapshots.lastKey(),
        bytes);
  }

  List<StoredEvent> events() {
    return Collections.unmodifiableList(events);
  }

  Collection<StoredSnapshot> snapshots() {
    return Collections.unmodifiableCollection(snapshots.values());
  }

  long highestSequenceNr() {
    return highestSequenceNr;
  }

  /** Retained bytes with the overhead. */
  long bytes() {
    return bytes;
  }

  /** True when the write was accepted: now, or already at an earlier attempt. */
  boolean append(AppendEvents write) {
    if (write.writeId().equals(lastWriteId)) {
      return true;
    }
    long expected = highestSequenceNr + 1;
    for (StoredEvent event : write.events()) {
      if (event.sequenceNr() != expected++) {
        return false;
      }
    }
    for (StoredEvent event : write.events()) {
      events.add(event);
      bytes += cost(event.body());
    }
    highestSequenceNr = expected - 1;
    lastWriteId = write.writeId();
    return true;
  }

  /** Events that were packed together go together, with the last of them. */
  void deleteEvents(long toSequenceNr) {
    int count =
        withFirst(indexOf(toSequenceNr == Long.MAX_VALUE ? toSequenceNr : toSequenceNr + 1));
    List<StoredEvent> gone = events.subList(0, count);
    gone.forEach(event -> bytes -= cost(event.body()));
    gone.clear();
  }

  /** The position of a sequence number among the retained events, or the nearest inside. */
  private int indexOf(long sequenceNr) {
    long first = highestSequenceNr - events.size() + 1;
    return (int) Math.max(0, Math.min(events.size(), sequenceNr - first));
  }

  /** Where the pack begins of which the event at a position is. */
  private int withFirst(int index) {
    return index < events.size() ? index - EventPack.stepsBack(events.get(index)) : index;
  }

  /** With one event before the range where the range begins inside a pack: the one that has it. */
  List<StoredEvent> read(ReadEvents query) {
    List<StoredEvent> page = new ArrayList<>();
    int from = indexOf(query.fromSequenceNr());
    int before = withFirst(from);
    long pageBytes = 0;
    for (int i = from; i < events.size(); i++) {
      StoredEvent event = events.get(i);
      pageBytes += event.body().length;
      boolean full = !page.isEmpty() && pageBytes > query.maxBytes();
      if (full || i - from >= query.maxEvents() || event.sequenceNr() > query.toSequenceNr()) {
        break;
      }
      if (page.isEmpty() && before < from) {
        page.add(events.get(before));
      }
      page.add(event);
    }
    return page;
  }

  void save(StoredSnapshot snapshot) {
    bytes += cost(snapshot.body());
    StoredSnapshot replaced = snapshots.put(snapshot.sequenceNr(), snapshot);
    bytes -= replaced == null ? 0 : cost(replaced.body());
  }

  void deleteSnapshots(SnapshotRange range) {
    snapshots
        .values()
        .removeIf(
            snapshot -> {
              boolean gone = range.contains(snapshot);
              bytes -= gone ? cost(snapshot.body()) : 0;
              return gone;
            });
  }

  Optional<StoredSnapshot> newest(SnapshotRange range) {
    return snapshots.descendingMap().values().stream().filter(range::contains).findFirst();
  }

  private static long cost(byte[] body) {
    return body.length + OVERHEAD_BYTES;
  }

  void writeTo(DataOutputStream out) throws IOException {
    out.writeLong(highestSequenceNr);
    StoreCodec.writeUuid(out, lastWriteId);
    StoreCodec.writeEvents(out, events);
    out.writeInt(snapshots.size());
    for (StoredSnapshot snapshot : snapshots.values()) {
      StoreCodec.writeSnapshot(out, snapshot);
    }
  }

  static EventLog readFrom(DataInputStream in) throws IOException {
    EventLog log = new EventLog();
    log.highestSequenceNr = in.readLong();
    log.lastWriteId = StoreCodec.readUuid(in);
    log.events.addAll(StoreCodec.readEvents(in));
    log.events.forEach(event -> log.bytes += cost(event.body()));
    int count = in.readInt();
    for (int i = 0; i < count; i++) {
      log.save(StoreCodec.readSnapshot(in));
    }
    return log;
  }
}
