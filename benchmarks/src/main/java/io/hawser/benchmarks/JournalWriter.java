package io.hawser.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongConsumer;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.persistence.typed.PersistenceId;
import org.apache.pekko.persistence.typed.javadsl.CommandHandler;
import org.apache.pekko.persistence.typed.javadsl.Effect;
import org.apache.pekko.persistence.typed.javadsl.EventHandler;
import org.apache.pekko.persistence.typed.javadsl.EventSourcedBehavior;
import org.apache.pekko.persistence.typed.javadsl.RetentionCriteria;

/** Persists what it is told and counts, with snapshots and deletion of old events. */
final class JournalWriter extends EventSourcedBehavior<JournalWriter.Write, String, Long> {
  static final int EVENT_BYTES = 200;
  private static final String DIGITS = "0123456789abcdef";
  private static final int SNAPSHOT_EVERY = 1_000;

  /** Persist so many events in one write and tell the nanoseconds it took. */
  record Write(int events, LongConsumer done) {}

  private JournalWriter(String id) {
    super(PersistenceId.ofUniqueId(id));
  }

  static Behavior<Write> create(String id) {
    return Behaviors.setup(context -> new JournalWriter(id));
  }

  @Override
  public Long emptyState() {
    return 0L;
  }

  @Override
  public RetentionCriteria retentionCriteria() {
    return RetentionCriteria.snapshotEvery(SNAPSHOT_EVERY, 2).withDeleteEventsOnSnapshot();
  }

  @Override
  public CommandHandler<Write, String, Long> commandHandler() {
    return newCommandHandlerBuilder().forAnyState().onCommand(Write.class, this::onWrite).build();
  }

  private Effect<String, Long> onWrite(Long count, Write write) {
    List<String> events = events(count, write.events());
    long start = System.nanoTime();
    return Effect()
        .persist(events)
        .thenRun(after -> write.done().accept(System.nanoTime() - start));
  }

  /** Unlike each other: packed, they still take half of their bytes. The same in every run. */
  private static List<String> events(long first, int count) {
    SplittableRandom random = new SplittableRandom(first);
    List<String> events = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      StringBuilder event = new StringBuilder(EVENT_BYTES);
      while (event.length() < EVENT_BYTES) {
        long bits = random.nextLong();
        for (int digit = 0; digit < Long.SIZE / 4 && event.length() < EVENT_BYTES; digit++) {
          event.append(DIGITS.charAt((int) (bits >>> 4 * digit) & 0xf));
        }
      }
      events.add(event.toString());
    }
    return events;
  }

  @Override
  public EventHandler<Long, String> eventHandler() {
    return newEventHandlerBuilder().forAnyState().onAnyEvent((count, event) -> count + 1);
  }
}
