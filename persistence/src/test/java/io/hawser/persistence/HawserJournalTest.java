package io.hawser.persistence;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.LongStream;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.persistence.AtomicWrite;
import org.apache.pekko.persistence.DeleteMessagesSuccess;
import org.apache.pekko.persistence.JournalProtocol.DeleteMessagesTo;
import org.apache.pekko.persistence.JournalProtocol.RecoverySuccess;
import org.apache.pekko.persistence.JournalProtocol.ReplayMessages;
import org.apache.pekko.persistence.JournalProtocol.ReplayedMessage;
import org.apache.pekko.persistence.JournalProtocol.WriteMessageFailure;
import org.apache.pekko.persistence.JournalProtocol.WriteMessageRejected;
import org.apache.pekko.persistence.JournalProtocol.WriteMessageSuccess;
import org.apache.pekko.persistence.JournalProtocol.WriteMessages;
import org.apache.pekko.persistence.JournalProtocol.WriteMessagesFailed;
import org.apache.pekko.persistence.JournalProtocol.WriteMessagesSuccessful$;
import org.apache.pekko.persistence.Persistence;
import org.apache.pekko.persistence.PersistentEnvelope;
import org.apache.pekko.persistence.PersistentRepr;
import org.apache.pekko.persistence.journal.Tagged;
import org.apache.pekko.testkit.javadsl.TestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scala.jdk.javaapi.CollectionConverters;

/** The cases of Pekko's journal specification (persistence-tck, JournalSpec) on a single peer. */
class HawserJournalTest {
  private static final int ACTOR_INSTANCE = 1;

  @TempDir static Path dir;
  private static ActorSystem system;

  private final String writer = UUID.randomUUID().toString();
  private String pid;
  private TestKit probe;
  private ActorRef journal;

  @BeforeAll
  static void start() {
    system = StoreFixture.start(StoreFixture.config(dir, "n1", StoreFixture.freePorts(1)));
  }

  @AfterAll
  static void stop() {
    StoreFixture.stop(system);
  }

  @BeforeEach
  void writeFiveEvents() {
    pid = "p-" + UUID.randomUUID();
    probe = new TestKit(system);
    journal = Persistence.get(system).journalFor("hawser.journal", noConfig());
    write(1, 5);
  }

  private static com.typesafe.config.Config noConfig() {
    return com.typesafe.config.ConfigFactory.empty();
  }

  @Test
  void replaysAllEvents() {
    assertThat(replay(1, Long.MAX_VALUE, Long.MAX_VALUE)).containsExactly(1L, 2L, 3L, 4L, 5L);
  }

  @Test
  void replaysFromALowerBound() {
    assertThat(replay(3, Long.MAX_VALUE, Long.MAX_VALUE)).containsExactly(3L, 4L, 5L);
  }

  @Test
  void replaysToAnUpperBound() {
    assertThat(replay(1, 3, Long.MAX_VALUE)).containsExactly(1L, 2L, 3L);
  }

  @Test
  void replaysNoMoreThanAskedFor() {
    assertThat(replay(1, Long.MAX_VALUE, 3)).containsExactly(1L, 2L, 3L);
    assertThat(replay(2, 4, 2)).containsExactly(2L, 3L);
    assertThat(replay(1, Long.MAX_VALUE, 0)).isEmpty();
  }

  @Test
  void replaysASingleEvent() {
    assertThat(replay(3, 3, Long.MAX_VALUE)).containsExactly(3L);
    assertThat(replay(2, 2, 1)).containsExactly(2L);
  }

  @Test
  void replaysNothingBeyondTheHighest() {
    assertThat(replay(6, Long.MAX_VALUE, Long.MAX_VALUE)).isEmpty();
  }

  @Test
  void replaysNothingWhenTheRangeIsEmpty() {
    assertThat(replay(3, 2, Long.MAX_VALUE)).isEmpty();
  }

  @Test
  void replaysNothingOfAnUnknownWriter() {
    pid = "nobody-" + UUID.randomUUID();
    assertThat(replay(1, Long.MAX_VALUE, Long.MAX_VALUE)).isEmpty();
    assertThat(highest).isZero();
  }

  @Test
  void replayedEventsAreWhatWasWritten() {
    replay(1, 1, 1);
    PersistentRepr first = replayed.get(0);
    assertThat(first.payload()).isEqualTo("a-1");
    assertThat(first.persistenceId()).isEqualTo(pid);
    assertThat(first.writerUuid()).isEqualTo(writer);
    assertThat(first.deleted()).isFalse();
    assertThat(first.timestamp()).isPositive();
  }

  @Test
  void deletedEventsAreNotReplayed() {
    deleteTo(3);
    assertThat(replay(1, Long.MAX_VALUE, Long.MAX_VALUE)).containsExactly(4L, 5L);
  }

  @Test
  void highestSequenceNumberOutlivesEveryEvent() {
    deleteTo(Long.MAX_VALUE);
    assertThat(replay(1, Long.MAX_VALUE, Long.MAX_VALUE)).isEmpty();
    assertThat(highest).isEqualTo(5);
    write(6, 6);
    assertThat(replay(1, Long.MAX_VALUE, Long.MAX_VALUE)).containsExactly(6L);
  }

  @Test
  void deletingBeyondTheHighestLeavesItAsItWas() {
    deleteTo(100);
    replay(1, Long.MAX_VALUE, Long.MAX_VALUE);
    assertThat(highest).isEqualTo(5);
  }

