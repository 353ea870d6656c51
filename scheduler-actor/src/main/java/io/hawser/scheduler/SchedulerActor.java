package io.hawser.scheduler;

import io.hawser.cluster.membership.Splinter;
import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.protocol.FeedProtocol;
import io.hawser.cluster.protocol.NodeProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol.Command;
import io.hawser.cluster.state.ClusterSnapshot;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.cluster.state.SplitSnapshot;
import io.hawser.model.Node;
import io.hawser.persistence.HawserStore;
import io.hawser.scheduler.core.Configs;
import io.hawser.scheduler.core.Decision;
import io.hawser.scheduler.core.SchedulerCore;
import io.hawser.scheduler.core.SchedulerInput;
import io.hawser.scheduler.core.placement.PlacementMemory;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.BackoffSupervisorStrategy;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.cluster.ClusterEvent;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.persistence.typed.PersistenceId;
import org.apache.pekko.persistence.typed.RecoveryCompleted;
import org.apache.pekko.persistence.typed.SnapshotAdapter;
import org.apache.pekko.persistence.typed.javadsl.CommandHandler;
import org.apache.pekko.persistence.typed.javadsl.Effect;
import org.apache.pekko.persistence.typed.javadsl.EventHandler;
import org.apache.pekko.persistence.typed.javadsl.EventSourcedBehavior;
import org.apache.pekko.persistence.typed.javadsl.SignalHandler;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.serialization.SerializationExtension;

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
    /** There is more to do at once. */
    CONTINUE,
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

  /** Something about the members has changed; which are lost follows from the watch. */
  record MembersChanged(ClusterEvent.ClusterDomainEvent event) implements Command {}

  /** The members say so. */
  record LoseNode(String node, String reason) implements Command {}

  private record UsageCame(NodeProtocol.NodeUsage usage) implements Command {}

  private record SnapshotReady(
      long revision, byte[] bytes, ActorRef<FeedProtocol.Message> subscriber) implements Command {}

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
  private final Members members;
  private final Planning planning;
  private final Rebalancing rebalancing;
  private final UsageReads usage;
  private final Snapshots snapshots;
  private NodeLinks nodes;
  private ReportOrder reports;
  private Feed feed;
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
        context -> create(nodeName, settings, majority(context.getSystem(), settings)));
  }

  /** Another journal than the replicated one has no majority to lose; its fence has to do. */
  private static BooleanSupplier majority(ActorSystem<?> system, SchedulerSettings settings) {
    if (!settings.journalPlugin().equals(SchedulerSettings.REPLICATED_JOURNAL)) {
      return () -> true;
    }
    HawserStore store = HawserStore.get(system);
    Cluster cluster = Cluster.get(system);
    return () -> store.reachesMajority() && !Splinter.is(cluster.state(), store.voters());
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
          return Behaviors.supervise(scheduler).onFailure(Exception.class, pause());
        });
  }

  private static BackoffSupervisorStrategy pause() {
    return SupervisorStrategy.restartWithBackoff(
        SchedulerSettings.RESTART_MIN_BACKOFF,
        SchedulerSettings.RESTART_MAX_BACKOFF,
        SchedulerSettings.RESTART_JITTER);
  }

  private SchedulerActor(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      String nodeName,
      SchedulerSettings settings,
      Terms terms) {
    super(PersistenceId.ofUniqueId(PERSISTENCE_ID), pause());
    this.context = context;
    this.timers = timers;
    this.nodeName = nodeName;
    this.settings = settings;
    this.tenure = terms.tenure();
    this.lease = terms.lease();
    this.members = new Members(context, MembersChanged::new);
    this.planning = new Planning(context, settings.placement(), PlanDone.DONE);
    this.rebalancing = new Rebalancing(settings.rebalanceMovesPerMinute());
    this.usage = new UsageReads(settings.autoscaleEvery());
    this.snapshots = new Snapshots(context, settings);
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
    feed = new Feed(state.revision());
    nodes = new NodeLinks(address -> NodeProtocol.at(context.getSystem(), address)::tell);
    reports = new ReportOrder();
    snapshots.begin();
    context.getSelf().tell(Begin.BEGIN);
  }

  @Override
  public CommandHandler<Command, SchedulerEvent, ClusterState> commandHandler() {
    return newCommandHandlerBuilder()
        .forAnyState()
        .onCommand(Begin.class, (state, c) -> onBegin(state))
        .onCommand(c -> !begun, (state, c) -> Effect().stash())
        .onCommand(c -> speaks(c) && !lease.isHeld(now()), (state, c) -> Effect().none())
        .onCommand(SchedulerProtocol.Submit.class, this::onSubmit)
        .onCommand(SchedulerProtocol.RegisterNode.class, this::onRegisterNode)
        .onCommand(SchedulerProtocol.ReportPods.class, this::onReportPods)
        .onCommand(SchedulerProtocol.ResyncNode.class, this::onResyncNode)
        .onCommand(SchedulerProtocol.SawEpoch.class, this::onSawEpoch)
        .onCommand(SchedulerProtocol.ReadConfig.class, this::onReadConfig)
        .onCommand(SchedulerProtocol.Subscribe.class, this::onSubscribe)
        .onCommand(SchedulerProtocol.Unsubscribe.class, this::onUnsubscribe)
        .onCommand(SchedulerProtocol.Locate.class, this::onLocate)
        .onCommand(SchedulerProtocol.Explain.class, this::onExplain)
        .onCommand(SchedulerProtocol.Plan.class, this::onPlan)
        .onCommand(PlanDone.class, (state, c) -> onPlanDone())
        .onCommand(Tick.class, this::onTick)
        .onCommand(UsageCame.class, this::onUsageCame)
        .onCommand(Autoscale.class, (state, c) -> autoscale(state))
        .onCommand(CheckAssignments.class, (state, c) -> onCheckAssignments(state))
        .onCommand(MembersChanged.class, this::onMembersChanged)
        .onCommand(LoseNode.class, this::onLoseNode)
        .onCommand(SnapshotReady.class, this::onSnapshotReady)
        .onCommand(SnapshotKeeper.Kept.class, (state, c) -> onKept(c))
        .build();
  }

  /**
   * What makes it decide, answer or give orders. Who asked hears nothing and asks again: this
   * scheduler once the majority is back, or its successor.
   */
  private static boolean speaks(Command command) {
    return !(command instanceof MembersChanged
        || command instanceof PlanDone
        || command instanceof SnapshotReady
        || command instanceof SnapshotKeeper.Kept
        || command instanceof SchedulerProtocol.Unsubscribe);
  }

  /** The first write carries the new epoch: it shuts out whoever wrote before. */
  private Effect<SchedulerEvent, ClusterState> onBegin(ClusterState state) {
    if (tenure.isOver(state.epoch())) {
      context
          .getLog()
          .error("Another scheduler has taken over (epoch {}); this one ends", state.epoch());
      return Effect().stop();
    }
    if (!lease.hasMajority()) {
      // In a splinter of the cluster its first write would shut out the scheduler of the rest.
      timers.startSingleTimer(Begin.BEGIN, SchedulerSettings.BEGIN_RETRY);
      return Effect().none();
    }
    members.start(state, now());
    Decision decision =
        SchedulerCore.decide(
            state, new SchedulerInput.SchedulerStarts(now(), random.nextLong(), nodeName), memory);
    tenure.tries((SchedulerEvent.SchedulerStarted) decision.events().get(0));
    return Effect()
        .persist(decision.events())
        .thenRun(
            after -> {
              begun = true;
              feed.publish(after.epoch(), decision.events());
              nodes.introduce(after);
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

  private Effect<SchedulerEvent, ClusterState> onSubmit(
      ClusterState state, SchedulerProtocol.Submit submit) {
    Optional<Answer> before = requests.answer(submit.requestId());
    if (before.isPresent()) {
      submit.replyTo().tell(before.get());
      return Effect().none();
    }
    Decision decision =
        SchedulerCore.decide(
            state,
            new SchedulerInput.Requested(now(), random.nextLong(), submit.request()),
            memory);
    return carryOut(
        state,
        DoneRequests.noted(decision, submit.requestId(), now()),
        after -> decision.answer().ifPresent(a -> submit.replyTo().tell(a)));
  }

  private Effect<SchedulerEvent, ClusterState> onRegisterNode(
      ClusterState state, SchedulerProtocol.RegisterNode register) {
    members.heard(register.info().name(), register.info().incarnation(), now());
    tellLost(state);
    Decision decision =
        SchedulerCore.decide(
            state,
            new SchedulerInput.NodeRegisters(
                now(), random.nextLong(), register.info(), register.pods()),
            memory);
    return carryOut(
        state,
        decision,
        Optional.of(register.info().name()),
        after ->
            after
                .node(register.info().name())
                .ifPresent(node -> nodes.assign(after, node, register.node()::tell)));
  }

  private Effect<SchedulerEvent, ClusterState> onReportPods(
      ClusterState state, SchedulerProtocol.ReportPods report) {
    if (!isRegistered(state, report.node(), report.incarnation())) {
      report.replyTo().tell(new NodeProtocol.RegisterAgain(state.epoch()));
      return Effect().none();
    }
    members.heard(report.node(), report.incarnation(), now());
    NodeProtocol.ReportAccepted accepted = new NodeProtocol.ReportAccepted(report.number());
    if (reports.isDone(report.node(), report.incarnation(), report.number())) {
      report.replyTo().tell(accepted);
      return Effect().none();
    }
    Decision decision =
        SchedulerCore.decide(
            state,
            new SchedulerInput.PodsReported(now(), random.nextLong(), report.node(), report.pods()),
            memory);
    return carryOut(
        state,
        decision,
        after -> {
          reports.done(report.node(), report.incarnation(), report.number());
          report.replyTo().tell(accepted);
        });
  }

  private Effect<SchedulerEvent, ClusterState> onResyncNode(
      ClusterState state, SchedulerProtocol.ResyncNode resync) {
    Optional<Node> node =
        state.node(resync.node()).filter(n -> isRegistered(state, n.name(), resync.incarnation()));
    if (node.isPresent()) {
      members.heard(resync.node(), resync.incarnation(), now());
      nodes.assign(state, node.get(), resync.replyTo()::tell);
    } else {
      resync.replyTo().tell(new NodeProtocol.RegisterAgain(state.epoch()));
    }
    return Effect().none();
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
        SchedulerCore.decide(
            state,
            new SchedulerInput.SchedulerStarts(now(), random.nextLong(), nodeName, saw.epoch()),
            memory);
    tenure.tries((SchedulerEvent.SchedulerStarted) decision.events().get(0));
    return carryOut(state, decision, nodes::introduce);
  }

  private Effect<SchedulerEvent, ClusterState> onReadConfig(
      ClusterState state, SchedulerProtocol.ReadConfig read) {
    boolean allowed = Configs.mayRead(state, read.node(), read.key());
    read.replyTo()
        .tell(
            new NodeProtocol.ConfigRead(
                allowed ? state.objects().find(read.key()) : Optional.empty()));
    return Effect().none();
  }

  private static boolean isRegistered(ClusterState state, String node, String incarnation) {
    return state
        .node(node)
        .filter(n -> n.isReady() && n.info().incarnation().equals(incarnation))
        .isPresent();
  }

  private Effect<SchedulerEvent, ClusterState> onSubscribe(
      ClusterState state, SchedulerProtocol.Subscribe subscribe) {
    context.watchWith(
        subscribe.subscriber(), new SchedulerProtocol.Unsubscribe(subscribe.subscriber()));
    if (subscribe.fromRevision() > 0 && feed.covers(subscribe.fromRevision())) {
      join(state, subscribe.fromRevision(), subscribe.subscriber());
    } else {
      prepareSnapshot(state, subscribe.subscriber());
    }
    return Effect().none();
  }

  /** A large state takes a while to be written down; the actor goes on meanwhile. */
  private void prepareSnapshot(ClusterState state, ActorRef<FeedProtocol.Message> subscriber) {
    Serialization serialization = SerializationExtension.get(context.getSystem());
    CompletableFuture<byte[]> bytes =
        CompletableFuture.supplyAsync(
            () -> serialization.serialize(ClusterSnapshot.of(state)).get(),
            context.getExecutionContext());
    context.pipeToSelf(
        bytes,
        (done, failure) -> {
          if (failure != null) {
            context.getSystem().log().error("Snapshot for a replica failed", failure);
            return new SchedulerProtocol.Unsubscribe(subscriber);
          }
          return new SnapshotReady(state.revision(), done, subscriber);
        });
  }

  private Effect<SchedulerEvent, ClusterState> onSnapshotReady(
      ClusterState state, SnapshotReady ready) {
    if (feed.covers(ready.revision())) {
      Feed.parts(state.epoch(), ready.revision(), ready.bytes()).forEach(ready.subscriber()::tell);
      join(state, ready.revision(), ready.subscriber());
    } else {
      prepareSnapshot(state, ready.subscriber());
    }
    return Effect().none();
  }

  private void join(
      ClusterState state, long fromRevision, ActorRef<FeedProtocol.Message> subscriber) {
    if (!feed.join(state.epoch(), fromRevision, subscriber)) {
      context.getLog().warn("More than {} subscribers: {}", Feed.MAX_SUBSCRIBERS, subscriber);
      context.unwatch(subscriber);
    }
  }

  private Effect<SchedulerEvent, ClusterState> onUnsubscribe(
      ClusterState state, SchedulerProtocol.Unsubscribe unsubscribe) {
    context.unwatch(unsubscribe.subscriber());
    feed.leave(unsubscribe.subscriber());
    return Effect().none();
  }

  private Effect<SchedulerEvent, ClusterState> onLocate(
      ClusterState state, SchedulerProtocol.Locate locate) {
    locate.replyTo().tell(new SchedulerProtocol.Located(nodeName, state.epoch(), state.revision()));
    return Effect().none();
  }

  private Effect<SchedulerEvent, ClusterState> onExplain(
      ClusterState state, SchedulerProtocol.Explain explain) {
    planning.explain(state, explain, now());
    return Effect().none();
  }

  private Effect<SchedulerEvent, ClusterState> onPlan(
      ClusterState state, SchedulerProtocol.Plan plan) {
    planning.plan(state, plan, new SchedulerInput.Tick(now(), random.nextLong()));
    return Effect().none();
  }

  private Effect<SchedulerEvent, ClusterState> onPlanDone() {
    planning.onDone();
    return Effect().none();
  }

  private Effect<SchedulerEvent, ClusterState> onTick(ClusterState state, Tick tick) {
    if (tick == Tick.SECOND) {
      feed.keepAlive(state.epoch());
      tellLost(state);
      askForUsage(state);
      if (rebalancing.isDue(now())) {
        context.getSelf().tell(Tick.REBALANCE);
      }
    } else if (tick == Tick.REBALANCE) {
      SchedulerInput input = new SchedulerInput.Rebalances(now(), random.nextLong(), 1);
      return carryOut(state, SchedulerCore.decide(state, input, memory), after -> {});
    }
    Decision decision =
        SchedulerCore.decide(state, new SchedulerInput.Tick(now(), random.nextLong()), memory);
    return carryOut(state, decision, after -> {});
  }

  private void askForUsage(ClusterState state) {
    ActorRef<NodeProtocol.NodeUsage> replyTo =
        context.messageAdapter(NodeProtocol.NodeUsage.class, UsageCame::new);
    usage.begin(state, now()).stream()
        .flatMap(name -> state.node(name).stream())
        .map(node -> NodeProtocol.at(context.getSystem(), node.info().address()))
        .forEach(node -> node.tell(new NodeProtocol.ReadUsage(replyTo)));
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
    Decision decision =
        SchedulerCore.decide(
            state, new SchedulerInput.UsageRead(now(), random.nextLong(), usage.take()), memory);
    return carryOut(state, decision, after -> {});
  }

  private Effect<SchedulerEvent, ClusterState> onCheckAssignments(ClusterState state) {
    nodes.check(state);
    return Effect().none();
  }

  private Effect<SchedulerEvent, ClusterState> onMembersChanged(
      ClusterState state, MembersChanged change) {
    members.changed(change.event(), now());
    tellLost(state);
    return Effect().none();
  }

  /** Each lost node is a decision, and so a message, of its own; a repeated one changes nothing. */
  private void tellLost(ClusterState state) {
    members
        .lost(state, now())
        .forEach(lost -> context.getSelf().tell(new LoseNode(lost.node(), lost.reason())));
  }

  private Effect<SchedulerEvent, ClusterState> onLoseNode(ClusterState state, LoseNode lose) {
    Decision decision =
        SchedulerCore.decide(
            state,
            new SchedulerInput.NodeGone(now(), random.nextLong(), lose.node(), lose.reason()),
            memory);
    return carryOut(state, decision, after -> {});
  }

  /** Carries a decision out: durable first, then everyone who has to know. */
  private Effect<SchedulerEvent, ClusterState> carryOut(
      ClusterState before, Decision decision, Consumer<ClusterState> then) {
    return carryOut(before, decision, Optional.empty(), then);
  }

  private Effect<SchedulerEvent, ClusterState> carryOut(
      ClusterState before,
      Decision decision,
      Optional<String> registering,
      Consumer<ClusterState> then) {
    if (decision.unfinished()) {
      context.getSelf().tell(Tick.CONTINUE);
    }
    if (decision.events().isEmpty()) {
      then.accept(before);
      return Effect().none();
    }
    return Effect()
        .persist(decision.events())
        .thenRun(
            after -> {
              feed.publish(after.epoch(), decision.events());
              nodes.passOn(before, after, decision.events(), registering);
              snapshots.follow(after, requests);
              then.accept(after);
            });
  }

  private Effect<SchedulerEvent, ClusterState> onKept(SnapshotKeeper.Kept kept) {
    snapshots.done(kept);
    return Effect().none();
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
    return new SnapshotAdapter<>() {
      @Override
      public Object toJournal(ClusterState state) {
        return SplitSnapshot.of(ClusterSnapshot.of(state).withRequests(requests.all()));
      }

      @Override
      public ClusterState fromJournal(Object stored) {
        ClusterSnapshot snapshot = SplitSnapshot.read(stored);
        requests.restore(snapshot.requests());
        snapshots.found(snapshot.revision());
        return snapshot.toState();
      }
    };
  }
}
