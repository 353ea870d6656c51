package io.hawser.persistence;

import io.hawser.persistence.StoreCommand.SnapshotRange;
import io.hawser.persistence.StoreCommand.StoredSnapshot;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.persistence.SelectedSnapshot;
import org.apache.pekko.persistence.SnapshotMetadata;
import org.apache.pekko.persistence.SnapshotSelectionCriteria;
import org.apache.pekko.persistence.snapshot.japi.SnapshotStore;
import scala.concurrent.Future;

/**
 * Pekko's snapshot plugin {@code hawser.snapshot-store}: snapshots pass through the same Raft log
 * as events and are as durable. Metadata of snapshots (replicated event sourcing) is not kept.
 */
public final class HawserSnapshotStore extends SnapshotStore {
  private static final long IDLE_SECONDS = 5;
  private static final ThreadFactory CODING_THREAD =
      task -> {
        Thread thread = new Thread(task, "hawser-snapshots");
        thread.setDaemon(true);
        return thread;
      };

  private final StoreClient store;
  private final SnapshotCodec codec;

  /** Of its own: a large snapshot keeps a thread busy for seconds, and actors need theirs. */
  private final ThreadPoolExecutor coding = oneThread();

  /** Made by Pekko from the configuration. */
  public HawserSnapshotStore() {
    this.store = HawserStore.get(context().system()).client();
    this.codec = new SnapshotCodec((ExtendedActorSystem) context().system());
  }

  @Override
  public Future<Optional<SelectedSnapshot>> doLoadAsync(
      String persistenceId, SnapshotSelectionCriteria criteria) {
    return ScalaFutures.of(
        store
            .findSnapshot(persistenceId, range(criteria))
            .thenApplyAsync(
                found -> found.map(snapshot -> selected(persistenceId, snapshot)), coding));
  }

  private SelectedSnapshot selected(String persistenceId, StoredSnapshot snapshot) {
    try {
      return SelectedSnapshot.create(
          new SnapshotMetadata(persistenceId, snapshot.sequenceNr(), snapshot.timestampMillis()),
          codec.decode(snapshot.body()));
    } catch (IOException e) {
      throw new CompletionException(e);
    }
  }

  @Override
  public Future<Void> doSaveAsync(SnapshotMetadata metadata, Object snapshot) {
    return ScalaFutures.of(
        CompletableFuture.supplyAsync(() -> stored(metadata, snapshot), coding)
            .thenCompose(stored -> store.saveSnapshot(metadata.persistenceId(), stored)));
  }

  private StoredSnapshot stored(SnapshotMetadata metadata, Object snapshot) {
    try {
      return new StoredSnapshot(
          metadata.sequenceNr(), metadata.timestamp(), codec.encode(snapshot));
    } catch (IOException e) {
      throw new CompletionException(e);
    }
  }

  @Override
  public Future<Void> doDeleteAsync(SnapshotMetadata metadata) {
    // Pekko: a timestamp of 0 means any.
    long min = metadata.timestamp() == 0 ? Long.MIN_VALUE : metadata.timestamp();
    long max = metadata.timestamp() == 0 ? Long.MAX_VALUE : metadata.timestamp();
    SnapshotRange one = new SnapshotRange(metadata.sequenceNr(), metadata.sequenceNr(), min, max);
    return ScalaFutures.of(store.deleteSnapshots(metadata.persistenceId(), one));
  }

  @Override
  public Future<Void> doDeleteAsync(String persistenceId, SnapshotSelectionCriteria criteria) {
    return ScalaFutures.of(store.deleteSnapshots(persistenceId, range(criteria)));
  }

  private static ThreadPoolExecutor oneThread() {
    ThreadPoolExecutor executor =
        new ThreadPoolExecutor(
            1, 1, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), CODING_THREAD);
    executor.allowCoreThreadTimeOut(true);
    return executor;
  }

  /** What is under way comes to its end. */
  @Override
  public void postStop() {
    coding.shutdown();
  }

  private static SnapshotRange range(SnapshotSelectionCriteria criteria) {
    return new SnapshotRange(
        criteria.minSequenceNr(),
        criteria.maxSequenceNr(),
        criteria.minTimestamp(),
        criteria.maxTimestamp());
  }
}
