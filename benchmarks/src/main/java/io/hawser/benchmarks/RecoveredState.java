package io.hawser.benchmarks;

import io.hawser.cluster.state.ClusterSnapshot;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.cluster.state.SplitSnapshot;
import java.util.List;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.persistence.typed.PersistenceId;
import org.apache.pekko.persistence.typed.RecoveryCompleted;
import org.apache.pekko.persistence.typed.SnapshotAdapter;
import org.apache.pekko.persistence.typed.javadsl.CommandHandler;
import org.apache.pekko.persistence.typed.javadsl.Effect;
import org.apache.pekko.persistence.typed.javadsl.EventHandler;
import org.apache.pekko.persistence.typed.javadsl.EventSourcedBehavior;
import org.apache.pekko.persistence.typed.javadsl.SignalHandler;

/** Reads the scheduler's state back as the scheduler does, and then writes what it is told. */
final class RecoveredState
    extends EventSourcedBehavior<RecoveredState.Write, SchedulerEvent, ClusterState> {
  static final String PERSISTENCE_ID = "scheduler";

  /** Persist these in one write. */
  record Write(List<SchedulerEvent> events, Runnable done) {}

  private final Consumer<ClusterState> recovered;

  private RecoveredState(Consumer<ClusterState> recovered) {
    super(PersistenceId.ofUniqueId(PERSISTENCE_ID));
    this.recovered = recovered;
  }

  static Behavior<Write> create(Consumer<ClusterState> recovered) {
    return Behaviors.setup(context -> new RecoveredState(recovered));
  }

  @Override
  public ClusterState emptyState() {
    return ClusterState.EMPTY;
  }

  @Override
  public CommandHandler<Write, SchedulerEvent, ClusterState> commandHandler() {
    return newCommandHandlerBuilder()
        .forAnyState()
        .onCommand(
            Write.class,
            write -> Effect().persist(write.events()).thenRun(after -> write.done().run()))
        .build();
  }

  @Override
  public EventHandler<ClusterState, SchedulerEvent> eventHandler() {
    return ClusterState::evolve;
  }

  @Override
  public SignalHandler<ClusterState> signalHandler() {
    return newSignalHandlerBuilder()
        .onSignal(RecoveryCompleted.instance(), recovered::accept)
        .build();
  }

  @Override
  public SnapshotAdapter<ClusterState> snapshotAdapter() {
    return new SnapshotAdapter<>() {
      @Override
      public Object toJournal(ClusterState state) {
        return SplitSnapshot.of(ClusterSnapshot.of(state));
      }

      @Override
      public ClusterState fromJournal(Object stored) {
        return SplitSnapshot.read(stored).toState();
      }
    };
  }
}
