package io.hawser.node;

import io.hawser.model.AssignedPod;
import io.hawser.model.PodContainer;
import io.hawser.model.PodReport;
import io.hawser.model.PodSpec;
import io.hawser.model.PodStatus;
import io.hawser.model.PodStatus.ContainerStatus;
import io.hawser.runtime.Sandbox;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.slf4j.Logger;

/**
 * Brings one pod up (sandbox, volumes, init containers in order, containers), keeps it so, and
 * takes all of it down when told. Its NodeActor and its ContainerActors talk to it. After each
 * message it looks at what is and does the next missing thing, so it may be stopped or restarted at
 * any point.
 */
final class PodActor extends AbstractBehavior<PodActor.Command> {
  sealed interface Command {}

  /** The pod's assignment in {@link PodWork} is another one: it is to stop, perhaps. */
  record AssignmentChanged() implements Command {}

  /**
   * From a container's actor.
   *
   * @param outcome present once the container will not be started again
   * @param trouble what is wrong with it while it runs
   */
  record ContainerChanged(
      String name,
      ContainerStatus status,
      Optional<RestartDecision> outcome,
      Optional<String> trouble)
      implements Command {}

  /** A container could not be started because the sandbox does not exist any more. */
  record SandboxGone() implements Command {}

  /** A config map or secret of the pod may have changed. */
  record RefreshFiles() implements Command {}

  private record FilesRefreshed(Optional<Throwable> failure) implements Command {}

  private record Resized(Map<String, String> failures) implements Command {}

  private record ResizeAgain() implements Command {}

  record MeasureVolumes() implements Command {}

  record Measured(Optional<String> excess) implements Command {}

  private record EndpointsLeft() implements Command {}

  private record Settled() implements Command {}

  private record Prepared(Sandbox sandbox) implements Command {}

  private record Removed() implements Command {}

  private record StepFailed(String step, Throwable failure) implements Command {}

  private record TryAgain() implements Command {}

  private record ContainerActorEnded(String name) implements Command {}

  private final Machine machine;
  private final PodWork work;
  private final ActorRef<PodReport> reports;
  private final TimerScheduler<Command> timers;
  private final Map<String, ActorRef<ContainerActor.Command>> actors = new LinkedHashMap<>();
  private final Map<String, ContainerStatus> statuses = new HashMap<>();
  private final Map<String, RestartDecision> outcomes = new HashMap<>();
  private final Map<String, String> troubles = new TreeMap<>();
  private final Map<String, Long> toldGrace = new HashMap<>();
  private final Instant startedAt;
  private final VolumeWatch volumes;

  private PodStatus status = PodStatus.PENDING;
  private Optional<PodStatus> reported = Optional.empty();
  private Optional<PodStatuses.Trouble> trouble = Optional.empty();
  private Optional<String> resizeTrouble = Optional.empty();
  private final DoublingWait retry =
      new DoublingWait(NodeLimits.SANDBOX_RETRY_FIRST, NodeLimits.SANDBOX_RETRY_MAX);
  private boolean busy;
  private boolean prepared;
  private boolean sandboxLost;
  private boolean leaving;

  /** It was ready when it was last looked at before it was told to stop. */
  private boolean served;

  private Optional<Instant> stopSince = Optional.empty();

  /**
   * @param reports where each change of the pod's status goes, the last one says {@code gone}
   */
  static Behavior<Command> create(Machine machine, PodWork work, ActorRef<PodReport> reports) {
    return Supervision.restarted(
        Behaviors.setup(
            context ->
                Behaviors.withTimers(
                    timers -> new PodActor(context, timers, machine, work, reports))));
  }

