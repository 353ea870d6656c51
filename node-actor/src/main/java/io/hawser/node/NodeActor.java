package io.hawser.node;

import io.hawser.cluster.protocol.ImageProtocol;
import io.hawser.cluster.protocol.NodeProtocol.Assign;
import io.hawser.cluster.protocol.NodeProtocol.AssignDelta;
import io.hawser.cluster.protocol.NodeProtocol.Command;
import io.hawser.cluster.protocol.NodeProtocol.ConfigChanged;
import io.hawser.cluster.protocol.NodeProtocol.Crash;
import io.hawser.cluster.protocol.NodeProtocol.DescribeLaunch;
import io.hawser.cluster.protocol.NodeProtocol.NodeUsage;
import io.hawser.cluster.protocol.NodeProtocol.OpenAttach;
import io.hawser.cluster.protocol.NodeProtocol.OpenExec;
import io.hawser.cluster.protocol.NodeProtocol.OpenLog;
import io.hawser.cluster.protocol.NodeProtocol.ReadUsage;
import io.hawser.cluster.protocol.NodeProtocol.RegisterAgain;
import io.hawser.cluster.protocol.NodeProtocol.ReportAccepted;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.model.AssignedPod;
import io.hawser.model.PodReport;
import io.hawser.model.PodStatus;
import io.hawser.runtime.ContainerRuntime;
import io.hawser.runtime.Recovered;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/**
 * Runs the pods of one machine. The scheduler tells it what to run, gateways ask it for logs, exec
 * and usage, its PodActors tell it how their pods are.
 *
 * <p>A node that hears from no scheduler keeps its pods. Only the split brain resolver's verdict,
 * which ends the actor system, or the end of the program stops them: see {@link NodeShutdown}.
 */
public final class NodeActor extends AbstractBehavior<Command> {
  private record PodChanged(PodReport report) implements Command {}

  private record ConvergeNow() implements Command {}

  private record Discarded(String uid, Optional<Throwable> failure) implements Command {}

  private record SampleNow() implements Command {}

  private record Sampled(Optional<UsageRing.Sample> sample) implements Command {}

  private record UnconfirmedTooLong() implements Command {}

  /**
   * Stop all pods for good and answer when nothing of them is left. Reports no more.
   *
   * @param graceSeconds upper bound of each pod's own grace
   */
  record StopAll(long graceSeconds, ActorRef<Done> replyTo) implements Command {}

  private final Machine machine;
  private final TimerScheduler<Command> timers;
  private final SchedulerLink link;
  private final CheckpointWriter checkpoint;
  private final VolumeRemovals removals;
  private final UsageRing usage = new UsageRing();
  private final List<ActorRef<NodeUsage>> usageAsked = new ArrayList<>();
  private boolean sampling;
  private final Map<String, ActorRef<PodActor.Command>> actors = new HashMap<>();
  private final Set<String> discarding = new HashSet<>();
  private final ActorRef<PodReport> reportAdapter;

  private Assignment assignment;
  private boolean confirmed;
  private int spawned;
  private Optional<StopAll> stopAll = Optional.empty();

  /**
   * The one NodeActor of a machine, to be spawned as {@code node} under the guardian. Fences or
   * stops the machine's containers when its actor system ends.
   *
   * @param runtime opened and not yet recovered; stays the caller's to close
   */
  public static Behavior<Command> create(
      NodeSettings settings,
      ContainerRuntime runtime,
      ActorRef<SchedulerProtocol.Command> scheduler) {
    Machine machine = new Machine(settings, runtime);
    return Supervision.restarted(
        NodeRecovery.create(
            machine,
            (context, timers, assignment) ->
                new NodeActor(context, timers, machine, scheduler, assignment)));
  }

