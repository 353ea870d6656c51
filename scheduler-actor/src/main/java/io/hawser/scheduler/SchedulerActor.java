package io.hawser.scheduler;

import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.protocol.NodeProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol.Command;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.scheduler.core.Configs;
import io.hawser.scheduler.core.Decision;
import io.hawser.scheduler.core.DecisionLimits;
import io.hawser.scheduler.core.Limits;
import io.hawser.scheduler.core.SchedulerCore;
import io.hawser.scheduler.core.SchedulerInput;
import io.hawser.scheduler.core.placement.PlacementMemory;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.persistence.typed.PersistenceId;
import org.apache.pekko.persistence.typed.RecoveryCompleted;
import org.apache.pekko.persistence.typed.SnapshotAdapter;
import org.apache.pekko.persistence.typed.javadsl.CommandHandler;
import org.apache.pekko.persistence.typed.javadsl.Effect;
import org.apache.pekko.persistence.typed.javadsl.EventHandler;
import org.apache.pekko.persistence.typed.javadsl.EventSourcedBehavior;
import org.apache.pekko.persistence.typed.javadsl.SignalHandler;

/**
 * The cluster's scheduler, a singleton. Gateways, entities and nodes talk to it; it decides nothing
 * itself but lets {@link SchedulerCore} decide, makes the events durable, and only then answers,
 * feeds the replicas and tells the nodes.
 *
 * <p>A failed write ends this run of the actor; it starts anew from the journal after a pause. When
 * the journal then shows that another scheduler has taken over, it stops for good: two of them
 * never write one after the other.
 */