  private PodActor(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      Machine machine,
      PodWork work,
      ActorRef<PodReport> reports) {
    super(context);
    this.machine = machine;
    this.work = work;
    this.reports = reports;
    this.timers = timers;
    this.volumes = new VolumeWatch(context, timers, work);
    // Of an adopted pod the earlier process' word is lost; its oldest container is the next best.
    this.startedAt =
        work.allHeld().values().stream()
            .map(h -> h.current().startedAt())
            .min(Instant::compareTo)
            .orElseGet(machine::now);
    busy = true;
    getContext()
        .pipeToSelf(
            work.settle(),
            (done, failure) ->
                failure == null ? new Settled() : new StepFailed("look at", failure));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(AssignmentChanged.class, m -> onAssignmentChanged())
        .onMessage(ContainerChanged.class, this::onContainerChanged)
        .onMessage(SandboxGone.class, m -> onSandboxGone())
        .onMessage(RefreshFiles.class, m -> onRefreshFiles())
        .onMessage(FilesRefreshed.class, this::onFilesRefreshed)
        .onMessage(Resized.class, this::onResized)
        .onMessage(ResizeAgain.class, m -> resize())
        .onMessage(MeasureVolumes.class, m -> onMeasureVolumes())
        .onMessage(Measured.class, this::onMeasured)
        .onMessage(EndpointsLeft.class, m -> onEndpointsLeft())
        .onMessage(Settled.class, m -> onSettled())
        .onMessage(Prepared.class, this::onPrepared)
        .onMessage(Removed.class, m -> onRemoved())
        .onMessage(StepFailed.class, this::onStepFailed)
        .onMessage(TryAgain.class, m -> proceed())
        .onMessage(ContainerActorEnded.class, this::onContainerActorEnded)
        .build();
  }

  private Behavior<Command> onContainerChanged(ContainerChanged message) {
    statuses.put(message.name(), message.status());
    message.outcome().ifPresent(o -> outcomes.put(message.name(), o));
    message
        .trouble()
        .ifPresentOrElse(
            text -> troubles.put(message.name(), "container " + message.name() + ": " + text),
            () -> troubles.remove(message.name()));
    return proceed();
  }

  private Behavior<Command> onSandboxGone() {
    if (!sandboxLost) {
      log().warn("pod {}: its sandbox is gone and made again", name());
      sandboxLost = true;
    }
    return proceed();
  }

  /** Labels and annotations may be files of the pod. */
  private Behavior<Command> onAssignmentChanged() {
    onRefreshFiles();
    resize();
    return proceed();
  }

  private Behavior<Command> resize() {
    if (work.assigned().stopGraceSeconds().isEmpty()) {
      getContext()
          .pipeToSelf(
              work.resize(),
              (failures, failure) ->
                  new Resized(failure == null ? failures : Map.of("", NodeThreads.text(failure))));
    }
    return this;
  }

  /** Memory below what a container uses is refused by the kernel until it uses less. */
  private Behavior<Command> onResized(Resized message) {
    resizeTrouble =
        message.failures().entrySet().stream()
            .findFirst()
            .map(e -> "container " + e.getKey() + ": " + e.getValue());
    if (resizeTrouble.isPresent()) {
      log().warn("pod {}: {}", name(), message.failures());
      timers.startSingleTimer(new ResizeAgain(), NodeLimits.RESIZE_RETRY);
    }
    publish();
    return this;
  }

  private Behavior<Command> onRefreshFiles() {
    if (work.hasConfigFiles() && work.assigned().stopGraceSeconds().isEmpty()) {
      getContext()
          .pipeToSelf(
              work.refreshFiles(),
              (done, failure) -> new FilesRefreshed(Optional.ofNullable(failure)));
    }
    return this;
  }

  /** What went wrong is tried again; the files stay as they are. */
  private Behavior<Command> onFilesRefreshed(FilesRefreshed message) {
    message
        .failure()
        .ifPresent(
            f -> log().warn("pod {}: its files stay as they are: {}", name(), NodeThreads.text(f)));
    timers.startSingleTimer(new RefreshFiles(), NodeLimits.CONFIG_REFRESH);
    return this;
  }

  private Behavior<Command> onSettled() {
    busy = false;
    if (!work.allHeld().isEmpty()) {
      resize();
    }
    if (work.assigned().stopGraceSeconds().isPresent()) {
      // What an earlier actor or process left running gets its grace like any other.
      beginRunning();
    }
    return proceed();
  }

  private void beginRunning() {
    PodSpec spec = work.assigned().spec();
    spec.initContainers().forEach(c -> beginIfRunning(c, !c.sidecar()));
    spec.containers().forEach(c -> beginIfRunning(c, false));
  }

