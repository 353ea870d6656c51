package io.hawser.gateway.http;

import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.protocol.NodeProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.cluster.replica.ReplicaProtocol;
import io.hawser.cluster.replica.ReplicaProtocol.View;
import io.hawser.gateway.Limits;
import io.hawser.gateway.wire.StatusError;
import io.hawser.model.Node;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.AskPattern;

/** What the HTTP side asks of the cluster, with a bound on every wait. */
public final class ClusterAccess {
  private final ActorSystem<?> system;
  private final ActorRef<ReplicaProtocol.Command> replica;
  private final ActorRef<SchedulerProtocol.Command> scheduler;
  private final AtomicInteger writes = new AtomicInteger();

  public ClusterAccess(
      ActorSystem<?> system,
      ActorRef<ReplicaProtocol.Command> replica,
      ActorRef<SchedulerProtocol.Command> scheduler) {
    this.system = system;
    this.replica = replica;
    this.scheduler = scheduler;
  }

  ActorSystem<?> system() {
    return system;
  }

  ActorRef<ReplicaProtocol.Command> replica() {
    return replica;
  }

  /**
   * This machine's replica as it is now.
   *
   * @return fails with 503 before the replica has the scheduler's state for the first time
   */
  CompletionStage<View> view() {
    return rawView()
        .thenApply(
            view -> {
              if (!view.isKnown()) {
                throw StatusError.unavailable(
                    "this gateway has not heard from the scheduler yet; try again");
              }
              return view;
            });
  }

  CompletionStage<View> rawView() {
    return ask(
        replica,
        ReplicaProtocol.GetState::new,
        Limits.REPLICA_TIMEOUT,
        "this gateway's replica did not answer");
  }

  /** The replica once it has reached the revision, or as it is after the time-out. */
  CompletionStage<View> await(long revision, Duration timeout) {
    return ask(
        replica,
        replyTo -> new ReplicaProtocol.AwaitRevision(revision, timeout, replyTo),
        timeout.plus(Limits.REPLICA_TIMEOUT),
        "this gateway's replica did not answer");
  }

  /**
   * Asks the scheduler for a change.
   *
   * @return fails with the scheduler's refusal, or with 504 when it says nothing in time
   * @throws StatusError 429 when {@link Limits#MAX_WRITES} wait already
   */
  CompletionStage<Answer.Accepted> submit(ClientRequest request, StatusError.Subject subject) {
    String requestId = UUID.randomUUID().toString();
    long deadline = System.nanoTime() + Limits.WRITE_TIMEOUT.toNanos();
    if (writes.incrementAndGet() > Limits.MAX_WRITES) {
      writes.decrementAndGet();
      throw StatusError.tooManyRequests(
          Limits.MAX_WRITES + " changes wait for the scheduler; try again");
    }
    CompletionStage<Answer> answer =
        attempt(request, requestId, deadline, 1)
            .whenComplete((said, failure) -> writes.decrementAndGet());
    return answer.thenApply(
        said -> {
          if (said instanceof Answer.Refused refused) {
            throw StatusError.refused(refused.refusal(), subject);
          }
          return (Answer.Accepted) said;
        });
  }

  /**
   * A scheduler that dies takes the answer with it; its successor is asked again, under the same
   * id, and carries the request out only if it was not done.
   */
  private CompletionStage<Answer> attempt(
      ClientRequest request, String requestId, long deadline, int number) {
    Duration patience =
        Limits.WRITE_ATTEMPT.multipliedBy(1L << Math.max(0, number - Limits.WRITE_QUICK_ATTEMPTS));
    Duration left = Duration.ofNanos(Math.max(1, deadline - System.nanoTime()));
    boolean last = left.compareTo(patience.multipliedBy(2)) < 0;
    CompletionStage<Answer> answer =
        ask(
            scheduler,
            replyTo ->
                new SchedulerProtocol.Submit(request, replyTo, java.util.Optional.of(requestId)),
            last ? left : patience,
            "the scheduler did not answer within "
                + Limits.WRITE_TIMEOUT.toSeconds()
                + " s; the change may or may not have been made");
    return last
        ? answer
        : answer.exceptionallyCompose(
            failure ->
                failure.getCause() instanceof StatusError error && error.code() == 504
                    ? attempt(request, requestId, deadline, number + 1)
                    : java.util.concurrent.CompletableFuture.failedFuture(failure));
  }

  CompletionStage<SchedulerProtocol.Located> locate() {
    return ask(
        scheduler,
        SchedulerProtocol.Locate::new,
        Limits.NODE_TIMEOUT,
        "the scheduler did not answer");
  }

  /**
   * Asks the scheduler what it would answer.
   *
   * @return fails with its refusal
   */
  CompletionStage<Answer> rehearse(ClientRequest request, StatusError.Subject subject) {
    return this.<Answer>foresee(replyTo -> new SchedulerProtocol.Rehearse(request, replyTo))
        .thenApply(
            said -> {
              if (said instanceof Answer.Refused refused) {
                throw StatusError.refused(refused.refusal(), subject);
              }
              return said;
            });
  }

  /**
   * Has a request carried out, or only asks what the scheduler would answer.
   *
   * @return this gateway's view, with the change unless it was a dry run; fails with a refusal
   */
  CompletionStage<View> perform(
      ClientRequest request, StatusError.Subject subject, boolean dryRun) {
    return dryRun
        ? rehearse(request, subject).thenCompose(said -> view())
        : submit(request, subject)
            .thenCompose(done -> await(done.revision(), Limits.REPLICA_TIMEOUT));
  }

  /** Asks the scheduler for something that changes nothing. */
  <A> CompletionStage<A> foresee(Function<ActorRef<A>, SchedulerProtocol.Command> question) {
    return ask(
        scheduler,
        question,
        Limits.PLAN_TIMEOUT,
        "the scheduler did not answer within " + Limits.PLAN_TIMEOUT.toSeconds() + " s");
  }

  /**
   * Asks a machine's NodeActor.
   *
   * @return fails with 503 when the node is lost, with 504 when it says nothing in time
   */
  <A> CompletionStage<A> askNode(Node node, Function<ActorRef<A>, NodeProtocol.Command> message) {
    if (!node.isReady()) {
      throw StatusError.unavailable("node " + node.name() + " is lost: " + node.stateReason());
    }
    return ask(
        NodeProtocol.at(system, node.info().address()),
        message,
        Limits.NODE_TIMEOUT,
        "node " + node.name() + " did not answer within " + Limits.NODE_TIMEOUT.toSeconds() + " s");
  }

  <M, A> CompletionStage<A> ask(
      ActorRef<? super M> actor, Function<ActorRef<A>, M> message, Duration timeout, String late) {
    CompletionStage<A> answer =
        AskPattern.<M, A>ask(actor.<M>unsafeUpcast(), message::apply, timeout, system.scheduler());
    // On an executor by name: Scala's futures would else start a thread for what follows.
    return answer.handleAsync(
        (said, failure) -> {
          if (failure == null) {
            return said;
          }
          Throwable cause =
              failure instanceof CompletionException && failure.getCause() != null
                  ? failure.getCause()
                  : failure;
          if (cause instanceof TimeoutException) {
            throw StatusError.of(504, "Timeout", late);
          }
          throw new CompletionException(cause);
        },
        system.executionContext());
  }
}
