package io.hawser.persistence;

import io.hawser.persistence.StoreCommand.StoredEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.persistence.AtomicWrite;
import org.apache.pekko.persistence.PersistentRepr;
import org.apache.pekko.persistence.journal.japi.AsyncWriteJournal;
import scala.concurrent.Future;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Pekko's journal plugin {@code hawser.journal}.
 *
 * <p>A call writes for one persistent actor and is all or nothing. Calls of different actors travel
 * through the Raft log side by side and share its flushes; each has its own result, so a fenced
 * writer fails alone. An event that cannot be serialized rejects its whole call before anything is
 * written.
 */
public final class HawserJournal extends AsyncWriteJournal {
  /** From so many on they are written and read on several threads. */
  private static final int MANY_EVENTS = 64;

  private final StoreClient store;
  private final PayloadCodec codec;

  /** Made by Pekko from the configuration. */
  public HawserJournal() {
    this.store = HawserStore.get(context().system()).client();
    this.codec = new PayloadCodec((ExtendedActorSystem) context().system());
  }

  @Override
  public Future<Iterable<Optional<Exception>>> doAsyncWriteMessages(
      Iterable<AtomicWrite> messages) {
    List<PersistentRepr> reprs = new ArrayList<>();
    List<Optional<Exception>> accepted = new ArrayList<>();
    String persistenceId = null;
    for (AtomicWrite write : messages) {
      persistenceId = write.persistenceId();
      accepted.add(Optional.empty());
      reprs.addAll(CollectionConverters.asJava(write.payload()));
    }
    List<StoredEvent> events;
    try {
      // Most of a large write's time; the writer waits for it.
      events = spread(reprs).map(codec::encode).toList();
    } catch (Exception e) {
      return ScalaFutures.of(CompletableFuture.completedFuture(rejected(messages, e)));
    }
    return ScalaFutures.of(
        store
            .append(persistenceId, EventPack.of(events))
            .<Iterable<Optional<Exception>>>thenApply(done -> accepted));
  }

  private static Iterable<Optional<Exception>> rejected(
      Iterable<AtomicWrite> messages, Exception cause) {
    List<Optional<Exception>> results = new ArrayList<>();
    messages.forEach(write -> results.add(Optional.of(cause)));
    return results;
  }

  @Override
  public Future<Void> doAsyncDeleteMessagesTo(String persistenceId, long toSequenceNr) {
    return ScalaFutures.of(store.deleteEvents(persistenceId, toSequenceNr));
  }

  @Override
  public Future<Void> doAsyncReplayMessages(
      String persistenceId,
      long fromSequenceNr,
      long toSequenceNr,
      long max,
      Consumer<PersistentRepr> replayed) {
    return ScalaFutures.of(replay(persistenceId, fromSequenceNr, toSequenceNr, max, replayed));
  }

  private CompletableFuture<Void> replay(
      String persistenceId, long from, long to, long max, Consumer<PersistentRepr> replayed) {
    if (max <= 0 || from > to) {
      return CompletableFuture.completedFuture(null);
    }
    return replay(persistenceId, store.events(persistenceId, from, to, max), to, max, replayed);
  }

  /** The next page comes while this one is read. */
  private CompletableFuture<Void> replay(
      String persistenceId,
      CompletableFuture<List<StoredEvent>> coming,
      long to,
      long max,
      Consumer<PersistentRepr> replayed) {
    return coming.thenCompose(
        page -> {
          if (page.isEmpty()) {
            return CompletableFuture.completedFuture(null);
          }
          long next = page.get(page.size() - 1).sequenceNr() + 1;
          long rest = max - page.size();
          CompletableFuture<List<StoredEvent>> following =
              rest <= 0 || next > to
                  ? CompletableFuture.completedFuture(List.of())
                  : store.events(persistenceId, next, to, rest);
          spread(page)
              .map(event -> codec.decode(persistenceId, event).repr())
              .forEachOrdered(replayed);
          return replay(persistenceId, following, to, rest, replayed);
        });
  }

  /** Of many, each is worked on by itself, on all processors. */
  private static <T> Stream<T> spread(List<T> all) {
    return all.size() < MANY_EVENTS ? all.stream() : all.parallelStream();
  }

  @Override
  public Future<Long> doAsyncReadHighestSequenceNr(String persistenceId, long fromSequenceNr) {
    return ScalaFutures.of(store.highestSequenceNr(persistenceId));
  }
}
