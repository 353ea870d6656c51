package io.hawser.persistence;

import io.hawser.persistence.StoreCommand.AppendEvents;
import io.hawser.persistence.StoreCommand.DeleteEvents;
import io.hawser.persistence.StoreCommand.DeleteSnapshots;
import io.hawser.persistence.StoreCommand.ReplaceLog;
import io.hawser.persistence.StoreCommand.SaveSnapshot;
import io.hawser.persistence.StoreCommand.SnapshotRange;
import io.hawser.persistence.StoreCommand.StartLog;
import io.hawser.persistence.StoreCommand.StoredEvent;
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
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Bytes of commands, queries and replies: a tag, then the fields in order, big-endian. Tags are
 * kept in logs for good and are never given a second meaning.
 */
final class StoreCodec {
  static final byte APPEND_EVENTS = 1;
  static final byte DELETE_EVENTS = 2;
  static final byte SAVE_SNAPSHOT = 3;
  static final byte DELETE_SNAPSHOTS = 4;
  static final byte UPLOAD_CHUNK = 5;
  static final byte START_LOG = 6;
  static final byte REPLACE_LOG = 7;

  private static final byte HIGHEST_SEQUENCE_NR = 1;
  private static final byte READ_EVENTS = 2;
  private static final byte FIND_SNAPSHOT = 3;
  private static final byte READ_SNAPSHOT = 4;
  private static final byte LIST_LOGS = 5;

  private static final byte DONE = 1;
  private static final byte FENCED = 2;
  private static final byte REFUSED = 3;
  private static final byte HIGHEST = 4;
  private static final byte EVENTS = 5;
  private static final byte SNAPSHOT_FOUND = 6;
  private static final byte NO_SNAPSHOT = 7;
  private static final byte SNAPSHOT_PART = 8;
  private static final byte LOGS = 9;

  private StoreCodec() {}

  /** Deletes free space, so they pass where other commands are refused. */
  static boolean isDelete(byte tag) {
    return tag == DELETE_EVENTS || tag == DELETE_SNAPSHOTS;
  }

  static byte[] encode(StoreCommand command) {
    return bytes(
        out -> {
          if (command instanceof AppendEvents append) {
            out.writeByte(APPEND_EVENTS);
            writeUuid(out, append.writeId());
            out.writeUTF(append.persistenceId());
            writeEvents(out, append.events());
          } else if (command instanceof DeleteEvents delete) {
            out.writeByte(DELETE_EVENTS);
            out.writeUTF(delete.persistenceId());
            out.writeLong(delete.toSequenceNr());
          } else if (command instanceof SaveSnapshot save) {
            out.writeByte(SAVE_SNAPSHOT);
            out.writeUTF(save.persistenceId());
            writeSnapshot(out, save.snapshot());
          } else if (command instanceof DeleteSnapshots delete) {
            out.writeByte(DELETE_SNAPSHOTS);
            out.writeUTF(delete.persistenceId());
            writeRange(out, delete.range());
          } else if (command instanceof UploadChunk chunk) {
            out.writeByte(UPLOAD_CHUNK);
            writeUuid(out, chunk.uploadId());
            out.writeInt(chunk.index());
            out.writeInt(chunk.count());
            writeBytes(out, chunk.bytes());
          } else if (command instanceof StartLog start) {
            out.writeByte(START_LOG);
            out.writeUTF(start.persistenceId());
            out.writeLong(start.highestSequenceNr());
          } else if (command instanceof ReplaceLog replace) {
            out.writeByte(REPLACE_LOG);
            out.writeUTF(replace.from());
            out.writeUTF(replace.persistenceId());
          }
        });
  }

