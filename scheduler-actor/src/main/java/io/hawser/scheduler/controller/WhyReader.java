package io.hawser.scheduler.controller;

import io.hawser.cluster.protocol.ControllerProtocol.TellWhy;
import io.hawser.cluster.protocol.ControllerProtocol.WhyTold;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.persistence.HawserStore;
import io.hawser.persistence.JournaledEvent;
import io.hawser.persistence.LogSummary;
import io.hawser.scheduler.SchedulerActor;
import io.hawser.scheduler.core.history.CausalHistory;
import io.hawser.scheduler.core.history.Subject;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;

/** Reads the journal from its oldest kept event on, page by page, for one causal history. */
final class WhyReader {
  /** Most events read for one answer: the newest. Snapshots let the journal keep about 3,000. */
  static final long MAX_EVENTS = 10_000;

  private static final int PAGE = 500;

  /** Histories read at a time; one more is refused. */
  private static final int MAX_AT_ONCE = 2;

  private final HawserStore store;
  private final Semaphore free = new Semaphore(MAX_AT_ONCE);

  WhyReader(HawserStore store) {
    this.store = store;
  }

  /** Completes on the store's threads; fails when the journal can't be read. */
  CompletionStage<WhyTold> tell(TellWhy ask) {
    if (!free.tryAcquire()) {
      return CompletableFuture.completedFuture(
          failed("this controller reads %d histories already; try again".formatted(MAX_AT_ONCE)));
    }
    CausalHistory history =
        new CausalHistory(new Subject(ask.kind(), ask.namespace(), ask.name(), ask.deployment()));
    CompletionStage<WhyTold> told;
    try {
      told = store.logs().thenCompose(logs -> from(logs, history));
    } catch (RuntimeException e) {
      told = CompletableFuture.failedFuture(e);
    }
    return told.whenComplete((done, failure) -> free.release());
  }

  private CompletionStage<WhyTold> from(List<LogSummary> logs, CausalHistory history) {
    Optional<LogSummary> log =
        logs.stream()
            .filter(l -> l.persistenceId().equals(SchedulerActor.PERSISTENCE_ID))
            .findFirst();
    long highest = log.map(LogSummary::highestSequenceNr).orElse(0L);
    long oldest = log.map(LogSummary::firstSequenceNr).orElse(1L);
    long first = Math.max(oldest, highest - MAX_EVENTS + 1);
    return read(first, highest, history)
        .thenApply(done -> new WhyTold(first, highest, history.links(), Optional.empty()));
  }

  private CompletionStage<Void> read(long next, long last, CausalHistory history) {
    if (next > last) {
      return CompletableFuture.completedFuture(null);
    }
    return store
        .events(SchedulerActor.PERSISTENCE_ID, next, PAGE)
        .thenCompose(
            page -> {
              for (JournaledEvent event : page) {
                if (event.event() instanceof SchedulerEvent e && event.sequenceNr() <= last) {
                  history.add(event.sequenceNr(), e);
                }
              }
              return page.isEmpty()
                  ? CompletableFuture.completedFuture(null)
                  : read(page.get(page.size() - 1).sequenceNr() + 1, last, history);
            });
  }

  static WhyTold failed(String why) {
    return new WhyTold(0, 0, List.of(), Optional.of(why));
  }
}
