package io.hawser.persistence;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftConfigurationProto;
import org.apache.ratis.protocol.RaftPeer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a stopped replica the only member of its group, on disk: the way out when a majority is
 * lost for good. Raft never does this by itself, because it can lose what the lost ones had.
 */
final class StoreRecovery {
  private static final Logger LOG = LoggerFactory.getLogger(StoreRecovery.class);

  /** Ratis' own file: the newest committed list of members, as a log entry. */
  private static final String MEMBERS = "raft-meta.conf";

  private StoreRecovery() {}

  /**
   * Rewrites who the members are. Of two lists Ratis takes the one with the higher log index, so
   * this one gets the index of the log's last entry; the next one when that entry is such a list
   * itself (each leader begins with one), because Ratis refuses two of one index.
   */
  static void keepOnly(StoreSettings settings) throws IOException {
    Path current = StoreFiles.currentDirectory(settings.dir());
    Path file = current.resolve(MEMBERS);
    LogEntryProto old =
        Files.exists(file)
            ? LogEntryProto.parseFrom(Files.readAllBytes(file))
            : LogEntryProto.getDefaultInstance();
    StoreSettings.Peer self = settings.selfPeer().orElseThrow();
    RaftPeer alone =
        RaftPeer.newBuilder().setId(self.id()).setAddress(self.host() + ":" + self.port()).build();
    LogEntryProto next =
        old.toBuilder()
            .setIndex(Math.max(old.getIndex() + 1, indexAfter(settings.dir())))
            .setConfigurationEntry(
                RaftConfigurationProto.newBuilder().addAllPeers(List.of(alone.getRaftPeerProto())))
            .build();
    Path temporary = current.resolve(MEMBERS + ".next");
    try (FileChannel channel =
        FileChannel.open(
            temporary,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      channel.write(java.nio.ByteBuffer.wrap(next.toByteArray()));
      channel.force(true);
    }
    Files.move(
        temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    StoreRejoin.forgetOthers(settings);
    LOG.warn("{} goes on as the only one that keeps the journal", self.id());
  }

  private static long indexAfter(Path dir) throws IOException {
    return StoreFiles.lastEntry(dir)
        .map(last -> last.hasConfigurationEntry() ? last.getIndex() + 1 : last.getIndex())
        .orElse(-1L);
  }
}
