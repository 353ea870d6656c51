package io.hawser.scheduler.controller;

import io.hawser.cluster.protocol.ControllerProtocol;
import io.hawser.cluster.protocol.ControllerProtocol.BackupOpened;
import io.hawser.cluster.protocol.ControllerProtocol.Command;
import io.hawser.cluster.protocol.ControllerProtocol.Controllers;
import io.hawser.cluster.protocol.ControllerProtocol.Events;
import io.hawser.cluster.protocol.ControllerProtocol.Journal;
import io.hawser.persistence.HawserStore;
import io.hawser.persistence.JournaledEvent;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * An operator's door to the journal of one controller. Gateways talk to it; it works also while the
 * node is no member of a cluster, which is when a lost majority is recovered from.
 */
public final class ControllerActor extends AbstractBehavior<Command> {
  private final Settings settings;
  private final HawserStore store;
  private final JournalWork work;
  private final WhyReader why;
  private final Executor threads;

  /**
   * @param node this controller's name
   * @param stepAside called when this one does not keep the journal any more; must not block
   * @param tellRestored tells those who write the journal that it was restored: idle, they would
   *     not notice
   */
  public record Settings(String node, Runnable stepAside, Runnable tellRestored) {}

  public static Behavior<Command> create(Settings settings) {
    return Behaviors.setup(context -> new ControllerActor(context, settings));
  }

  private ControllerActor(ActorContext<Command> context, Settings settings) {
    super(context);
    this.settings = settings;
    this.store = HawserStore.get(context.getSystem());
    this.work = new JournalWork(context.getSystem(), store, settings.node());
    this.why = new WhyReader(store);
    this.threads = context.getSystem().dispatchers().lookup(DispatcherSelector.blocking());
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(ControllerProtocol.ListControllers.class, this::onListControllers)
        .onMessage(ControllerProtocol.ChangeControllers.class, this::onChangeControllers)
        .onMessage(ControllerProtocol.StepAside.class, this::onStepAside)
        .onMessage(ControllerProtocol.ListJournal.class, this::onListJournal)
        .onMessage(ControllerProtocol.ReadJournal.class, this::onReadJournal)
        .onMessage(ControllerProtocol.TellWhy.class, this::onTellWhy)
        .onMessage(ControllerProtocol.BackUp.class, this::onBackUp)
        .onMessage(ControllerProtocol.Restore.class, this::onRestore)
        .onMessage(ControllerProtocol.RecoverAlone.class, this::onRecoverAlone)
        .build();
  }

  private Behavior<Command> onListControllers(ControllerProtocol.ListControllers list) {
    reply(CompletableFuture.supplyAsync(work::controllers, threads), list.replyTo(), this::failed);
    return this;
  }

  private Behavior<Command> onChangeControllers(ControllerProtocol.ChangeControllers change) {
    reply(
        CompletableFuture.supplyAsync(() -> work.change(change), threads),
        change.replyTo(),
        this::failed);
    return this;
  }

  private Behavior<Command> onStepAside(ControllerProtocol.StepAside order) {
    getContext().getLog().warn("{} has taken the journal from this node", order.by());
    settings.stepAside().run();
    return this;
  }

  private Behavior<Command> onListJournal(ControllerProtocol.ListJournal list) {
    reply(
        store.logs().thenApply(JournalWork::journal),
        list.replyTo(),
        why -> JournalWork.journalFailed(why));
    return this;
  }

  private Behavior<Command> onReadJournal(ControllerProtocol.ReadJournal read) {
    reply(
        store
            .events(read.persistenceId(), read.fromSequenceNr(), read.max())
            .thenApply(
                (java.util.List<JournaledEvent> events) ->
                    new Events(events.stream().map(work::entry).toList(), Optional.empty())),
        read.replyTo(),
        why -> new Events(java.util.List.of(), Optional.of(why)));
    return this;
  }

  private Behavior<Command> onTellWhy(ControllerProtocol.TellWhy ask) {
    reply(why.tell(ask), ask.replyTo(), WhyReader::failed);
    return this;
  }

  private Behavior<Command> onBackUp(ControllerProtocol.BackUp order) {
    reply(
        CompletableFuture.supplyAsync(work::backUp, threads),
        order.replyTo(),
        why -> new BackupOpened(Optional.empty(), Optional.of(why)));
    return this;
  }

  private Behavior<Command> onRestore(ControllerProtocol.Restore order) {
    CompletionStage<Journal> restored =
        work.restore(order.backup(), threads)
            .whenComplete((done, failure) -> settings.tellRestored().run());
    reply(restored, order.replyTo(), JournalWork::journalFailed);
    return this;
  }

  private Behavior<Command> onRecoverAlone(ControllerProtocol.RecoverAlone order) {
    CompletionStage<Controllers> recovered =
        order.certain()
            ? store.recoverAlone().thenApplyAsync(done -> work.controllers(), threads)
            : CompletableFuture.supplyAsync(work::controllers, threads);
    reply(recovered, order.replyTo(), this::failed);
    return this;
  }

  private Controllers failed(String why) {
    return work.failed(why);
  }

  private <A> void reply(
      CompletionStage<A> answer, ActorRef<A> replyTo, Function<String, A> failed) {
    answer.whenComplete(
        (said, failure) -> replyTo.tell(failure == null ? said : failed.apply(reason(failure))));
  }

  private static String reason(Throwable failure) {
    Throwable cause = failure;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }
}
