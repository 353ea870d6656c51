package io.hawser.ops.drill;

import io.hawser.cluster.protocol.DrillProtocol;
import io.hawser.cluster.protocol.NodeProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol.Located;
import io.hawser.cluster.replica.ReplicaProtocol;
import io.hawser.cluster.replica.ReplicaProtocol.View;
import io.hawser.cluster.replica.ReplicaProtocol.WatchMessage;
import io.hawser.cluster.state.ClusterState;
import io.hawser.model.DrillReport;
import io.hawser.model.DrillReport.Requests;
import io.hawser.model.DrillReport.Step;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/**
 * Carries one node-kill drill out: fetches pages for a moment, has the node's JVM killed, follows
 * the replica until the pods are ready elsewhere. The DrillActor starts it and hears of every step;
 * what was detected, replaced and ready is decided by {@link DrillProgress}.
 */
final class NodeKillDrill extends AbstractBehavior<NodeKillDrill.Command> {
  /** How long pages are fetched before the fault, so that the probe is known to work. */
  static final Duration WARM_UP = Duration.ofSeconds(1);

  /** From the fault; after it the drill has failed. */
  static final Duration BOUND = Duration.ofSeconds(60);

  private static final Duration ASK_TIMEOUT = Duration.ofSeconds(2);
  private static final Duration SECOND = Duration.ofSeconds(1);

  sealed interface Command {}

  private record SchedulerFound(Optional<Located> located) implements Command {}

  private record StateRead(Optional<View> view) implements Command {}

  private record Watched(WatchMessage message) implements Command {}

  private record Fetched(boolean good) implements Command {}

  private enum Timer implements Command {
    WARM_UP_OVER,
    FETCH,
    SECOND,
    BOUND
  }

  /** Whom the drill talks to. */
  record Others(
      ActorRef<ReplicaProtocol.Command> replica,
      ActorRef<SchedulerProtocol.Command> scheduler,
      ActorRef<DrillProtocol.Command> parent) {}

  private final TimerScheduler<Command> timers;
  private final Others others;
  private final DrillReport initial;
  private final PageProber prober;
  private final ActorRef<WatchMessage> watcher;
  private final List<Step> prelude = new ArrayList<>();
  private ClusterState state;
  private boolean schedulerWasHere;
  private Optional<DrillProgress> progress = Optional.empty();
  private Optional<Instant> faultAt = Optional.empty();
  private long faultNanos;
  private int toldSteps;

  static DrillReport initialReport(String node, Instant now) {
    return new DrillReport(
        DrillReports.newId(node, now),
        "node-kill",
        node,
        "running",
        Optional.empty(),
        false,
        now,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        List.of(),
        new Requests(0, 0, 0),
        List.of());
  }

