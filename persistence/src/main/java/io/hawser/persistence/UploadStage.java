package io.hawser.persistence;

import io.hawser.persistence.StoreCommand.UploadChunk;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Predicate;

/**
 * Unfinished writes in pieces. Part of the replicated state: every peer holds the same pieces and
 * drops the same ones, so the last piece means the same everywhere.
 */
final class UploadStage {
  /** Unfinished uploads; the oldest is dropped when one more begins. The same on every peer. */
  private static final int MAX_UPLOADS = 8;

  /** Pieces of one upload. */
  private static final int MAX_PIECES = 1 << 16;

  /**
   * Of more pieces than this only {@link #MAX_LARGE} are kept: snapshots of a large state, whose
   * writers died on the way, would fill the heap.
   */
  private static final int LARGE_PIECES = 64;

  private static final int MAX_LARGE = 2;

  private final Map<UUID, byte[][]> uploads = new LinkedHashMap<>();
  private long bytes;

  long bytes() {
    return bytes;
  }

  /**
   * Keeps a piece; a repeated one changes nothing.
   *
   * @return the whole, to be read once, when this was the last missing piece, else null
   * @throws IOException when the piece belongs to nothing known (the upload was dropped or is done)
   */
  InputStream add(UploadChunk chunk) throws IOException {
    byte[][] pieces = uploads.get(chunk.uploadId());
    if (pieces == null) {
      if (chunk.index() != 0 || chunk.count() < 1 || chunk.count() > MAX_PIECES) {
        throw new IOException("piece %d of an unknown upload".formatted(chunk.index()));
      }
      pieces = new byte[chunk.count()][];
      dropOldest(all -> true, MAX_UPLOADS - 1);
      if (chunk.count() > LARGE_PIECES) {
        dropOldest(other -> other.length > LARGE_PIECES, MAX_LARGE - 1);
      }
      uploads.put(chunk.uploadId(), pieces);
    }
    if (chunk.index() < 0 || chunk.index() >= pieces.length) {
      throw new IOException("piece %d of %d".formatted(chunk.index(), pieces.length));
    }
    if (pieces[chunk.index()] == null) {
      pieces[chunk.index()] = chunk.bytes();
      bytes += chunk.bytes().length;
    }
    return whole(chunk.uploadId(), pieces);
  }

  private InputStream whole(UUID uploadId, byte[][] pieces) {
    // From the end: pieces come in order, so the first look tells most of the time.
    for (int i = pieces.length - 1; i >= 0; i--) {
      if (pieces[i] == null) {
        return null;
      }
    }
    uploads.remove(uploadId);
    List<InputStream> parts = new ArrayList<>();
    for (byte[] piece : pieces) {
      bytes -= piece.length;
      parts.add(new ByteArrayInputStream(piece));
    }
    return new SequenceInputStream(Collections.enumeration(parts));
  }

  private void dropOldest(Predicate<byte[][]> kind, int keep) {
    long count = uploads.values().stream().filter(kind).count();
    Iterator<byte[][]> oldest = uploads.values().iterator();
    while (count > keep) {
      byte[][] pieces = oldest.next();
      if (kind.test(pieces)) {
        for (byte[] piece : pieces) {
          bytes -= piece == null ? 0 : piece.length;
        }
        oldest.remove();
        count--;
      }
    }
  }

  void writeTo(DataOutputStream out) throws IOException {
    out.writeInt(uploads.size());
    for (Map.Entry<UUID, byte[][]> upload : uploads.entrySet()) {
      StoreCodec.writeUuid(out, upload.getKey());
      out.writeInt(upload.getValue().length);
      for (byte[] piece : upload.getValue()) {
        out.writeBoolean(piece != null);
        if (piece != null) {
          StoreCodec.writeBytes(out, piece);
        }
      }
    }
  }

  void readFrom(DataInputStream in) throws IOException {
    int count = in.readInt();
    for (int i = 0; i < count; i++) {
      UUID id = StoreCodec.readUuid(in);
      int length = in.readInt();
      if (length < 1 || length > MAX_PIECES) {
        throw new IOException("an upload of %d pieces".formatted(length));
      }
      byte[][] pieces = new byte[length][];
      for (int p = 0; p < pieces.length; p++) {
        if (in.readBoolean()) {
          pieces[p] = StoreCodec.readBytes(in);
          bytes += pieces[p].length;
        }
      }
      uploads.put(id, pieces);
    }
  }
}
