package io.hawser.persistence;

import java.util.ArrayList;
import java.util.List;
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
final class MeasuredActor extends EventSourcedBehavior<MeasuredActor.Write, String, Long> {
  private static final String EVENT = "e".repeat(200);

  /** Persist so many events and tell the nanoseconds it took. */
  record Write(int events, LongConsumer done) {}

  private MeasuredActor(String id) {
    super(PersistenceId.ofUniqueId(id));
  }

  static Behavior<Write> create(String id) {
    return Behaviors.setup(context -> new MeasuredActor(id));
  }

  @Override
  public Long emptyState() {
    return 0L;
  }

  @Override
  public RetentionCriteria retentionCriteria() {
    return RetentionCriteria.snapshotEvery(500, 2).withDeleteEventsOnSnapshot();
  }

  @Override
  public CommandHandler<Write, String, Long> commandHandler() {
    return newCommandHandlerBuilder()
        .forAnyState()
        .onCommand(
            Write.class,
            write -> {
              long start = System.nanoTime();
              List<String> events = new ArrayList<>();
              for (int i = 0; i < write.events(); i++) {
                events.add(EVENT);
              }
              return Effect()
                  .persist(events)
                  .thenRun(state -> write.done().accept(System.nanoTime() - start));
            })
        .build();
  }

  @Override
  public EventHandler<Long, String> eventHandler() {
    return newEventHandlerBuilder().forAnyState().onAnyEvent((count, event) -> count + 1);
  }
}