  private Behavior<Command> onPrepared(Prepared message) {
    busy = false;
    prepared = true;
    trouble = Optional.empty();
    retry.reset();
    if (work.hasConfigFiles()) {
      timers.startSingleTimer(new RefreshFiles(), NodeLimits.CONFIG_REFRESH);
    }
    volumes.measure();
    return proceed();
  }

  private Behavior<Command> onMeasureVolumes() {
    volumes.measure();
    return this;
  }

  private Behavior<Command> onMeasured(Measured message) {
    volumes.observe(message);
    return proceed();
  }

  private Behavior<Command> onRemoved() {
    reports.tell(new PodReport(work.assigned().name(), work.assigned().uid(), status, true));
    return Behaviors.stopped();
  }

  private Behavior<Command> onStepFailed(StepFailed message) {
    busy = false;
    String text = NodeThreads.text(message.failure());
    log().warn("pod {}: can't {} it: {}", name(), message.step(), text);
    trouble = Optional.of(PodStatuses.Trouble.of(message.failure()));
    timers.startSingleTimer(new TryAgain(), retry.next());
    publish();
    return this;
  }

  private Behavior<Command> onContainerActorEnded(ContainerActorEnded message) {
    actors.remove(message.name());
    toldGrace.remove(message.name());
    return proceed();
  }

  /** Does what is missing between what is and what is assigned, one step at a time. */
  private Behavior<Command> proceed() {
    publish();
    if (work.assigned().stopGraceSeconds().isPresent()) {
      stopAll(work.assigned().stopGraceSeconds().get());
      if (actors.isEmpty() && idle()) {
        step("remove", work.remove(), done -> new Removed());
      }
    } else if (volumes.excess().isPresent()) {
      beginRunning(); // what an earlier process of the node left
      actors.keySet().forEach(name -> stop(name, 0));
    } else if (sandboxLost) {
      actors.keySet().forEach(name -> stop(name, 0));
      if (actors.isEmpty() && idle()) {
        sandboxLost = false;
        prepared = false;
        step("make the sandbox of", work.prepare(), Prepared::new);
      }
    } else if (!prepared) {
      if (idle()) {
        step("make the sandbox of", work.prepare(), Prepared::new);
      }
    } else if (volumes.isSettled()) {
      beginContainers();
    }
    return this;
  }

  private boolean idle() {
    return !busy && !timers.isTimerActive(new TryAgain());
  }

  private void beginContainers() {
    PodSpec spec = work.assigned().spec();
    if (!hasBegunContainers(spec)) {
      for (PodContainer init : spec.initContainers()) {
        if (init.sidecar()) {
          begin(init, false);
          if (!hasStarted(init)) {
            return;
          }
        } else if (outcomes.get(init.name()) != RestartDecision.SUCCEEDED) {
          begin(init, true);
          return;
        }
      }
    } else {
      // Taken over: for those the order is history. Their actors say how they ended.
      spec.initContainers().stream()
          .filter(c -> !c.sidecar())
          .peek(c -> outcomes.putIfAbsent(c.name(), RestartDecision.SUCCEEDED))
          .filter(c -> work.held(c.name()).isPresent())
          .forEach(c -> begin(c, true));
      if (isOver(spec)) {
        stopSidecars(spec.terminationGracePeriodSeconds());
      } else {
        spec.initContainers().stream().filter(PodContainer::sidecar).forEach(c -> begin(c, false));
      }
    }
    spec.containers().forEach(c -> begin(c, false));
  }

  private boolean hasStarted(PodContainer container) {
    ContainerStatus known = statuses.get(container.name());
    return known != null && known.started();
  }

  /** Every container but the sidecars has ended for good. */
  private boolean isOver(PodSpec spec) {
    return spec.containers().stream().allMatch(c -> outcomes.containsKey(c.name()));
  }

  private boolean isSidecar(String container) {
    return work.assigned().spec().initContainers().stream()
        .anyMatch(c -> c.sidecar() && c.name().equals(container));
  }

  private void stopSidecars(long graceSeconds) {
    actors.keySet().stream().filter(this::isSidecar).forEach(name -> stop(name, graceSeconds));
  }

