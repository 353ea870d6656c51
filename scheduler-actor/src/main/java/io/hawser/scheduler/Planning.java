package io.hawser.scheduler;

import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol.Command;
import io.hawser.cluster.protocol.SchedulerProtocol.Explained;
import io.hawser.cluster.protocol.SchedulerProtocol.Planned;
import io.hawser.cluster.state.ClusterState;
import io.hawser.model.Refusal;
import io.hawser.scheduler.core.Planner;
import io.hawser.scheduler.core.SchedulerInput;
import io.hawser.scheduler.core.placement.Explanations;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;

/**
 * Plans, rehearsals and explanations of a scheduler, worked out on other threads: the state they
 * are given never changes. Called by the actor alone.
 */
final class Planning {
  private final ActorContext<Command> context;
  private final SchedulerSettings settings;
  private final Command done;
  private final SecureRandom random = new SecureRandom();
  private int underWay;

  /**
   * @param done said to the actor after each, which then calls {@link #onDone}
   */
  Planning(ActorContext<Command> context, SchedulerSettings settings, Command done) {
    this.context = context;
    this.settings = settings;
    this.done = done;
  }

  void explain(ClusterState state, SchedulerProtocol.Explain explain) {
    Instant now = settings.clock().instant();
    aside(
        explain.replyTo(),
        () ->
            Explanations.of(state, settings.placement(), explain.pod(), now)
                .orElseGet(() -> notExplained("pod " + explain.pod() + " is not known")),
        Planning::notExplained);
  }

  private static Explained notExplained(String why) {
    return new Explained(Optional.of(why), Optional.empty(), Optional.empty(), List.of());
  }

  void plan(ClusterState state, SchedulerProtocol.Plan plan) {
    SchedulerInput.Tick at = new SchedulerInput.Tick(settings.clock().instant(), random.nextLong());
    aside(
        plan.replyTo(),
        () -> Planner.plan(state, at, settings.placement(), plan.requests(), plan.without()),
        why -> new Planned(List.of(why), List.of()));
  }

  void rehearse(ClusterState state, SchedulerProtocol.Rehearse rehearse) {
    SchedulerInput.Tick at = new SchedulerInput.Tick(settings.clock().instant(), random.nextLong());
    aside(
        rehearse.replyTo(),
        () -> Planner.rehearse(state, at, settings.placement(), rehearse.request()),
        why -> new Answer.Refused(Refusal.of(Refusal.Reason.UNAVAILABLE, why)));
  }

  private <A> void aside(ActorRef<A> replyTo, Supplier<A> answer, Function<String, A> instead) {
    if (underWay >= SchedulerSettings.MAX_PLANS) {
      replyTo.tell(instead.apply("the scheduler is busy with other plans; try again"));
      return;
    }
    underWay++;
    context.pipeToSelf(
        CompletableFuture.supplyAsync(answer, context.getExecutionContext()),
        (told, failure) -> {
          if (failure != null) {
            context.getSystem().log().error("A plan or explanation failed", failure);
          }
          replyTo.tell(failure == null ? told : instead.apply("failed: " + failure.getMessage()));
          return done;
        });
  }

  void onDone() {
    underWay--;
  }
}
