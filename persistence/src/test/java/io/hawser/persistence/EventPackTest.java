package io.hawser.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hawser.persistence.StoreCommand.AppendEvents;
import io.hawser.persistence.StoreCommand.StoredEvent;
import io.hawser.persistence.StoreQuery.ReadEvents;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** A log with three writes: numbers 1 to 20, 21 to 23, 24 to 40. */
class EventPackTest {
  private static final String ID = "scheduler";
  private static final int PAGE_BYTES = 1 << 20;

  private final EventLog log = new EventLog();

  EventPackTest() {
    append(1, 20);
    append(21, 23);
    append(24, 40);
  }

  private static StoredEvent event(long number) {
    String text = (char) 1 + "an event like all others but for its number, which is " + number;
    return new StoredEvent(number, text.repeat(5).getBytes(StandardCharsets.UTF_8));
  }

  private void append(long from, long to) {
    List<StoredEvent> events = new ArrayList<>();
    for (long number = from; number <= to; number++) {
      events.add(event(number));
    }
    assertThat(log.append(new AppendEvents(UUID.randomUUID(), ID, EventPack.of(events)))).isTrue();
  }

  private static List<StoredEvent> read(EventLog log, long from, long to, int max, int bytes)
      throws IOException {
    EventPack.Reader reader = new EventPack.Reader();
    List<StoredEvent> events = new ArrayList<>();
    for (StoredEvent stored : log.read(new ReadEvents(ID, from, to, max, bytes))) {
      StoredEvent event = reader.alone(stored);
      if (event.sequenceNr() >= from) {
        events.add(event);
      }
    }
    return events;
  }

  private static void assertAre(List<StoredEvent> events, long from, long to) {
    assertThat(events).extracting(StoredEvent::sequenceNr).first().isEqualTo(from);
    assertThat(events).hasSize((int) (to - from + 1));
    for (StoredEvent event : events) {
      assertThat(event.body()).isEqualTo(event(event.sequenceNr()).body());
    }
  }

  @Test
  void fromWhereverALogIsReadTheEventsAreWhatTheyWere() throws IOException {
    for (long from = 1; from <= 40; from++) {
      assertAre(read(log, from, 40, 100, PAGE_BYTES), from, 40);
      assertAre(read(log, from, 40, 1, PAGE_BYTES), from, from);
      assertAre(
          read(log, from, Math.min(40, from + 2), 100, PAGE_BYTES), from, Math.min(40, from + 2));
      assertThat(read(log, from, 40, 100, 1)).isNotEmpty();
    }
  }

  @Test
  void whatIsPackedTogetherIsDeletedTogether() throws IOException {
    log.deleteEvents(10);
    assertThat(log.events()).hasSize(40);
    assertAre(read(log, 11, 40, 100, PAGE_BYTES), 11, 40);
    log.deleteEvents(20);
    assertThat(log.events()).hasSize(20);
    log.deleteEvents(22);
    assertThat(log.events()).hasSize(18);
    log.deleteEvents(39);
    assertAre(read(log, 40, 40, 100, PAGE_BYTES), 40, 40);
    log.deleteEvents(Long.MAX_VALUE);
    assertThat(log.events()).isEmpty();
    assertThat(log.bytes()).isZero();
  }

  @Test
  void aPackTakesLittleAndSurvivesTheStoresOwnFile() throws IOException {
    long alone = 40 * (event(40).body().length + EventLog.OVERHEAD_BYTES);
    assertThat(log.bytes()).isLessThan(alone / 2);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    log.writeTo(new DataOutputStream(bytes));
    EventLog back =
        EventLog.readFrom(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
    assertAre(read(back, 15, 30, 100, PAGE_BYTES), 15, 30);
  }

  @Test
  void anEventWithoutItsFirstIsDamaged() {
    EventPack.Reader reader = new EventPack.Reader();
    assertThatThrownBy(() -> reader.alone(log.events().get(5)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("event 6 is without its first, 1");
  }
}