  private boolean hasBegunContainers(PodSpec spec) {
    return spec.containers().stream().anyMatch(c -> work.held(c.name()).isPresent());
  }

  private void beginIfRunning(PodContainer container, boolean init) {
    if (work.held(container.name()).map(h -> !h.hasEnded()).orElse(false)) {
      begin(container, init);
    }
  }

  private void begin(PodContainer container, boolean init) {
    if (actors.containsKey(container.name())) {
      return;
    }
    ContainerActor.Task task = new ContainerActor.Task(machine, work, container, init);
    ActorRef<ContainerActor.Command> actor =
        getContext().spawn(ContainerActor.create(task, getContext().getSelf()), container.name());
    getContext().watchWith(actor, new ContainerActorEnded(container.name()));
    actors.put(container.name(), actor);
  }

  /**
   * Asks all containers at once, each again only when its grace became shorter; sidecars once the
   * others have ended, with what is left of the grace. A pod that was ready serves on for a moment
   * first.
   */
  private void stopAll(long graceSeconds) {
    if (stopSince.isEmpty()) {
      stopSince = Optional.of(machine.now());
      boolean serves =
          graceSeconds > 0
              && served
              && work.assigned().spec().containers().stream().anyMatch(c -> !c.ports().isEmpty());
      if (serves) {
        leaving = true;
        timers.startSingleTimer(new EndpointsLeft(), NodeLimits.ENDPOINTS_LEAVE);
      }
    }
    if (leaving && graceSeconds > 0) {
      return;
    }
    List<String> first = actors.keySet().stream().filter(name -> !isSidecar(name)).toList();
    first.forEach(name -> stop(name, graceSeconds));
    if (first.isEmpty()) {
      long gone = Duration.between(stopSince.get(), machine.now()).toSeconds();
      stopSidecars(Math.min(graceSeconds, Math.max(1, graceSeconds - gone)));
    }
  }

  private void stop(String container, long graceSeconds) {
    if (graceSeconds < toldGrace.getOrDefault(container, Long.MAX_VALUE)) {
      toldGrace.put(container, graceSeconds);
      actors.get(container).tell(new ContainerActor.Stop(Duration.ofSeconds(graceSeconds)));
    }
  }

  private Behavior<Command> onEndpointsLeft() {
    leaving = false;
    return proceed();
  }

  private <T> void step(String what, CompletionStage<T> stage, Function<T, Command> done) {
    busy = true;
    getContext()
        .pipeToSelf(
            stage,
            (result, failure) ->
                failure == null ? done.apply(result) : new StepFailed(what, failure));
  }

  /** Tells the node when the status is another one. An adopted pod's is told once it is whole. */
  private void publish() {
    if (volumes.excess().isEmpty()
        && work.allHeld().entrySet().stream()
            .anyMatch(h -> h.getValue().adopted() && !statuses.containsKey(h.getKey()))) {
      return;
    }
    AssignedPod pod = work.assigned();
    PodStatuses.Facts facts =
        new PodStatuses.Facts(
            pod.spec(),
            sized(),
            outcomes,
            work.sandbox().map(Sandbox::ip),
            startedAt,
            evicted().or(() -> trouble),
            troubles.values().stream().findFirst().or(() -> resizeTrouble),
            pod.stopGraceSeconds().isPresent());
    status = PodStatuses.compute(facts, status, machine.now());
    work.found(status);
    if (pod.stopGraceSeconds().isEmpty()) {
      served = status.isReady();
    }
    if (!Optional.of(status).equals(reported)) {
      reported = Optional.of(status);
      reports.tell(new PodReport(pod.name(), pod.uid(), status, false));
    }
  }

  private Optional<PodStatuses.Trouble> evicted() {
    return volumes.excess().map(which -> new PodStatuses.Trouble(PodStatuses.EVICTED, which));
  }

  private Map<String, ContainerStatus> sized() {
    Map<String, ContainerStatus> sized = new HashMap<>(statuses);
    sized.replaceAll((name, s) -> work.sizes().changed(name).map(s::resizedTo).orElse(s));
    return sized;
  }

  private Logger log() {
    return getContext().getLog();
  }

  private String name() {
    return work.assigned().name().toString();
  }
}
