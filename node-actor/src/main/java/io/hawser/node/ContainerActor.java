package io.hawser.node;

import io.hawser.model.Lifecycle;
import io.hawser.model.PodContainer;
import io.hawser.model.PodSpec.RestartPolicy;
import io.hawser.model.PodStatus.ContainerState;
import io.hawser.model.PodStatus.ContainerStatus;
import io.hawser.runtime.Container;
import io.hawser.runtime.ExitStatus;
import io.hawser.runtime.ImageStore;
import io.hawser.runtime.image.ImageFault;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.slf4j.Logger;

/**
 * Keeps one container of a pod as its spec says: starts it, probes it, starts it again by policy
 * and back-off, stops it. Only its PodActor talks to it. Ends itself once the container was told to
 * stop and has ended.
 */
final class ContainerActor extends AbstractBehavior<ContainerActor.Command> {
  sealed interface Command {}

  /** End for good. A second one can only shorten the grace. */
  record Stop(Duration grace) implements Command {}

  /** The image is not here: it is pulled. */
  private record PullBegun() implements Command {}

  private record ImageReady(ImageStore.Fetched image) implements Command {}

  private record ImageFailed(Throwable failure) implements Command {}

  private record ShowBackOff() implements Command {}

  private record Started(PodWork.Held held, Optional<String> image) implements Command {}

  private record StartFailed(Throwable failure) implements Command {}

  private record Exited(int attempt, ExitStatus status) implements Command {}

  private record StartNow() implements Command {}

  record ProbeDue(ContainerProbes.Kind kind) implements Command {}

  record Probed(int attempt, ContainerProbes.Kind kind, ProbeRunner.Result result)
      implements Command {}

  private record KillAgain() implements Command {}

  private record PostStarted(int attempt, ProbeRunner.Result result) implements Command {}

  private record PreStopped(int attempt, Duration grace, Instant since, ProbeRunner.Result result)
      implements Command {}

  /** What a container actor looks after, and for whom. */
  record Task(Machine machine, PodWork work, PodContainer container, boolean init) {}

  private static final int SIGKILL = 9;
  private static final String CREATING = "ContainerCreating";
  private static final String CRASH_LOOP = "CrashLoopBackOff";

  private final Task task;
  private final ActorRef<PodActor.Command> pod;
  private final TimerScheduler<Command> timers;
  private final Probing probing;
  private final ProbeRunner hookRunner;
  private final String name;
  private Optional<PodWork.Held> held;
  private ContainerState state = ContainerState.waiting(CREATING, Optional.empty());
  private Optional<ContainerState> lastState = Optional.empty();
  private RestartBackoff backoff;
  private Optional<String> killReason = Optional.empty();
  private Optional<RestartDecision> outcome = Optional.empty();
  private Optional<Duration> stopGrace = Optional.empty();
  private final PullBackoff pullBackoff = new PullBackoff();
  private final StartBackoff startBackoff = new StartBackoff();
  private Optional<String> imageNote = Optional.empty();
  private Set<String> imageArchitectures = Set.of();
  private boolean fetching;
  private boolean starting;
  private boolean running;

  /** The present start's postStart hook has not ended: the container does not count as started. */
  private boolean postStarting;

  static Behavior<Command> create(Task task, ActorRef<PodActor.Command> pod) {
    return Supervision.restarted(
        Behaviors.setup(
            context ->
                Behaviors.withTimers(timers -> new ContainerActor(context, timers, task, pod))));
  }

