package io.hawser.node;

import io.hawser.model.PodContainer;
import io.hawser.runtime.Container;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/**
 * Runs the probes of a container's present start, each when it is due. Part of its ContainerActor
 * and used on its thread only; results come back to it as messages.
 */
final class Probing {
  private final ActorContext<ContainerActor.Command> context;
  private final TimerScheduler<ContainerActor.Command> timers;
  private final Machine machine;
  private final ProbeRunner runner;
  private final PodContainer spec;
  private final Supplier<String> podIp;
  private Optional<Round> round = Optional.empty();

  /** One start of the container, and what its probes have said so far. */
  private record Round(Container container, ContainerProbes probes) {}

  Probing(
      ActorContext<ContainerActor.Command> context,
      TimerScheduler<ContainerActor.Command> timers,
      ContainerActor.Task task,
      Supplier<String> podIp) {
    this.context = context;
    this.timers = timers;
    this.machine = task.machine();
    this.runner = new ProbeRunner(context.getSystem(), machine.threads().probes());
    this.spec = task.container();
    this.podIp = podIp;
  }

  /**
   * Of a container that runs; {@link #schedule} follows unless it has ended already.
   *
   * @param adopted an earlier process of the node started it
   */
  void begin(Container container, boolean adopted) {
    ContainerProbes probes = new ContainerProbes(spec, container.startedAt(), adopted);
    round = Optional.of(new Round(container, probes));
  }

  /** The first of all that are to run now. */
  void schedule() {
    round.ifPresent(now -> now.probes().active().forEach(kind -> scheduleFirst(now, kind)));
  }

  private void scheduleFirst(Round now, ContainerProbes.Kind kind) {
    Duration delay = now.probes().firstDelay(kind, machine.now());
    if (delay.isZero()) {
      context.getSelf().tell(new ContainerActor.ProbeDue(kind));
    } else {
      timers.startSingleTimer(kind, new ContainerActor.ProbeDue(kind), delay);
    }
  }

  /** Runs one that is due; nothing after {@link #cancel}. */
  void run(ContainerProbes.Kind kind) {
    round.ifPresent(now -> run(now, kind));
  }

  private void run(Round now, ContainerProbes.Kind kind) {
    context.pipeToSelf(
        runner.run(now.probes().probe(kind), spec, now.container(), podIp.get()),
        (result, failure) ->
            new ContainerActor.Probed(
                now.container().attempt(),
                kind,
                failure == null ? result : ProbeRunner.Result.failure(failure.toString())));
  }

  /** Whether results of this start still count. */
  boolean isOn(int attempt) {
    return round.filter(now -> now.container().attempt() == attempt).isPresent();
  }

  /**
   * Takes a result in, and lets the next run come.
   *
   * @return why the container is to be killed
   */
  Optional<String> observe(ContainerActor.Probed message) {
    ContainerProbes all = round.orElseThrow().probes();
    boolean startedBefore = all.isStarted();
    all.observe(message.kind(), message.result());
    if (all.deadly().isPresent()) {
      String probe = message.kind() == ContainerProbes.Kind.STARTUP ? "Startup" : "Liveness";
      return Optional.of(probe + " probe failed: " + message.result().message());
    }
    if (startedBefore != all.isStarted()) {
      schedule();
    } else {
      Duration delay = all.nextDelay(message.kind(), machine.now());
      timers.startSingleTimer(message.kind(), new ContainerActor.ProbeDue(message.kind()), delay);
    }
    return Optional.empty();
  }

  /** No result counts any more. */
  void cancel() {
    for (ContainerProbes.Kind kind : ContainerProbes.Kind.values()) {
      timers.cancel(kind);
    }
    round = Optional.empty();
  }

  boolean isStarted() {
    return round.filter(now -> now.probes().isStarted()).isPresent();
  }

  boolean isReady() {
    return round.filter(now -> now.probes().isReady()).isPresent();
  }

  /** What the readiness probe last complained of. */
  Optional<String> unready() {
    return round.flatMap(now -> now.probes().unready());
  }
}
