package io.hawser.benchmarks;

import java.util.Collections;
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
  private static final String EVENT = "e".repeat(EVENT_BYTES);
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
    long start = System.nanoTime();
    return Effect()
        .persist(Collections.nCopies(write.events(), EVENT))
        .thenRun(after -> write.done().accept(System.nanoTime() - start));
  }

  @Override
  public EventHandler<Long, String> eventHandler() {
    return newEventHandlerBuilder().forAnyState().onAnyEvent((count, event) -> count + 1);
  }
}
