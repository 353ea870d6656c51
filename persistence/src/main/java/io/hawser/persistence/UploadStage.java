package io.hawser.persistence;

import io.hawser.persistence.StoreCommand.UploadChunk;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/**
 * Unfinished writes in pieces. Part of the replicated state: every peer holds the same pieces and
 * drops the same ones, so the last piece means the same everywhere.
 */
final class UploadStage {
  /** Unfinished uploads; the oldest is dropped when one more begins. The same on every peer. */
  private static final int MAX_UPLOADS = 8;

  /** Pieces of one upload. */
  private static final int MAX_PIECES = 1 << 16;

  private final Map<UUID, byte[][]> uploads = new LinkedHashMap<>();
  private long bytes;

  long bytes() {
    return bytes;
  }

  /**
   * Keeps a piece; a repeated one changes nothing.
   *
   * @return the whole when this was the last missing piece, else null
   * @throws IOException when the piece belongs to nothing known (the upload was dropped or is done)
   */
  byte[] add(UploadChunk chunk) throws IOException {
    byte[][] pieces = uploads.get(chunk.uploadId());
    if (pieces == null) {
      if (chunk.index() != 0 || chunk.count() < 1 || chunk.count() > MAX_PIECES) {
        throw new IOException("piece %d of an unknown upload".formatted(chunk.index()));
      }
      pieces = new byte[chunk.count()][];
      dropOldest(MAX_UPLOADS - 1);
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

  private byte[] whole(UUID uploadId, byte[][] pieces) {
    int length = 0;
    for (byte[] piece : pieces) {
      if (piece == null) {
        return null;
      }
      length += piece.length;
    }
    byte[] all = new byte[length];
    int at = 0;
    for (byte[] piece : pieces) {
      System.arraycopy(piece, 0, all, at, piece.length);
      at += piece.length;
    }
    uploads.remove(uploadId);
    bytes -= length;
    return all;
  }

  private void dropOldest(int keep) {
    Iterator<byte[][]> oldest = uploads.values().iterator();
    while (uploads.size() > keep) {
      for (byte[] piece : oldest.next()) {
        bytes -= piece == null ? 0 : piece.length;
      }
      oldest.remove();
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
      byte[][] pieces = new byte[in.readInt()][];
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
