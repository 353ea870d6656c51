package io.hawser.persistence;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.persistence.StoreCommand.AppendEvents;
import io.hawser.persistence.StoreCommand.DeleteEvents;
import io.hawser.persistence.StoreCommand.DeleteSnapshots;
import io.hawser.persistence.StoreCommand.SaveSnapshot;
import io.hawser.persistence.StoreCommand.SnapshotRange;
import io.hawser.persistence.StoreCommand.StoredEvent;
import io.hawser.persistence.StoreCommand.StoredSnapshot;
import io.hawser.persistence.StoreCommand.UploadChunk;
import io.hawser.persistence.StoreQuery.FindSnapshot;
import io.hawser.persistence.StoreQuery.HighestSequenceNr;
import io.hawser.persistence.StoreQuery.ReadEvents;
import io.hawser.persistence.StoreReply.Done;
import io.hawser.persistence.StoreReply.Events;
import io.hawser.persistence.StoreReply.Fenced;
import io.hawser.persistence.StoreReply.Highest;
import io.hawser.persistence.StoreReply.NoSnapshot;
import io.hawser.persistence.StoreReply.Refused;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class StoreStateTest {
  private static final SnapshotRange ALL = new SnapshotRange(0, Long.MAX_VALUE, 0, Long.MAX_VALUE);

  private final StoreState state = new StoreState();

  @Test
  void acceptsOnlyTheNextSequenceNumber() {
    assertThat(state.apply(append("a", 1, 2, 3))).isEqualTo(new Done());
    assertThat(state.apply(append("a", 3))).isEqualTo(new Fenced(3));
    assertThat(state.apply(append("a", 5))).isEqualTo(new Fenced(3));
    assertThat(state.apply(append("a", 4))).isEqualTo(new Done());
    assertThat(state.apply(append("b", 2))).isEqualTo(new Fenced(0));
    assertThat(sequenceNrs("a")).containsExactly(1L, 2L, 3L, 4L);
    assertThat(sequenceNrs("b")).isEmpty();
  }

  @Test
  void aBatchWithAGapIsNotKeptInPart() {
    assertThat(state.apply(append("a", 1, 3))).isEqualTo(new Fenced(0));
    assertThat(sequenceNrs("a")).isEmpty();
  }

  @Test
  void aRetriedWriteIsAcceptedOnce() {
    AppendEvents write = append("a", 1, 2);
    assertThat(state.apply(write)).isEqualTo(new Done());
    assertThat(state.apply(write)).isEqualTo(new Done());
    assertThat(sequenceNrs("a")).containsExactly(1L, 2L);
  }

  @Test
  void highestSequenceNumberOutlivesDeletion() {
    state.apply(append("a", 1, 2, 3));
    state.apply(new DeleteEvents("a", Long.MAX_VALUE));
    assertThat(sequenceNrs("a")).isEmpty();
    assertThat(state.query(new HighestSequenceNr("a"))).isEqualTo(new Highest(3));
    assertThat(state.apply(append("a", 4))).isEqualTo(new Done());
    assertThat(sequenceNrs("a")).containsExactly(4L);
  }

  @Test
  void aPageHoldsAtLeastOneEventAndThenUpToItsBytes() {
    state.apply(append("a", 1, 2, 3, 4));
    assertThat(page(1, 100, 1)).containsExactly(1L);
    assertThat(page(2, 100, 20)).containsExactly(2L, 3L);
    assertThat(page(1, 2, 1000)).containsExactly(1L, 2L);
    assertThat(page(5, 100, 1000)).isEmpty();
  }

  @Test
  void deletingGivesEveryByteBack() {
    state.apply(append("a", 1));
    state.apply(new DeleteEvents("a", 1));
    long empty = state.retainedBytes();
    state.apply(append("a", 2, 3, 4));
    state.apply(new SaveSnapshot("a", new StoredSnapshot(4, 1, new byte[100])));
    state.apply(new SaveSnapshot("a", new StoredSnapshot(4, 2, new byte[50])));
    assertThat(state.retainedBytes()).isGreaterThan(empty);
    state.apply(new DeleteEvents("a", 4));
    state.apply(new DeleteSnapshots("a", ALL));
    assertThat(state.retainedBytes()).isEqualTo(empty);
    assertThat(state.query(new FindSnapshot("a", ALL))).isEqualTo(new NoSnapshot());
  }

  @Test
  void aWriteInPiecesIsAppliedByTheLastPiece() {
    List<UploadChunk> pieces = pieces(append("a", 1, 2, 3), 16);
    for (UploadChunk piece : pieces.subList(0, pieces.size() - 1)) {
      assertThat(state.apply(piece)).isEqualTo(new Done());
      assertThat(state.apply(piece)).as("repeated").isEqualTo(new Done());
    }
    assertThat(sequenceNrs("a")).isEmpty();
    state.apply(pieces.get(pieces.size() - 1));
    assertThat(sequenceNrs("a")).containsExactly(1L, 2L, 3L);
  }

  @Test
  void aFencedWriteInPiecesIsFenced() {
    List<UploadChunk> pieces = pieces(append("a", 7), 16);
    StoreReply last = null;
    for (UploadChunk piece : pieces) {
      last = state.apply(piece);
    }
    assertThat(last).isEqualTo(new Fenced(0));
  }

  @Test
  void theOldestOfTooManyUnfinishedUploadsIsDropped() {
    List<List<UploadChunk>> uploads = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      uploads.add(pieces(append("p" + i, 1), 30));
      state.apply(uploads.get(i).get(0));
    }
    assertThat(state.apply(uploads.get(0).get(1))).isInstanceOf(Refused.class);
    StoreReply last = null;
    for (UploadChunk piece : uploads.get(1)) {
      last = state.apply(piece);
    }
    assertThat(last).isEqualTo(new Done());
  }

  @Test
  void ofLargeUnfinishedUploadsTwoAreKept() {
    List<List<UploadChunk>> uploads = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      uploads.add(pieces(append("p" + i, 1, 2), 1));
      assertThat(uploads.get(i)).hasSizeGreaterThan(64);
      state.apply(uploads.get(i).get(0));
      state.apply(uploads.get(i).get(1));
    }
    assertThat(state.retainedBytes()).isEqualTo(2 * 2);
    assertThat(state.apply(uploads.get(0).get(2))).isInstanceOf(Refused.class);
    StoreReply last = null;
    for (UploadChunk piece : uploads.get(1)) {
      last = state.apply(piece);
    }
    assertThat(last).isEqualTo(new Done());
  }

  @Test
  void whatIsWrittenToDiskComesBackTheSame() throws IOException {
    AppendEvents write = append("a", 1, 2, 3);
    state.apply(write);
    state.apply(new DeleteEvents("a", 1));
    state.apply(new SaveSnapshot("a", new StoredSnapshot(2, 7, new byte[] {1, 2})));
    List<UploadChunk> pieces = pieces(append("b", 1), 16);
    state.apply(pieces.get(0));

    byte[] bytes = StoreCodec.bytes(state::writeTo);
    StoreState copy = StoreState.readFrom(new DataInputStream(new ByteArrayInputStream(bytes)));

    assertThat(StoreCodec.bytes(copy::writeTo)).isEqualTo(bytes);
    assertThat(copy.retainedBytes()).isEqualTo(state.retainedBytes());
    assertThat(copy.apply(write)).as("still known as a retry").isEqualTo(new Done());
    for (UploadChunk piece : pieces.subList(1, pieces.size())) {
      copy.apply(piece);
    }
    assertThat(copy.query(new HighestSequenceNr("b"))).isEqualTo(new Highest(1));
  }

  private static AppendEvents append(String pid, long... sequenceNrs) {
    List<StoredEvent> events =
        Arrays.stream(sequenceNrs).mapToObj(nr -> new StoredEvent(nr, new byte[10])).toList();
    return new AppendEvents(UUID.randomUUID(), pid, events);
  }

  private static List<UploadChunk> pieces(StoreCommand command, int size) {
    byte[] bytes = StoreCodec.encode(command);
    int count = (bytes.length + size - 1) / size;
    UUID id = UUID.randomUUID();
    List<UploadChunk> pieces = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int to = Math.min(bytes.length, (i + 1) * size);
      pieces.add(new UploadChunk(id, i, count, Arrays.copyOfRange(bytes, i * size, to)));
    }
    return pieces;
  }

  private List<Long> page(long from, long to, int maxBytes) {
    return numbers(new ReadEvents("a", from, to, 100, maxBytes));
  }

  private List<Long> sequenceNrs(String pid) {
    return numbers(new ReadEvents(pid, 1, Long.MAX_VALUE, 100, 1 << 20));
  }

  private List<Long> numbers(ReadEvents query) {
    return ((Events) state.query(query)).events().stream().map(StoredEvent::sequenceNr).toList();
  }
}