  static StoreCommand decodeCommand(InputStream bytes) throws IOException {
    DataInputStream in = new DataInputStream(bytes);
    byte tag = in.readByte();
    return switch (tag) {
      case APPEND_EVENTS -> new AppendEvents(readUuid(in), in.readUTF(), readEvents(in));
      case DELETE_EVENTS -> new DeleteEvents(in.readUTF(), in.readLong());
      case SAVE_SNAPSHOT -> new SaveSnapshot(in.readUTF(), readSnapshot(in));
      case DELETE_SNAPSHOTS -> new DeleteSnapshots(in.readUTF(), readRange(in));
      case UPLOAD_CHUNK -> new UploadChunk(readUuid(in), in.readInt(), in.readInt(), readBytes(in));
      case START_LOG -> new StartLog(in.readUTF(), in.readLong());
      case REPLACE_LOG -> new ReplaceLog(in.readUTF(), in.readUTF());
      default -> throw new IOException("unknown command " + tag);
    };
  }

  static byte[] encode(StoreQuery query) {
    return bytes(
        out -> {
          if (query instanceof HighestSequenceNr highest) {
            out.writeByte(HIGHEST_SEQUENCE_NR);
            out.writeUTF(highest.persistenceId());
          } else if (query instanceof ReadEvents read) {
            out.writeByte(READ_EVENTS);
            out.writeUTF(read.persistenceId());
            out.writeLong(read.fromSequenceNr());
            out.writeLong(read.toSequenceNr());
            out.writeInt(read.maxEvents());
            out.writeInt(read.maxBytes());
          } else if (query instanceof FindSnapshot find) {
            out.writeByte(FIND_SNAPSHOT);
            out.writeUTF(find.persistenceId());
            writeRange(out, find.range());
          } else if (query instanceof ReadSnapshot read) {
            out.writeByte(READ_SNAPSHOT);
            out.writeUTF(read.persistenceId());
            out.writeLong(read.sequenceNr());
            out.writeLong(read.timestampMillis());
            out.writeInt(read.offset());
            out.writeInt(read.maxBytes());
          } else if (query instanceof ListLogs) {
            out.writeByte(LIST_LOGS);
          }
        });
  }

  static StoreQuery decodeQuery(InputStream bytes) throws IOException {
    DataInputStream in = new DataInputStream(bytes);
    byte tag = in.readByte();
    return switch (tag) {
      case HIGHEST_SEQUENCE_NR -> new HighestSequenceNr(in.readUTF());
      case READ_EVENTS ->
          new ReadEvents(in.readUTF(), in.readLong(), in.readLong(), in.readInt(), in.readInt());
      case FIND_SNAPSHOT -> new FindSnapshot(in.readUTF(), readRange(in));
      case READ_SNAPSHOT ->
          new ReadSnapshot(in.readUTF(), in.readLong(), in.readLong(), in.readInt(), in.readInt());
      case LIST_LOGS -> new ListLogs();
      default -> throw new IOException("unknown query " + tag);
    };
  }

  static byte[] encode(StoreReply reply) {
    return bytes(
        out -> {
          if (reply instanceof Done) {
            out.writeByte(DONE);
          } else if (reply instanceof Fenced fenced) {
            out.writeByte(FENCED);
            out.writeLong(fenced.highestSequenceNr());
          } else if (reply instanceof Refused refused) {
            out.writeByte(REFUSED);
            out.writeUTF(refused.reason());
          } else if (reply instanceof Highest highest) {
            out.writeByte(HIGHEST);
            out.writeLong(highest.sequenceNr());
          } else if (reply instanceof Events events) {
            out.writeByte(EVENTS);
            writeEvents(out, events.events());
          } else if (reply instanceof SnapshotFound found) {
            out.writeByte(SNAPSHOT_FOUND);
            out.writeLong(found.sequenceNr());
            out.writeLong(found.timestampMillis());
            out.writeInt(found.bodyBytes());
          } else if (reply instanceof NoSnapshot) {
            out.writeByte(NO_SNAPSHOT);
          } else if (reply instanceof SnapshotPart part) {
            out.writeByte(SNAPSHOT_PART);
            writeBytes(out, part.bytes());
          } else if (reply instanceof Logs logs) {
            out.writeByte(LOGS);
            out.writeInt(logs.logs().size());
            for (LogSummary log : logs.logs()) {
              log.writeTo(out);
            }
          }
        });
  }

