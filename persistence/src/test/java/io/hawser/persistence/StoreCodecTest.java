package io.hawser.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hawser.persistence.StoreCommand.SnapshotRange;
import io.hawser.persistence.StoreCommand.StoredEvent;
import io.hawser.persistence.StoreCommand.StoredSnapshot;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class StoreCodecTest {
  private static final SnapshotRange RANGE = new SnapshotRange(1, 2, 3, 4);
  private static final byte[] BODY = {1, 2, 3};

  private static final List<StoreCommand> COMMANDS =
      List.of(
          new StoreCommand.AppendEvents(
              new UUID(1, 2), "p", List.of(new StoredEvent(1, BODY), new StoredEvent(2, BODY))),
          new StoreCommand.DeleteEvents("p", 7),
          new StoreCommand.SaveSnapshot("p", new StoredSnapshot(1, 2, BODY)),
          new StoreCommand.DeleteSnapshots("p", RANGE),
          new StoreCommand.UploadChunk(new UUID(1, 2), 3, 4, BODY),
          new StoreCommand.StartLog("p", 7),
          new StoreCommand.ReplaceLog("q", "p"));

  private static final List<StoreQuery> QUERIES =
      List.of(
          new StoreQuery.HighestSequenceNr("p"),
          new StoreQuery.ReadEvents("p", 1, 2, 3, 4),
          new StoreQuery.FindSnapshot("p", RANGE),
          new StoreQuery.ReadSnapshot("p", 1, 2, 3, 4),
          new StoreQuery.ListLogs());

  private static final List<StoreReply> REPLIES =
      List.of(
          new StoreReply.Done(),
          new StoreReply.Fenced(1),
          new StoreReply.Refused("reason"),
          new StoreReply.Highest(1),
          new StoreReply.Events(List.of(new StoredEvent(1, BODY))),
          new StoreReply.SnapshotFound(1, 2, 3),
          new StoreReply.NoSnapshot(),
          new StoreReply.SnapshotPart(BODY),
          new StoreReply.Logs(List.of(new LogSummary("p", 1, 2, 3, 4, 5, 6))));

  @Test
  void everyMessageComesBackTheSame() throws IOException {
    for (StoreCommand command : COMMANDS) {
      byte[] bytes = StoreCodec.encode(command);
      assertThat(StoreCodec.decodeCommand(bytes)).usingRecursiveComparison().isEqualTo(command);
    }
    for (StoreQuery query : QUERIES) {
      byte[] bytes = StoreCodec.encode(query);
      assertThat(StoreCodec.decodeQuery(new ByteArrayInputStream(bytes))).isEqualTo(query);
    }
    for (StoreReply reply : REPLIES) {
      byte[] bytes = StoreCodec.encode(reply);
      assertThat(StoreCodec.decodeReply(new ByteArrayInputStream(bytes)))
          .usingRecursiveComparison()
          .isEqualTo(reply);
    }
  }

  @Test
  void theFixturesHoldEveryMessage() {
    assertThat(classes(COMMANDS)).isEqualTo(permitted(StoreCommand.class));
    assertThat(classes(QUERIES)).isEqualTo(permitted(StoreQuery.class));
    assertThat(classes(REPLIES)).isEqualTo(permitted(StoreReply.class));
  }

  @Test
  void truncatedAndUnknownCommandsAreRefused() {
    for (StoreCommand command : COMMANDS) {
      byte[] bytes = StoreCodec.encode(command);
      for (int length = 0; length < bytes.length; length++) {
        byte[] cut = Arrays.copyOf(bytes, length);
        assertThatThrownBy(() -> StoreCodec.decodeCommand(cut)).isInstanceOf(IOException.class);
      }
    }
    assertThatThrownBy(() -> StoreCodec.decodeCommand(new byte[] {99}))
        .hasMessage("unknown command 99");
  }

  private static Set<Class<?>> classes(List<?> samples) {
    Set<Class<?>> classes = new HashSet<>();
    samples.forEach(sample -> classes.add(sample.getClass()));
    return classes;
  }

  private static Set<Class<?>> permitted(Class<?> sealed) {
    return Set.of(sealed.getPermittedSubclasses());
  }
}