  private NodeActor(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      Machine machine,
      ActorRef<SchedulerProtocol.Command> scheduler,
      Assignment assignment) {
    super(context);
    this.machine = machine;
    this.link = new SchedulerLink(machine, scheduler, context.getSelf(), timers);
    machine.asks(
        ConfigDoor.asking(machine.settings().info().name(), scheduler, context.getSystem()));
    this.timers = timers;
    this.removals = new VolumeRemovals(machine, context, link);
    this.assignment = assignment;
    this.checkpoint = new CheckpointWriter(machine);
    if (machine.settings().images().served().isPresent()) {
      ActorRef<ImageProtocol.Command> door =
          context.spawn(ImageDoor.create(machine), ImageDoor.NAME);
      String path = door.path().toStringWithoutAddress();
      machine.images().ask(new ImagePeers(context.getSystem(), path)::find);
    }
    this.reportAdapter = context.messageAdapter(PodReport.class, PodChanged::new);
    machine.pods().values().forEach(this::supervise);
    converge();
    timers.startTimerWithFixedDelay(new ConvergeNow(), NodeLimits.CONVERGE_EVERY);
    timers.startSingleTimer(new SampleNow(), NodeLimits.SAMPLE_EVERY);
    timers.startSingleTimer(new UnconfirmedTooLong(), NodeLimits.UNCONFIRMED_BOUND);
    if (actors.isEmpty()) {
      link.register();
    } else {
      link.registerWhenSettled();
    }
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Assign.class, this::onAssign)
        .onMessage(AssignDelta.class, this::onAssignDelta)
        .onMessage(ReportAccepted.class, this::onReportAccepted)
        .onMessage(RegisterAgain.class, this::onRegisterAgain)
        .onMessage(ConfigChanged.class, this::onConfigChanged)
        .onMessage(OpenLog.class, this::onOpenLog)
        .onMessage(OpenExec.class, this::onOpenExec)
        .onMessage(OpenAttach.class, this::onOpenAttach)
        .onMessage(ReadUsage.class, this::onReadUsage)
        .onMessage(DescribeLaunch.class, this::onDescribeLaunch)
        .onMessage(Crash.class, this::onCrash)
        .onMessage(PodChanged.class, this::onPodChanged)
        .onMessage(SchedulerLink.Timer.class, this::onLinkTimer)
        .onMessage(ConvergeNow.class, m -> onConvergeNow())
        .onMessage(Discarded.class, this::onDiscarded)
        .onMessage(VolumeRemovals.Over.class, this::onVolumeRemoved)
        .onMessage(SampleNow.class, m -> onSampleNow())
        .onMessage(Sampled.class, this::onSampled)
        .onMessage(UnconfirmedTooLong.class, m -> onUnconfirmedTooLong())
        .onMessage(StopAll.class, this::onStopAll)
        .build();
  }

  private Behavior<Command> onAssign(Assign message) {
    return follow(assignment.offer(message), "assignment", message.epoch(), message.version());
  }

  private Behavior<Command> onAssignDelta(AssignDelta message) {
    return follow(assignment.offer(message), "delta", message.epoch(), message.version());
  }

  private Behavior<Command> onReportAccepted(ReportAccepted message) {
    link.accepted(message.number());
    return this;
  }

  private Behavior<Command> onRegisterAgain(RegisterAgain message) {
    if (message.epoch() >= assignment.epoch()) {
      link.register();
    } else {
      link.sawEpoch(assignment.epoch());
    }
    return this;
  }

  private Behavior<Command> onConfigChanged(ConfigChanged message) {
    machine
        .pods()
        .forEach(
            (uid, work) -> {
              if (work.refersTo(message.key()) && actors.containsKey(uid)) {
                actors.get(uid).tell(new PodActor.RefreshFiles());
              }
            });
    return this;
  }

  private Behavior<Command> onOpenLog(OpenLog message) {
    LogStreams.open(message, machine, getContext().getSystem()).thenAccept(message.replyTo()::tell);
    return this;
  }

  private Behavior<Command> onOpenExec(OpenExec message) {
    ExecStreaming.open(message, machine, getContext().getSystem())
        .thenAccept(message.replyTo()::tell);
    return this;
  }

  private Behavior<Command> onOpenAttach(OpenAttach message) {
    ExecStreaming.attach(message, machine, getContext().getSystem())
        .thenAccept(message.replyTo()::tell);
    return this;
  }

  private Behavior<Command> onReadUsage(ReadUsage message) {
    if (usage.isFresh(System.nanoTime()) || usageAsked.size() >= NodeLimits.USAGE_ASKERS) {
      message.replyTo().tell(latestUsage());
    } else {
      usageAsked.add(message.replyTo());
      sample();
    }
    return this;
  }

  private Behavior<Command> onDescribeLaunch(DescribeLaunch message) {
    LaunchDescription.of(message, machine).thenAccept(message.replyTo()::tell);
    return this;
  }

  private NodeUsage latestUsage() {
    return usage.latest(machine.settings().info().name(), machine.now());
  }

  private Behavior<Command> onCrash(Crash message) {
    getContext().getLog().warn("drill {} ends this JVM by SIGKILL", message.drillId());
    CrashDoor.killThisProcess();
    return this;
  }

  private Behavior<Command> onPodChanged(PodChanged message) {
    PodReport report = message.report();
    if (report.gone()) {
      actors.remove(report.uid());
      machine.pods().remove(report.uid());
    }
    link.changed(report, actors.keySet());
    answerStopAll();
    if (report.gone()) {
      removeVolumes();
    }
    return this;
  }

  private Behavior<Command> onLinkTimer(SchedulerLink.Timer timer) {
    link.onTimer(timer);
    return this;
  }

  private Behavior<Command> onConvergeNow() {
    checkpoint.writeNext();
    converge();
    removeVolumes();
    return this;
  }

  private Behavior<Command> onDiscarded(Discarded message) {
    discarding.remove(message.uid());
    message
        .failure()
        .ifPresent(
            f ->
                getContext()
                    .getLog()
                    .warn("can't remove pod {} yet: {}", message.uid(), NodeThreads.text(f)));
    return this;
  }

  private Behavior<Command> onVolumeRemoved(VolumeRemovals.Over message) {
    removals.over(message);
    removeVolumes();
    return this;
  }

  /**
   * What an earlier process left of a pod that nobody knows may have any volume: until it is gone,
   * all wait.
   */
  private void removeVolumes() {
    boolean allKnown =
        machine.leftovers().stream()
            .allMatch(left -> assignment.pods().containsKey(left.sandbox().podUid()));
    if (stopAll.isEmpty() && allKnown) {
      Stream<AssignedPod> pods =
          Stream.concat(
              assignment.pods().values().stream(),
              machine.pods().values().stream().map(PodWork::assigned));
      Set<String> used =
          pods.flatMap(pod -> pod.claimVolumes().values().stream()).collect(Collectors.toSet());
      removals.next(used::contains);
    }
  }

  private Behavior<Command> onSampleNow() {
    sample();
    return this;
  }

  private void sample() {
    if (!sampling) {
      sampling = true;
      getContext()
          .pipeToSelf(
              machine.blocking(() -> UsageSampling.read(machine.pods().values(), machine.now())),
              (sample, failure) -> new Sampled(Optional.ofNullable(sample)));
    }
  }

  private Behavior<Command> onSampled(Sampled message) {
    sampling = false;
    message.sample().ifPresent(usage::add);
    usageAsked.forEach(replyTo -> replyTo.tell(latestUsage()));
    usageAsked.clear();
    timers.startSingleTimer(new SampleNow(), NodeLimits.SAMPLE_EVERY);
    return this;
  }

  private Behavior<Command> onUnconfirmedTooLong() {
    if (!confirmed && !actors.isEmpty() && NodeShutdown.neverJoined(getContext().getSystem())) {
      getContext()
          .getLog()
          .error(
              "not a member of the cluster within {}: the adopted pods are stopped",
              NodeLimits.UNCONFIRMED_BOUND);
      machine.pods().values().stream()
          .map(PodWork::assigned)
          .filter(pod -> !Machine.runsWithoutCluster(pod))
          .toList()
          .forEach(pod -> change(Convergence.stopping(pod, 0)));
    }
    return this;
  }

  private Behavior<Command> onStopAll(StopAll message) {
    stopAll = Optional.of(message);
    link.fallSilent();
    for (PodWork work : machine.pods().values()) {
      AssignedPod pod = work.assigned();
      long own = pod.stopGraceSeconds().orElse(pod.spec().terminationGracePeriodSeconds());
      change(Convergence.stopping(pod, Math.min(own, message.graceSeconds())));
    }
    answerStopAll();
    return this;
  }

  private Behavior<Command> follow(
      Assignment.Verdict verdict, String what, long epoch, long version) {
    if (stopAll.isPresent()) {
      return this;
    }
    if (verdict instanceof Assignment.Gap) {
      link.resync();
    } else if (verdict instanceof Assignment.Accepted accepted) {
      adopt(accepted.assignment());
    } else {
      getContext().getLog().debug("outdated {} {}/{} ignored", what, epoch, version);
      if (epoch < assignment.epoch()) {
        link.sawEpoch(assignment.epoch());
      }
    }
    return this;
  }

  private void adopt(Assignment newest) {
    boolean newScheduler = confirmed && newest.epoch() > assignment.epoch();
    if (!newest.equals(assignment)) {
      assignment = newest;
      checkpoint.write(newest);
    }
    boolean first = !confirmed;
    confirmed = true;
    link.assigned();
    converge();
    removals.told(newest.volumesToRemove());
    removeVolumes();
    if (first) {
      machine.blocking(
          () -> {
            machine.removeStrayVolumes(newest);
            return true;
          });
    }
    if (newScheduler) {
      link.greet();
    }
  }

  private void converge() {
    if (stopAll.isPresent()) {
      return;
    }
    Map<String, Convergence.Present> present = new HashMap<>();
    machine
        .pods()
        .forEach((uid, work) -> present.put(uid, new Convergence.Supervised(work.assigned())));
    for (Recovered left : machine.leftovers()) {
      boolean running =
          left.containers().stream().anyMatch(c -> !c.exit().toCompletableFuture().isDone());
      if (!discarding.contains(left.sandbox().podUid())) {
        present.put(left.sandbox().podUid(), new Convergence.Leftover(running));
      }
    }
    Convergence.decide(assignment, confirmed, present).forEach(this::carryOut);
  }

  private void carryOut(Convergence.Action action) {
    if (action instanceof Convergence.Run run && !discarding.contains(run.pod().uid())) {
      supervise(machine.begin(run.pod()));
    } else if (action instanceof Convergence.Change change) {
      change(change.pod());
    } else if (action instanceof Convergence.ReportGone gone) {
      AssignedPod pod = gone.pod();
      link.gone(new PodReport(pod.name(), pod.uid(), PodStatus.PENDING, true));
    } else if (action instanceof Convergence.Discard discard) {
      discard(discard.uid());
    }
  }

  private void supervise(PodWork work) {
    spawned++;
    actors.put(
        work.assigned().uid(),
        getContext()
            .spawn(
                PodActor.create(machine, work, reportAdapter),
                "pod-" + work.assigned().uid() + "-" + spawned));
  }

  private void change(AssignedPod pod) {
    PodWork work = machine.pods().get(pod.uid());
    if (work != null) {
      work.assign(pod);
      actors.get(pod.uid()).tell(new PodActor.AssignmentChanged());
    }
  }

  private void discard(String uid) {
    discarding.add(uid);
    getContext()
        .pipeToSelf(
            machine.blocking(
                () -> {
                  machine.discard(uid);
                  return true;
                }),
            (done, failure) -> new Discarded(uid, Optional.ofNullable(failure)));
  }

  private void answerStopAll() {
    if (stopAll.isPresent() && machine.pods().isEmpty()) {
      stopAll.get().replyTo().tell(Done.getInstance());
    }
  }
}