  private ContainerActor(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      Task task,
      ActorRef<PodActor.Command> pod) {
    super(context);
    this.task = task;
    this.pod = pod;
    this.timers = timers;
    this.probing = new Probing(context, timers, task, this::podIp);
    this.hookRunner = new ProbeRunner(context.getSystem(), task.machine().threads().hooks());
    this.name = task.container().name();
    this.held = task.work().held(name);
    this.backoff = RestartBackoff.of(task.work().assigned().annotations());
    begin();
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Stop.class, this::onStop)
        .onMessage(PullBegun.class, m -> onPullBegun())
        .onMessage(ImageReady.class, this::onImageReady)
        .onMessage(ImageFailed.class, this::onImageFailed)
        .onMessage(ShowBackOff.class, m -> onShowBackOff())
        .onMessage(Started.class, this::onStarted)
        .onMessage(StartFailed.class, this::onStartFailed)
        .onMessage(Exited.class, this::onExited)
        .onMessage(StartNow.class, m -> onStartNow())
        .onMessage(ProbeDue.class, this::onProbeDue)
        .onMessage(Probed.class, this::onProbed)
        .onMessage(KillAgain.class, m -> onKillAgain())
        .onMessage(PostStarted.class, this::onPostStarted)
        .onMessage(PreStopped.class, this::onPreStopped)
        .build();
  }

  /** Starts the container, or takes over the one that an earlier actor or process started. */
  private void begin() {
    if (held.isEmpty()) {
      start();
      return;
    }
    backoff = backoff.afterRestarts(held.get().current().attempt());
    onRunning(held.get(), true);
  }

  private Behavior<Command> onStop(Stop message) {
    boolean sooner = stopGrace.isEmpty() || message.grace().compareTo(stopGrace.get()) < 0;
    boolean first = stopGrace.isEmpty();
    if (sooner) {
      stopGrace = Optional.of(message.grace());
    }
    probing.cancel();
    if (running) {
      if (first) {
        stopAfterHook(message.grace());
      } else if (sooner) {
        timers.startSingleTimer(new KillAgain(), message.grace());
      }
      return this;
    }
    return starting ? this : Behaviors.stopped();
  }

  /** Told once; while it is tried again the last failure is shown. */
  private Behavior<Command> onPullBegun() {
    if (fetching && held.isEmpty() && state.message().isEmpty()) {
      state = ContainerState.pulling(task.container().image());
      publish();
    }
    return this;
  }

  private Behavior<Command> onImageReady(ImageReady message) {
    fetching = false;
    pullBackoff.succeeded();
    imageArchitectures = Set.of();
    if (stopGrace.isPresent()) {
      return Behaviors.stopped();
    }
    starting = true;
    int attempt = held.map(h -> h.current().attempt() + 1).orElse(0);
    getContext()
        .pipeToSelf(
            task.work().start(task.container(), attempt, message.image().image()),
            (now, failure) ->
                failure == null
                    ? new Started(now, Optional.of(message.image().how()))
                    : new StartFailed(NodeThreads.cause(failure)));
    return this;
  }

  private Behavior<Command> onImageFailed(ImageFailed message) {
    fetching = false;
    if (stopGrace.isPresent()) {
      return Behaviors.stopped();
    }
    Duration wait = pullBackoff.failed();
    state = PullBackoff.state(message.failure());
    imageArchitectures =
        message.failure() instanceof ImageFault fault ? fault.architectures() : Set.of();
    log()
        .warn(
            "container {} has no image, next try in {} s: {}",
            id(),
            wait.toSeconds(),
            NodeThreads.text(message.failure()));
    timers.startSingleTimer(new ShowBackOff(), NodeLimits.PULL_FAILURE_SHOWN);
    timers.startSingleTimer(new StartNow(), wait);
    publish();
    return this;
  }

  private Behavior<Command> onShowBackOff() {
    if (!running && !starting && stopGrace.isEmpty()) {
      state = PullBackoff.waiting(state, task.container().image());
      publish();
    }
    return this;
  }

  private Behavior<Command> onStarted(Started message) {
    starting = false;
    startBackoff.succeeded();
    postStarting = stopGrace.isEmpty() && task.container().lifecycle().postStart().isPresent();
    imageNote = message.image();
    onRunning(message.held(), false);
    if (stopGrace.isPresent()) {
      stopContainer(stopGrace.get());
    } else {
      task.container().lifecycle().postStart().ifPresent(this::postStart);
    }
    return this;
  }

  private Behavior<Command> onStartFailed(StartFailed message) {
    starting = false;
    if (stopGrace.isPresent()) {
      return Behaviors.stopped();
    }
    if (message.failure() instanceof PodWork.SandboxLost) {
      pod.tell(new PodActor.SandboxGone());
      return this;
    }
    log().warn("container {} did not start: {}", id(), message.failure().toString());
    state = StartBackoff.state(message.failure());
    timers.startSingleTimer(new StartNow(), startBackoff.failed());
    publish();
    return this;
  }

  private Behavior<Command> onExited(Exited message) {
    if (!running || held.map(h -> h.current().attempt()).orElse(-1) != message.attempt()) {
      return this;
    }
    running = false;
    postStarting = false;
    probing.cancel();
    timers.cancel(new KillAgain());
    Container container = held.get().current();
    ExitStatus exit = message.status();
    state = terminated(container.startedAt(), exit, killReason);
    killReason = Optional.empty();
    if (stopGrace.isPresent()) {
      publish();
      return Behaviors.stopped();
    }
    RestartDecision decision =
        RestartDecision.of(
            task.container().sidecar()
                ? RestartPolicy.ALWAYS
                : task.work().assigned().spec().restartPolicy(),
            task.init(),
            exit.code());
    if (decision == RestartDecision.RESTART) {
      restartLater(Duration.between(container.startedAt(), exit.at()));
    } else {
      outcome = Optional.of(decision);
      task.work().finish(name);
    }
    publish();
    return this;
  }

  private Behavior<Command> onStartNow() {
    if (stopGrace.isEmpty() && !running && !starting && !fetching) {
      start();
    }
    return this;
  }

  private Behavior<Command> onProbeDue(ProbeDue message) {
    if (running && stopGrace.isEmpty()) {
      probing.run(message.kind());
    }
    return this;
  }

  private Behavior<Command> onProbed(Probed message) {
    if (running && stopGrace.isEmpty() && probing.isOn(message.attempt())) {
      probing.observe(message).ifPresent(this::killUnhealthy);
      publish();
    }
    return this;
  }

  private Behavior<Command> onKillAgain() {
    if (running) {
      Container container = held.get().current();
      task.machine()
          .blocking(
              () -> {
                container.signal(SIGKILL);
                return true;
              });
      timers.startSingleTimer(new KillAgain(), NodeLimits.KILL_AGAIN);
    }
    return this;
  }

  private Behavior<Command> onPostStarted(PostStarted message) {
    if (!running || held.get().current().attempt() != message.attempt()) {
      return this;
    }
    postStarting = false;
    if (!message.result().success() && stopGrace.isEmpty()) {
      killReason = Optional.of("PostStartHook failed: " + message.result().message());
      log().warn("container {}: {}; it is killed", id(), killReason.get());
      probing.cancel();
      stopContainer(ownGrace());
    }
    publish();
    return this;
  }

  /** A hook that failed changes nothing: the container is to end in any case. */
  private Behavior<Command> onPreStopped(PreStopped message) {
    if (!running || held.get().current().attempt() != message.attempt()) {
      return this;
    }
    if (!message.result().success()) {
      log().warn("container {}: preStop hook failed: {}", id(), message.result().message());
    }
    Duration left = message.grace().minus(Duration.between(message.since(), task.machine().now()));
    Duration grace =
        left.compareTo(NodeLimits.AFTER_PRE_STOP) < 0 ? NodeLimits.AFTER_PRE_STOP : left;
    stopContainer(stopGrace.filter(g -> g.compareTo(grace) < 0).orElse(grace));
    return this;
  }

  private void start() {
    fetching = true;
    ActorRef<Command> self = getContext().getSelf();
    getContext()
        .pipeToSelf(
            task.work()
                .pullSecrets()
                .thenCompose(
                    secrets -> {
                      ImagePulls.Flight flight =
                          task.machine().images().get(task.container(), secrets);
                      flight.begun().thenRun(() -> self.tell(new PullBegun()));
                      return flight.result();
                    }),
            (image, failure) ->
                failure == null
                    ? new ImageReady(image)
                    : new ImageFailed(NodeThreads.cause(failure)));
    publish();
  }

  private void onRunning(PodWork.Held now, boolean adopted) {
    held = Optional.of(now);
    running = true;
    Container container = now.current();
    state = ContainerState.running(container.startedAt(), imageNote);
    lastState =
        now.previous()
            .map(p -> terminated(p.startedAt(), p.exit(), Optional.empty()))
            .or(() -> lastState);
    probing.begin(container, adopted);
    // Ended before it was adopted: its exit arrives at once, and it was never shown as running.
    if (!now.hasEnded()) {
      probing.schedule();
      publish();
    }
    getContext()
        .pipeToSelf(
            container.exit(),
            (exit, failure) ->
                new Exited(container.attempt(), failure == null ? exit : PodWork.unknownExit()));
  }

  private void killUnhealthy(String why) {
    killReason = Optional.of(why);
    log().info("container {}: {}; it is killed", id(), why);
    probing.cancel();
    stopAfterHook(ownGrace());
  }

  private Duration ownGrace() {
    return Duration.ofSeconds(task.work().assigned().spec().terminationGracePeriodSeconds());
  }

  private void postStart(Lifecycle.Handler hook) {
    Container container = held.get().current();
    getContext()
        .pipeToSelf(
            hookRunner.run(hook, task.container(), container, podIp(), NodeLimits.POST_START),
            (result, failure) -> new PostStarted(container.attempt(), result));
  }

  /** The hook first, within the grace; then the container has what is left of it. */
  private void stopAfterHook(Duration grace) {
    Optional<Lifecycle.Handler> hook = task.container().lifecycle().preStop();
    if (hook.isEmpty() || grace.isZero()) {
      stopContainer(grace);
      return;
    }
    Container container = held.get().current();
    Instant since = task.machine().now();
    timers.startSingleTimer(
        new KillAgain(), grace.plus(NodeLimits.AFTER_PRE_STOP).plus(NodeLimits.KILL_AGAIN));
    getContext()
        .pipeToSelf(
            hookRunner.run(hook.get(), task.container(), container, podIp(), grace),
            (result, failure) -> new PreStopped(container.attempt(), grace, since, result));
  }

  private String podIp() {
    return task.work().sandbox().map(s -> s.ip()).orElse("");
  }

  /** Its end arrives as {@link Exited}, like any other. */
  private void stopContainer(Duration grace) {
    Container container = held.get().current();
    task.machine().blocking(() -> container.stop(grace));
    timers.startSingleTimer(new KillAgain(), grace.plus(NodeLimits.KILL_AGAIN));
  }

  private void restartLater(Duration ran) {
    RestartBackoff.Step step = backoff.ended(ran);
    backoff = step.then();
    lastState = Optional.of(state);
    if (step.delay().isZero()) {
      start();
      return;
    }
    String message =
        "back-off "
            + step.delay().toSeconds()
            + "s restarting failed container="
            + name
            + " pod="
            + task.work().assigned().name();
    state = ContainerState.waiting(CRASH_LOOP, Optional.of(message));
    timers.startSingleTimer(new StartNow(), step.delay());
  }

  private void publish() {
    boolean up = running && stopGrace.isEmpty();
    ContainerStatus status =
        new ContainerStatus(
                name,
                task.container().image(),
                held.map(PodWork.Held::imageId).orElse(""),
                held.map(h -> "hawser://" + h.current().id()).orElse(""),
                state,
                lastState,
                up && !postStarting && probing.isStarted(),
                up && !postStarting && probing.isReady(),
                held.map(h -> h.current().attempt()).orElse(0))
            .withImageFor(imageArchitectures);
    Optional<String> trouble = up ? probing.unready() : Optional.empty();
    pod.tell(new PodActor.ContainerChanged(name, status, outcome, trouble));
  }

  private Logger log() {
    return getContext().getLog();
  }

  private String id() {
    return task.work().assigned().name() + "/" + name;
  }

  private static ContainerState terminated(
      Instant startedAt, ExitStatus exit, Optional<String> message) {
    return new ContainerState(
        io.hawser.model.PodStatus.StateKind.TERMINATED,
        Optional.of(startedAt),
        Optional.of(exit.at()),
        Optional.of(exit.code()),
        Optional.of(exit.reason()),
        message);
  }
}
