package io.hawser.persistence;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto.AppendResult;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftGroupIdProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.StateMachineLogEntryProto;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.RaftServerAsynchronousProtocol;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A leader that hears of the same gap twice sends the same entries twice, and more behind them the
 * second time. The test is that leader.
 */
class OverlappingAppendsTest {
  private static final int TERM = 5;

  /** Long enough that they are still being flushed when the second append comes. */
  private static final long ENTRIES = 500;

  private static final ByteString BODY = ByteString.copyFrom(new byte[1024]);

  @Test
  void aFollowerHasWhatItAcknowledged(@TempDir Path dir) throws IOException {
    Config config = StoreFixture.config(dir.resolve("n1"), "n1", StoreFixture.freePorts(3));
    StoreSettings settings = StoreSettings.from(config.getConfig("hawser.store"));
    RaftGroup group = RatisSettings.group(settings);
    RatisSettings.keepMetricsInside();
    try (RaftServer follower =
        RaftServer.newBuilder()
            .setServerId(RaftPeerId.valueOf("n1"))
            .setGroup(group)
            .setStateMachine(
                new StoreStateMachine(
                    settings, new PeerEvents(settings, new CompletableFuture<>(), out -> {})))
            .setProperties(RatisSettings.properties(settings))
            .build()) {
      follower.start();
      RaftServerAsynchronousProtocol door = (RaftServerAsynchronousProtocol) follower;

      CompletableFuture<AppendEntriesReplyProto> first =
          door.appendEntriesAsync(append(group, 1, ENTRIES));
      CompletableFuture<AppendEntriesReplyProto> second =
          door.appendEntriesAsync(append(group, 2, ENTRIES + 1));

      assertThat(StoreFixture.await(first).getMatchIndex()).isEqualTo(ENTRIES - 1);
      assertThat(StoreFixture.await(second).getResult()).isEqualTo(AppendResult.SUCCESS);
      assertThat(second.join().getMatchIndex()).isEqualTo(ENTRIES);
      assertThat(
              follower
                  .getDivision(group.getGroupId())
                  .getRaftLog()
                  .getLastEntryTermIndex()
                  .getIndex())
          .isEqualTo(ENTRIES);
    }
  }

  private static AppendEntriesRequestProto append(RaftGroup group, long call, long entries) {
    RaftRpcRequestProto request =
        RaftRpcRequestProto.newBuilder()
            .setRequestorId(RaftPeerId.valueOf("n2").toByteString())
            .setReplyId(RaftPeerId.valueOf("n1").toByteString())
            .setRaftGroupId(RaftGroupIdProto.newBuilder().setId(group.getGroupId().toByteString()))
            .setCallId(call)
            .build();
    List<LogEntryProto> log =
        LongStream.range(0, entries).mapToObj(OverlappingAppendsTest::entry).toList();
    return AppendEntriesRequestProto.newBuilder()
        .setServerRequest(request)
        .setLeaderTerm(TERM)
        .setLeaderCommit(-1)
        .addAllEntries(log)
        .build();
  }

  private static LogEntryProto entry(long index) {
    return LogEntryProto.newBuilder()
        .setTerm(TERM)
        .setIndex(index)
        .setStateMachineLogEntry(StateMachineLogEntryProto.newBuilder().setLogData(BODY))
        .build();
  }
}
