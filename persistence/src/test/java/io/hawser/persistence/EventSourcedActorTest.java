package io.hawser.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.persistence.typed.PersistenceId;
import org.apache.pekko.persistence.typed.javadsl.CommandHandler;
import org.apache.pekko.persistence.typed.javadsl.Effect;
import org.apache.pekko.persistence.typed.javadsl.EventHandler;
import org.apache.pekko.persistence.typed.javadsl.EventSourcedBehavior;
import org.apache.pekko.persistence.typed.javadsl.RetentionCriteria;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A persistent actor as the scheduler is one: batches, snapshots, old events deleted. */
class EventSourcedActorTest {
  private static final int SNAPSHOT_EVERY = 10;
  private static final String ID = "scheduler";

  @TempDir Path dir;
  private ActorSystem<Object> system;
  private int incarnation;

  @BeforeEach
  void start() {
    system =
        ActorSystem.create(
            Behaviors.empty(), "store", StoreFixture.config(dir, "n1", StoreFixture.freePorts(1)));
    StoreFixture.await(HawserStore.get(system).ready());
  }

  @AfterEach
  void stop() {
    system.terminate();
    StoreFixture.await(system.getWhenTerminated());
  }

  @Test
  void theStateIsBackAfterARestart() {
    ActorRef<Counter.Command> counter = spawn();
    for (int i = 0; i < 7; i++) {
      add(counter, 5);
    }
    stop();
    start();
    assertThat(add(spawn(), 1)).isEqualTo(36L);
  }

  @Test
  void retentionBoundsWhatIsKept() {
    ActorRef<Counter.Command> counter = spawn();
    for (int i = 0; i < 20; i++) {
      add(counter, SNAPSHOT_EVERY);
    }
    // Deleting goes on behind the answer.
    await()
        .atMost(StoreFixture.PATIENCE)
        .untilAsserted(
            () -> {
              List<JournaledEvent> kept =
                  StoreFixture.await(HawserStore.get(system).events(ID, 1, 1000));
              assertThat(kept).hasSizeLessThanOrEqualTo(3 * SNAPSHOT_EVERY);
              assertThat(kept.get(kept.size() - 1).sequenceNr()).isEqualTo(200);
            });
  }

  @Test
  void twoActorsWithOneIdCannotBothGoOn() {
    ActorRef<Counter.Command> first = spawn();
    assertThat(add(first, 1)).isEqualTo(1L);
    ActorRef<Counter.Command> second = spawn();
    assertThat(add(second, 1)).isEqualTo(2L);

    CompletableFuture<Long> answer = new CompletableFuture<>();
    first.tell(new Counter.Add(1, answer));
    // The first is stopped by its fenced write; the second is the only writer.
    assertThat(add(second, 1)).isEqualTo(3L);
    assertThat(answer).isNotDone();
    stop();
    start();
    assertThat(add(spawn(), 1)).isEqualTo(4L);
  }

  private ActorRef<Counter.Command> spawn() {
    return system.systemActorOf(
        Behaviors.setup(context -> new Counter()), "counter-" + ++incarnation, Props.empty());
  }

  private static long add(ActorRef<Counter.Command> counter, int count) {
    CompletableFuture<Long> answer = new CompletableFuture<>();
    counter.tell(new Counter.Add(count, answer));
    return StoreFixture.await(answer);
  }

  /** Counts with one event each. */
  private static final class Counter extends EventSourcedBehavior<Counter.Command, String, Long> {
    interface Command {}

    /** Adds in one batch and tells the sum. */
    record Add(int count, CompletableFuture<Long> sum) implements Command {}

    Counter() {
      super(PersistenceId.ofUniqueId(ID));
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
    public CommandHandler<Command, String, Long> commandHandler() {
      return newCommandHandlerBuilder()
          .forAnyState()
          .onCommand(
              Add.class,
              add ->
                  Effect()
                      .persist(Collections.nCopies(add.count(), "one"))
                      .thenRun(sum -> add.sum().complete(sum)))
          .build();
    }

    @Override
    public EventHandler<Long, String> eventHandler() {
      return newEventHandlerBuilder().forAnyState().onAnyEvent((sum, event) -> sum + 1);
    }
  }
}