  @Test
  void recoveryTellsTheHighestSequenceNumber() {
    replay(1, 0, 0);
    assertThat(highest).isEqualTo(5);
  }

  @Test
  void anAtomicBatchIsWrittenWhole() {
    write(List.of(atomic(6, 7, 8)));
    assertThat(replay(6, 8, 10)).containsExactly(6L, 7L, 8L);
  }

  @Test
  void aWriterThatIsOutOfDateIsFenced() {
    for (List<PersistentEnvelope> stale :
        List.<List<PersistentEnvelope>>of(
            List.of(atomic(5)), List.of(atomic(3, 4)), List.of(atomic(7)))) {
      send(stale);
      WriteMessagesFailed failed = probe.expectMsgClass(WriteMessagesFailed.class);
      assertThat(failed.cause()).isInstanceOf(FencedWriteException.class);
      probe.receiveN(stale.get(0).size());
    }
    assertThat(replay(1, Long.MAX_VALUE, Long.MAX_VALUE)).containsExactly(1L, 2L, 3L, 4L, 5L);
  }

  @Test
  void anEventThatCannotBeSerializedIsRejectedAndNothingWritten() {
    PersistentRepr bad = repr(6, new Object());
    send(List.of(AtomicWrite.apply(bad)));
    probe.expectMsgClass(WriteMessagesSuccessful$.class);
    probe.expectMsgClass(WriteMessageRejected.class);
    replay(1, Long.MAX_VALUE, Long.MAX_VALUE);
    assertThat(highest).isEqualTo(5);
  }

  @Test
  void tagsAreUnwrappedAndKept() {
    send(List.of(AtomicWrite.apply(repr(6, new Tagged("tagged", Set.of("red"))))));
    probe.expectMsgClass(WriteMessagesSuccessful$.class);
    probe.expectMsgClass(WriteMessageSuccess.class);
    replay(6, 6, 1);
    assertThat(replayed.get(0).payload()).isEqualTo("tagged");
    List<JournaledEvent> history = StoreFixture.await(HawserStore.get(system).events(pid, 6, 10));
    assertThat(history.get(0).tags()).containsExactly("red");
    assertThat(history.get(0).event()).isEqualTo("tagged");
  }

  @Test
  void aReplayOfManyPagesIsInOrder() {
    String text = "x".repeat(100_000);
    List<PersistentEnvelope> batch = new ArrayList<>();
    for (long seqNr = 6; seqNr <= 45; seqNr++) {
      batch.add(AtomicWrite.apply(repr(seqNr, text + seqNr)));
    }
    write(batch);
    assertThat(replay(1, Long.MAX_VALUE, Long.MAX_VALUE))
        .isEqualTo(LongStream.rangeClosed(1, 45).boxed().toList());
    assertThat(replayed.get(44).payload()).isEqualTo(text + 45);
  }

  @Test
  void aBatchOverTheLimitIsRefusedWithItsName() {
    byte[] huge = new byte[17 << 20];
    send(List.of(AtomicWrite.apply(repr(6, huge))));
    WriteMessagesFailed failed = probe.expectMsgClass(WriteMessagesFailed.class);
    assertThat(failed.cause()).hasMessageContaining("limits.write-bytes");
    probe.expectMsgClass(WriteMessageFailure.class);
  }

  private final List<PersistentRepr> replayed = new ArrayList<>();
  private long highest;

  private List<Long> replay(long from, long to, long max) {
    replayed.clear();
    journal.tell(new ReplayMessages(from, to, max, pid, probe.getRef()), probe.getRef());
    while (true) {
      Object next = probe.expectMsgAnyClassOf(ReplayedMessage.class, RecoverySuccess.class);
      if (next instanceof RecoverySuccess done) {
        highest = done.highestSequenceNr();
        return replayed.stream().map(PersistentRepr::sequenceNr).toList();
      }
      replayed.add(((ReplayedMessage) next).persistent());
    }
  }

  private void deleteTo(long sequenceNr) {
    journal.tell(new DeleteMessagesTo(pid, sequenceNr, probe.getRef()), probe.getRef());
    probe.expectMsgClass(DeleteMessagesSuccess.class);
  }

  private void write(long from, long to) {
    List<PersistentEnvelope> batch = new ArrayList<>();
    for (long seqNr = from; seqNr <= to; seqNr++) {
      batch.add(AtomicWrite.apply(repr(seqNr, "a-" + seqNr)));
    }
    write(batch);
  }

  private void write(List<PersistentEnvelope> batch) {
    send(batch);
    probe.expectMsgClass(WriteMessagesSuccessful$.class);
    int events = batch.stream().mapToInt(PersistentEnvelope::size).sum();
    for (Object result : probe.receiveN(events)) {
      assertThat(result).isInstanceOf(WriteMessageSuccess.class);
    }
  }

  private void send(List<PersistentEnvelope> batch) {
    journal.tell(
        new WriteMessages(
            CollectionConverters.asScala(batch).toSeq(), probe.getRef(), ACTOR_INSTANCE),
        probe.getRef());
  }

  private AtomicWrite atomic(long... sequenceNrs) {
    List<PersistentRepr> events = new ArrayList<>();
    for (long sequenceNr : sequenceNrs) {
      events.add(repr(sequenceNr, "b-" + sequenceNr));
    }
    return AtomicWrite.apply(
        CollectionConverters.asScala(Collections.unmodifiableList(events)).toSeq());
  }

  private PersistentRepr repr(long sequenceNr, Object payload) {
    return PersistentRepr.apply(payload, sequenceNr, pid, "", false, ActorRef.noSender(), writer);
  }
}