public final class SchedulerActor
    extends EventSourcedBehavior<Command, SchedulerEvent, ClusterState> {
  public static final String PERSISTENCE_ID = "scheduler";

  /** The first message after the recovery; everything else waits until it is done. */
  private enum Begin implements Command {
    BEGIN
  }

  private enum Tick implements Command {
    /** The clock's. */
    SECOND,
    /** A pod may be moved to a better place. */
    REBALANCE
  }

  private enum CheckAssignments implements Command {
    CHECK
  }

  private enum Autoscale implements Command {
    NOW
  }

  private enum PlanDone implements Command {
    DONE
  }

  private enum Continue implements Command {
    NOW
  }

  private record UsageCame(NodeProtocol.NodeUsage usage) implements Command {}

  /** Both outlive the actor's restarts. */
  private record Terms(Tenure tenure, JournalLease lease) {}

  private final ActorContext<Command> context;
  private final TimerScheduler<Command> timers;
  private final String nodeName;
  private final SchedulerSettings settings;
  private final Tenure tenure;
  private final JournalLease lease;
  private final SecureRandom random = new SecureRandom();
  private final DoneRequests requests = new DoneRequests();
  private final PutOff putOff = new PutOff();
  private final Members members;
  private final Planning planning;
  private final Rebalancing rebalancing;
  private final UsageReads usage;
  private final Snapshots snapshots;
  private final DecisionLimits limits;
  private final Replicas replicas;
  private NodeLinks nodes;
  private NodeDesk desk;
  private PlacementMemory memory;
  private boolean begun;

  /**
   * The scheduler, for {@link SchedulerProtocol#start}.
   *
   * @param nodeName the name of the node it runs on
   */
  public static Behavior<Command> create(String nodeName) {
    return Behaviors.setup(
        context ->
            create(nodeName, SchedulerSettings.from(context.getSystem().settings().config())));
  }

  static Behavior<Command> create(String nodeName, SchedulerSettings settings) {
    return Behaviors.setup(
        context ->
            create(nodeName, settings, JournalLease.majority(context.getSystem(), settings)));
  }

  static Behavior<Command> create(
      String nodeName, SchedulerSettings settings, BooleanSupplier majority) {
    return Behaviors.setup(
        outer -> {
          Tenure tenure = new Tenure();
          JournalLease lease = new JournalLease(majority, settings.clock().instant());
          Behavior<Command> scheduler =
              Behaviors.setup(
                  context ->
                      Behaviors.withTimers(
                          timers ->
                              new SchedulerActor(
                                  context, timers, nodeName, settings, new Terms(tenure, lease))));
          return Behaviors.supervise(scheduler)
              .onFailure(Exception.class, SchedulerSettings.pause());
        });
  }

  private SchedulerActor(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      String nodeName,
      SchedulerSettings settings,
      Terms terms) {
    super(PersistenceId.ofUniqueId(PERSISTENCE_ID), SchedulerSettings.pause());
    this.context = context;
    this.timers = timers;
    this.nodeName = nodeName;
    this.settings = settings;
    this.tenure = terms.tenure();
    this.lease = terms.lease();
    this.members = new Members(context, settings.clock());
    this.planning = new Planning(context, settings, PlanDone.DONE);
    this.rebalancing = new Rebalancing(settings.rebalanceMovesPerMinute());
    this.usage = new UsageReads(settings.autoscaleEvery());
    this.snapshots = new Snapshots(context, settings);
    this.limits = new DecisionLimits(Limits.MAX_PODS_PER_DECISION, settings.stateChars());
    this.replicas = new Replicas(context);
  }

  @Override
  public ClusterState emptyState() {
    return ClusterState.EMPTY;
  }

  @Override
  public EventHandler<ClusterState, SchedulerEvent> eventHandler() {
    return (state, event) -> {
      if (event instanceof SchedulerEvent.SchedulerStarted started) {
        tenure.finds(started);
      }
      snapshots.count(event);
      ClusterState after =
          memory == null ? state.evolve(event) : memory.foresight().evolve(state, event);
      if (event instanceof SchedulerEvent.RequestDone done) {
        requests.add(done, after.revision());
        followBeyondDecision(state, event, after);
      }
      return after;
    };
  }

  /** An event that no decision has: unfollowed, it would cost placement's index. */
  private void followBeyondDecision(ClusterState before, SchedulerEvent event, ClusterState after) {
    if (memory != null) {
      memory.follow(before, event, after);
    }
  }

  @Override
  public SignalHandler<ClusterState> signalHandler() {
    return newSignalHandlerBuilder()
        .onSignal(RecoveryCompleted.instance(), this::onRecovered)
        .build();
  }

  /** Also after a failed write: then this very object goes on with what the journal has. */
  private void onRecovered(ClusterState state) {
    requests.forgetAfter(state.revision());
    begun = false;
    // What it has followed may not have been written.
    memory = new PlacementMemory(settings.placement());
    replicas.begin(state);
    nodes = new NodeLinks(address -> NodeProtocol.at(context.getSystem(), address)::tell);
    desk = new NodeDesk(members, nodes, this::seed, this::decide);
    snapshots.begin();
    context.getSelf().tell(Begin.BEGIN);
  }

  @Override
  public CommandHandler<Command, SchedulerEvent, ClusterState> commandHandler() {
    return newCommandHandlerBuilder()
        .forAnyState()
        .onCommand(SchedulerProtocol.JournalRestored.class, c -> readAnew())
        .onCommand(Begin.class, (state, c) -> onBegin(state))
        .onCommand(c -> !begun, (state, c) -> Effect().stash())
        .onCommand(c -> speaks(c) && !lease.isHeld(now()), (state, c) -> Effect().none())
        .onCommand(SchedulerProtocol.Submit.class, this::onSubmit)
        .onCommand(
            SchedulerProtocol.RegisterNode.class,
            (state, c) -> carryOut(state, desk.register(state, c, now())))
        .onCommand(
            SchedulerProtocol.ReportPods.class,
            (state, c) ->
                desk.report(state, c, now())
                    .map(step -> carryOut(state, step))
                    .orElseGet(() -> Effect().none()))
        .onCommand(
            SchedulerProtocol.ResyncNode.class,
            unwritten((state, c) -> desk.resync(state, c, now())))
        .onCommand(SchedulerProtocol.SawEpoch.class, this::onSawEpoch)
        .onCommand(SchedulerProtocol.ReadConfig.class, unwritten(this::onReadConfig))
        .onCommand(SchedulerProtocol.Subscribe.class, unwritten(replicas::subscribe))
        .onCommand(
            SchedulerProtocol.Unsubscribe.class, unwritten((state, c) -> replicas.unsubscribe(c)))
        .onCommand(SchedulerProtocol.Locate.class, unwritten(this::onLocate))
        .onCommand(SchedulerProtocol.Explain.class, unwritten(planning::explain))
        .onCommand(SchedulerProtocol.Plan.class, unwritten(planning::plan))
        .onCommand(SchedulerProtocol.Rehearse.class, unwritten(planning::rehearse))
        .onCommand(PlanDone.class, unwritten((state, c) -> planning.onDone()))
        .onCommand(Tick.class, this::onTick)
        .onCommand(Continue.class, (state, c) -> carryOut(state, putOff.take(now(), seed())))
        .onCommand(UsageCame.class, this::onUsageCame)
        .onCommand(Autoscale.class, (state, c) -> autoscale(state))
        .onCommand(
            CheckAssignments.class, unwritten((state, c) -> nodes.check(state, members.workers())))
        .onCommand(Members.Changed.class, unwritten((state, c) -> members.changed(state, c, now())))
        .onCommand(Members.LoseNode.class, this::onLoseNode)
        .onCommand(Replicas.SnapshotReady.class, unwritten(replicas::onPrepared))
        .onCommand(Replicas.SnapshotFailed.class, unwritten((state, c) -> replicas.onFailed(c)))
        .onCommand(SnapshotKeeper.Kept.class, unwritten((state, c) -> snapshots.done(c)))
        .build();
  }

  /** The handler of a command that changes nothing in the journal. */
  private <C extends Command>
      BiFunction<ClusterState, C, Effect<SchedulerEvent, ClusterState>> unwritten(
          BiConsumer<ClusterState, C> handler) {
    return (state, command) -> {
      handler.accept(state, command);
      return Effect().none();
    };
  }

  /**
   * What makes it decide, answer or give orders. Who asked hears nothing and asks again: this
   * scheduler once the majority is back, or its successor.
   */
  private static boolean speaks(Command command) {
    return !(command instanceof Members.Changed
        || command instanceof PlanDone
        || command instanceof Replicas.SnapshotReady
        || command instanceof Replicas.SnapshotFailed
        || command instanceof SnapshotKeeper.Kept
        || command instanceof SchedulerProtocol.Unsubscribe);
  }

  /** The first write carries the new epoch: it shuts out whoever wrote before. */
  private Effect<SchedulerEvent, ClusterState> onBegin(ClusterState state) {
    if (tenure.isOver(state.epoch())) {
      return end(state);
    }
    if (!lease.hasMajority()) {
      // In a splinter of the cluster its first write would shut out the scheduler of the rest.
      timers.startSingleTimer(Begin.BEGIN, SchedulerSettings.BEGIN_RETRY);
      return Effect().none();
    }
    members.start(state, now());
    Decision decision = decide(state, new SchedulerInput.SchedulerStarts(now(), seed(), nodeName));
    tenure.tries((SchedulerEvent.SchedulerStarted) decision.events().get(0));
    return Effect()
        .persist(decision.events())
        .thenRun(
            after -> {
              begun = true;
              replicas.publish(after.epoch(), decision.events());
              introduce(after);
              timers.startTimerWithFixedDelay(
                  Tick.SECOND, Tick.SECOND, SchedulerSettings.TICK_INTERVAL);
              timers.startTimerWithFixedDelay(
                  CheckAssignments.CHECK,
                  CheckAssignments.CHECK,
                  SchedulerSettings.ASSIGNMENT_CHECK_INTERVAL);
              context.getLog().info("Scheduler of epoch {} on {}", after.epoch(), nodeName);
            })
        .thenUnstashAll();
  }

  /** Silent until then: it has not begun. */
  private Effect<SchedulerEvent, ClusterState> end(ClusterState state) {
    if (tenure.waitsForWord()) {
      context
          .getLog()
          .warn("Another one's epoch {}: this one ends unless it was restored", state.epoch());
      timers.startSingleTimer(Begin.BEGIN, SchedulerSettings.WORD_OF_RESTORE);
      return Effect().none();
    }
    context
        .getLog()
        .error("Another scheduler has taken over (epoch {}); this one ends", state.epoch());
    return Effect().stop();
  }

  private Effect<SchedulerEvent, ClusterState> onSubmit(
      ClusterState state, SchedulerProtocol.Submit submit) {
    Optional<Answer> before = requests.answer(submit.requestId());
    if (before.isPresent()) {
      submit.replyTo().tell(before.get());
      return Effect().none();
    }
    Decision decision =
        decide(state, new SchedulerInput.Requested(now(), seed(), submit.request()));
    return carryOut(
        state,
        DoneRequests.noted(decision, submit.requestId(), now()),
        after -> decision.answer().ifPresent(a -> submit.replyTo().tell(a)));
  }

  /** The journal is an older one than the nodes': they would refuse every order for ever. */
  private Effect<SchedulerEvent, ClusterState> onSawEpoch(
      ClusterState state, SchedulerProtocol.SawEpoch saw) {
    if (saw.epoch() <= state.epoch()) {
      return Effect().none();
    }
    context
        .getLog()
        .warn(
            "A node has seen epoch {}, the journal ends with {}: it was restored; a newer one begins",
            saw.epoch(),
            state.epoch());
    Decision decision =
        decide(state, new SchedulerInput.SchedulerStarts(now(), seed(), nodeName, saw.epoch()));
    tenure.tries((SchedulerEvent.SchedulerStarted) decision.events().get(0));
    return carryOut(state, decision, this::introduce);
  }

  private void introduce(ClusterState state) {
    nodes.introduce(state, tenure.isOfRestoredJournal() ? members.workers() : Set.of());
  }

  /** Its supervisor starts it again. */
  private Effect<SchedulerEvent, ClusterState> readAnew() {
    tenure.forget();
    throw new IllegalStateException("the journal was restored from a backup: it is read anew");
  }

  private void onReadConfig(ClusterState state, SchedulerProtocol.ReadConfig read) {
    read.replyTo().tell(new NodeProtocol.ConfigRead(Configs.read(state, read.node(), read.key())));
  }

  private void onLocate(ClusterState state, SchedulerProtocol.Locate locate) {
    locate
        .replyTo()
        .tell(
            new SchedulerProtocol.Located(
                nodeName, state.epoch(), state.revision(), limits.maxChars()));
  }

  private Effect<SchedulerEvent, ClusterState> onTick(ClusterState state, Tick tick) {
    if (tick == Tick.SECOND) {
      replicas.keepAlive(state.epoch());
      members.tellLost(state, now());
      askForUsage(state);
      if (rebalancing.isDue(now())) {
        context.getSelf().tell(Tick.REBALANCE);
      }
    } else if (tick == Tick.REBALANCE) {
      return carryOut(state, new SchedulerInput.Rebalances(now(), seed(), 1));
    }
    return carryOut(state, new SchedulerInput.Tick(now(), seed()));
  }

  private void askForUsage(ClusterState state) {
    usage.ask(
        state,
        now(),
        context.getSystem(),
        context.messageAdapter(NodeProtocol.NodeUsage.class, UsageCame::new));
    if (usage.isComplete(now())) {
      context.getSelf().tell(Autoscale.NOW);
    }
  }

  private Effect<SchedulerEvent, ClusterState> onUsageCame(ClusterState state, UsageCame came) {
    usage.add(came.usage());
    return usage.isComplete(now()) ? autoscale(state) : Effect().none();
  }

  private Effect<SchedulerEvent, ClusterState> autoscale(ClusterState state) {
    if (!usage.isComplete(now())) {
      return Effect().none();
    }
    return carryOut(state, new SchedulerInput.UsageRead(now(), seed(), usage.take()));
  }

  private Effect<SchedulerEvent, ClusterState> onLoseNode(
      ClusterState state, Members.LoseNode lose) {
    return carryOut(state, new SchedulerInput.NodeGone(now(), seed(), lose.node(), lose.reason()));
  }

  private Effect<SchedulerEvent, ClusterState> carryOut(ClusterState state, SchedulerInput input) {
    return carryOut(state, decide(state, input), after -> {});
  }

  private Effect<SchedulerEvent, ClusterState> carryOut(
      ClusterState before, Decision decision, Consumer<ClusterState> then) {
    return carryOut(before, new NodeDesk.Step(decision, Optional.empty(), then));
  }

  /** Carries a decision out: durable first, then everyone who has to know. */
  private Effect<SchedulerEvent, ClusterState> carryOut(ClusterState before, NodeDesk.Step step) {
    Decision decision = step.decision();
    if (putOff.add(decision)) {
      context.getSelf().tell(Continue.NOW);
    }
    if (decision.events().isEmpty()) {
      step.then().accept(before);
      return Effect().none();
    }
    return Effect()
        .persist(decision.events())
        .thenRun(
            after -> {
              replicas.publish(after.epoch(), decision.events());
              nodes.passOn(before, after, decision.events(), step.registering());
              snapshots.follow(after, requests);
              step.then().accept(after);
            });
  }

  private Decision decide(ClusterState state, SchedulerInput input) {
    return SchedulerCore.decide(state, input, memory, limits);
  }

  private long seed() {
    return random.nextLong();
  }

  private Instant now() {
    return settings.clock().instant();
  }

  @Override
  public String journalPluginId() {
    return settings.journalPlugin();
  }

  @Override
  public String snapshotPluginId() {
    return settings.snapshotPlugin();
  }

  @Override
  public Optional<Integer> stashCapacity() {
    return Optional.of(SchedulerSettings.MAX_WAITING_COMMANDS);
  }

  @Override
  public SnapshotAdapter<ClusterState> snapshotAdapter() {
    return new StoredState(requests, snapshots);
  }
}