  static StoreReply decodeReply(InputStream bytes) throws IOException {
    DataInputStream in = new DataInputStream(bytes);
    byte tag = in.readByte();
    return switch (tag) {
      case DONE -> new Done();
      case FENCED -> new Fenced(in.readLong());
      case REFUSED -> new Refused(in.readUTF());
      case HIGHEST -> new Highest(in.readLong());
      case EVENTS -> new Events(readEvents(in));
      case SNAPSHOT_FOUND -> new SnapshotFound(in.readLong(), in.readLong(), in.readInt());
      case NO_SNAPSHOT -> new NoSnapshot();
      case SNAPSHOT_PART -> new SnapshotPart(readBytes(in));
      case LOGS -> new Logs(readLogs(in));
      default -> throw new IOException("unknown reply " + tag);
    };
  }

  static StoreCommand decodeCommand(byte[] bytes) throws IOException {
    return decodeCommand(new ByteArrayInputStream(bytes));
  }

  static void writeSnapshot(DataOutputStream out, StoredSnapshot snapshot) throws IOException {
    out.writeLong(snapshot.sequenceNr());
    out.writeLong(snapshot.timestampMillis());
    writeBytes(out, snapshot.body());
  }

  static StoredSnapshot readSnapshot(DataInputStream in) throws IOException {
    return new StoredSnapshot(in.readLong(), in.readLong(), readBytes(in));
  }

  static void writeEvents(DataOutputStream out, List<StoredEvent> events) throws IOException {
    out.writeInt(events.size());
    for (StoredEvent event : events) {
      out.writeLong(event.sequenceNr());
      writeBytes(out, event.body());
    }
  }

  static List<StoredEvent> readEvents(DataInputStream in) throws IOException {
    int count = in.readInt();
    // The count is not trusted for the allocation: a damaged one fails at the end of the bytes.
    List<StoredEvent> events = new ArrayList<>(Math.min(count, 1024));
    for (int i = 0; i < count; i++) {
      events.add(new StoredEvent(in.readLong(), readBytes(in)));
    }
    return events;
  }

  private static List<LogSummary> readLogs(DataInputStream in) throws IOException {
    int count = in.readInt();
    List<LogSummary> logs = new ArrayList<>(Math.min(count, 1024));
    for (int i = 0; i < count; i++) {
      logs.add(LogSummary.readFrom(in));
    }
    return logs;
  }

  static void writeUuid(DataOutputStream out, UUID id) throws IOException {
    out.writeLong(id.getMostSignificantBits());
    out.writeLong(id.getLeastSignificantBits());
  }

  static UUID readUuid(DataInputStream in) throws IOException {
    return new UUID(in.readLong(), in.readLong());
  }

  static void writeBytes(DataOutputStream out, byte[] bytes) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  static byte[] readBytes(DataInputStream in) throws IOException {
    int length = in.readInt();
    byte[] bytes = in.readNBytes(length);
    if (bytes.length != length) {
      throw new IOException("expected %d bytes, found %d".formatted(length, bytes.length));
    }
    return bytes;
  }

  private static void writeRange(DataOutputStream out, SnapshotRange range) throws IOException {
    out.writeLong(range.minSequenceNr());
    out.writeLong(range.maxSequenceNr());
    out.writeLong(range.minTimestampMillis());
    out.writeLong(range.maxTimestampMillis());
  }

  private static SnapshotRange readRange(DataInputStream in) throws IOException {
    return new SnapshotRange(in.readLong(), in.readLong(), in.readLong(), in.readLong());
  }

  @FunctionalInterface
  interface Fields {
    void writeTo(DataOutputStream out) throws IOException;
  }

  static byte[] bytes(Fields fields) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
    try {
      fields.writeTo(new DataOutputStream(bytes));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