  static Behavior<Command> create(
      DrillReport report, Optional<Integer> probePort, ClusterState state, Others others) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers ->
                    new NodeKillDrill(
                        context,
                        timers,
                        report,
                        new PageProber(probePort, System.nanoTime()),
                        state,
                        others)));
  }

  private NodeKillDrill(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      DrillReport report,
      PageProber prober,
      ClusterState state,
      Others others) {
    super(context);
    this.timers = timers;
    this.initial = report;
    this.prober = prober;
    this.state = state;
    this.others = others;
    this.watcher = context.messageAdapter(WatchMessage.class, Watched::new);
    context.ask(
        Located.class,
        others.scheduler(),
        ASK_TIMEOUT,
        SchedulerProtocol.Locate::new,
        (located, failure) -> new SchedulerFound(Optional.ofNullable(located)));
    others.replica().tell(new ReplicaProtocol.Watch(state.revision(), watcher));
    timers.startTimerAtFixedRate(Timer.FETCH, PageProber.INTERVAL);
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(SchedulerFound.class, this::onSchedulerFound)
        .onMessage(StateRead.class, this::onStateRead)
        .onMessage(Watched.class, this::onWatched)
        .onMessage(Fetched.class, this::onFetched)
        .onMessageEquals(Timer.WARM_UP_OVER, this::onWarmUpOver)
        .onMessageEquals(Timer.FETCH, this::onFetch)
        .onMessageEquals(Timer.SECOND, this::onSecond)
        .onMessageEquals(Timer.BOUND, this::onBound)
        .build();
  }

  private Behavior<Command> onSchedulerFound(SchedulerFound found) {
    schedulerWasHere = found.located().filter(l -> l.node().equals(initial.node())).isPresent();
    String where = found.located().map(l -> "runs on " + l.node()).orElse("did not answer");
    int pages = prober.targets(state.pods().values()).size();
    prelude.add(
        new Step(
            -WARM_UP.toMillis(),
            "fetching pages from " + pages + " ready pods; the scheduler " + where));
    timers.startSingleTimer(Timer.WARM_UP_OVER, WARM_UP);
    tell();
    return this;
  }

  private Behavior<Command> onWarmUpOver() {
    if (!state.node(initial.node()).filter(n -> n.isReady()).isPresent()) {
      return finish(Optional.of("node " + initial.node() + " was lost before the fault"));
    }
    String address = state.node(initial.node()).orElseThrow().info().address();
    progress =
        Optional.of(DrillProgress.begin(initial.node(), Sightings.of(state, initial.node())));
    faultNanos = System.nanoTime();
    faultAt = Optional.of(Instant.now());
    NodeProtocol.at(getContext().getSystem(), address).tell(new NodeProtocol.Crash(initial.id()));
    prelude.add(
        new Step(
            0,
            "SIGKILL for the JVM of node "
                + initial.node()
                + ", with "
                + progress.get().podsLost().size()
                + " pods"));
    timers.startTimerAtFixedRate(Timer.SECOND, SECOND);
    timers.startSingleTimer(Timer.BOUND, BOUND);
    tell();
    return this;
  }

  private Behavior<Command> onFetch() {
    prober
        .fetchNext(prober.targets(state.pods().values()))
        .ifPresent(
            fetch ->
                getContext()
                    .pipeToSelf(fetch, (good, failure) -> new Fetched(failure == null && good)));
    return this;
  }

  private Behavior<Command> onFetched(Fetched fetched) {
    prober.fetched(fetched.good(), System.nanoTime());
    return this;
  }

  private Behavior<Command> onWatched(Watched watched) {
    if (watched.message() instanceof ReplicaProtocol.Change change) {
      return seen(change.after());
    } else if (watched.message() instanceof ReplicaProtocol.Expired) {
      // The scheduler moved and the replica began anew: look at the whole, then follow again.
      readState();
    }
    return this;
  }

  private void readState() {
    getContext()
        .ask(
            View.class,
            others.replica(),
            ASK_TIMEOUT,
            ReplicaProtocol.GetState::new,
            (view, failure) -> new StateRead(Optional.ofNullable(view)));
  }

  private Behavior<Command> onStateRead(StateRead read) {
    if (read.view().isEmpty()) {
      readState();
      return this;
    }
    ClusterState now = read.view().get().state();
    others.replica().tell(new ReplicaProtocol.Watch(now.revision(), watcher));
    return seen(now);
  }

  private Behavior<Command> seen(ClusterState now) {
    state = now;
    if (progress.isEmpty()) {
      return this;
    }
    progress.get().observe(Sightings.of(now, initial.node()), sinceFault());
    if (progress.get().isDone()) {
      return finish(Optional.empty());
    }
    if (progress.get().steps().size() > toldSteps) {
      tell();
    }
    return this;
  }

  private Behavior<Command> onSecond() {
    progress.ifPresent(p -> p.tick(sinceFault()));
    tell();
    return this;
  }

  private Behavior<Command> onBound() {
    String missing =
        progress.flatMap(DrillProgress::detectedMillis).isEmpty()
            ? "the loss was not detected"
            : progress.flatMap(DrillProgress::replacedMillis).isEmpty()
                ? "the pods were not replaced"
                : "the replacements did not become ready";
    return finish(Optional.of(missing + " within " + BOUND.toSeconds() + " s"));
  }

  private Behavior<Command> finish(Optional<String> failure) {
    others.replica().tell(new ReplicaProtocol.Unwatch(watcher));
    others
        .parent()
        .tell(
            new DrillActor.Progressed(
                report(
                    failure.isEmpty() ? "passed" : "failed", failure, Optional.of(Instant.now()))));
    return Behaviors.stopped();
  }

  private void tell() {
    toldSteps = progress.map(p -> p.steps().size()).orElse(0);
    others
        .parent()
        .tell(new DrillActor.Progressed(report("running", Optional.empty(), Optional.empty())));
  }

  private long sinceFault() {
    return Duration.ofNanos(System.nanoTime() - faultNanos).toMillis();
  }

  private DrillReport report(
      String outcome, Optional<String> failure, Optional<Instant> finishedAt) {
    List<Step> steps = new ArrayList<>(prelude);
    progress.ifPresent(p -> steps.addAll(p.steps()));
    return new DrillReport(
        initial.id(),
        initial.kind(),
        initial.node(),
        outcome,
        failure,
        schedulerWasHere,
        initial.startedAt(),
        faultAt,
        finishedAt,
        progress.flatMap(DrillProgress::detectedMillis),
        progress.flatMap(DrillProgress::replacedMillis),
        progress.flatMap(DrillProgress::readyMillis),
        progress.map(DrillProgress::podsLost).orElse(List.of()),
        prober.count(System.nanoTime()),
        steps);
  }
}
