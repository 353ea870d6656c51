package io.hawser.persistence;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.apache.pekko.Done;
import org.apache.pekko.actor.AbstractExtensionId;
import org.apache.pekko.actor.ClassicActorSystemProvider;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.Extension;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The replicated store of this node, as a Pekko extension: starts this node's peer when the node is
 * one, hands leadership over and stops it with the actor system, and answers what the plugins do
 * not.
 *
 * <p>Starting happens on a thread of its own; requests wait for it, within {@code timeouts.start}.
 */
public final class HawserStore implements Extension {
  private static final Logger LOG = LoggerFactory.getLogger(HawserStore.class);
  private static final Id ID = new Id();

  /** How long a stop waits for a start that is under way; one with a long log goes on beside it. */
  private static final Duration STARTER_BOUND = Duration.ofSeconds(5);

  private final StoreSettings settings;
  private final PayloadCodec codec;
  private final StoreClient client;
  private volatile CompletableFuture<Running> running;
  private volatile Thread starter;

  /** Why the replica is out; null while it runs. */
  private volatile String outFor;

  private final AtomicBoolean stopped = new AtomicBoolean();
  private final PeerAbsence absence;

  /** The parts that exist once the peer has started. */
  record Running(StorePeer peer, StoreRouter router) {}

  private HawserStore(ExtendedActorSystem system) {
    this.settings = StoreSettings.from(system.settings().config().getConfig("hawser.store"));
    this.codec = new PayloadCodec(system);
    this.client =
        new StoreClient(
            settings.limits(),
            command -> whenRunning(command, StoreRouter::write),
            query -> whenRunning(query, StoreRouter::read));
    this.absence = new PeerAbsence(settings, client, stopped::get);
    this.running = settings.isPeer() ? start() : notAPeer();
    if (settings.isPeer()) {
      stopWith(CoordinatedShutdown.get(system));
      // A system that is terminated without a coordinated shutdown.
      system.registerOnTermination(this::stop);
    }
  }

  /** The store of an actor system; the first call starts it. */
  public static HawserStore get(ClassicActorSystemProvider system) {
    return ID.get(system);
  }

  /** True when this node holds a replica and may use the journal. */
  public boolean isPeer() {
    return settings.isPeer();
  }

  /**
   * Completes when the store answers: the local peer runs and a majority has a leader. Fails with
   * why it does not after {@code timeouts.start}. The scheduler is best started after it.
   */
  public CompletionStage<Done> ready() {
    return answering(System.nanoTime() + settings.timeouts().start().toNanos());
  }

  private CompletionStage<Done> answering(long deadlineNanos) {
    return client
        .highestSequenceNr("")
        .handle(
            (any, failure) -> {
              boolean again =
                  running.isDone()
                      && !running.isCompletedExceptionally()
                      && !stopped.get()
                      && System.nanoTime() - deadlineNanos < 0;
              if (failure != null && again) {
                // A router that closes answers at once, until the next has taken its place.
                return CompletableFuture.supplyAsync(
                        () -> answering(deadlineNanos),
                        CompletableFuture.delayedExecutor(
                            settings.timeouts().attempts().retryDelay().toMillis(),
                            TimeUnit.MILLISECONDS))
                    .thenCompose(stage -> stage);
              }
              return failure == null
                  ? CompletableFuture.completedFuture(Done.getInstance())
                  : CompletableFuture.<Done>failedFuture(ScalaFutures.cause(failure));
            })
        .thenCompose(stage -> stage);
  }

  /** The peer id of the leader as this node knows it; empty during an election. */
  public Optional<String> leader() {
    return peer().flatMap(StorePeer::leader).map(RaftPeerId::toString);
  }

  /** Index of the last log entry that this node's peer has applied, −1 before the first. */
  public long appliedIndex() {
    return peer().map(StorePeer::appliedIndex).orElse(-1L);
  }

  /** What the log of this node's peer ends with, whether it has applied it or not. */
  public LogEnd lastEntry() {
    return peer().map(StorePeer::lastEntry).orElse(LogEnd.NOTHING);
  }

  /** True when this node's peer leads. */
  public boolean isLeader() {
    return peer().map(StorePeer::isLeader).orElse(false);
  }

  /**
   * True while this node's replica knows a leader, and so a majority: a leader that hears of too
   * few gives up, and so does who hears nothing of a leader, each within {@code
   * timeouts.election-max}. While the replica is out because its log can't be written, the others
   * are asked. Does not block.
   */
  public boolean reachesMajority() {
    return leader().isPresent() && isPeerRunning() || absence.reachesMajority();
  }

  /** How many keep the journal as this node's replica knows it; 0 before it runs. */
  public int voters() {
    return peer().map(running -> running.members().size()).orElse(0);
  }

  /**
   * False when the peer has stopped by itself, for example because its log could not be written.
   */
  public boolean isPeerRunning() {
    return peer().map(StorePeer::isRunning).orElse(false);
  }

  /**
   * Retained events of one persistence id, in order: history for operators.
   *
   * @param fromSequenceNr the first one wanted, from 1; earlier ones may have been deleted
   * @param max at most so many; fewer when a page ({@code limits.page-bytes}) is full: ask again
   *     from the last one's number + 1 until the answer is empty
   */
  public CompletionStage<List<JournaledEvent>> events(
      String persistenceId, long fromSequenceNr, int max) {
    return client
        .events(persistenceId, fromSequenceNr, Long.MAX_VALUE, max)
        .thenApply(
            page ->
                page.stream().map(event -> journaled(codec.decode(persistenceId, event))).toList());
  }

  private static JournaledEvent journaled(PayloadCodec.DecodedEvent event) {
    return new JournaledEvent(
        event.repr().persistenceId(),
        event.repr().sequenceNr(),
        event.repr().timestamp(),
        event.repr().payload(),
        event.tags(),
        event.repr().writerUuid());
  }

  /** The highest sequence number ever written under a persistence id, 0 when there is none. */
  public CompletionStage<Long> highestSequenceNr(String persistenceId) {
    return client.highestSequenceNr(persistenceId);
  }

  /** What is kept under every persistence id. */
  public CompletionStage<List<LogSummary>> logs() {
    return client.logs();
  }

  /** Who keeps the journal, and changes of it. Fails until the local peer runs. */
  public CompletionStage<StoreMembers> members() {
    return running
        .copy()
        .thenApply(parts -> new StoreMembers(parts.peer(), parts.router().transport()));
  }

  /** Backups of the whole store. Fails until the local peer runs. */
  public CompletionStage<StoreBackup> backup() {
    return running.copy().thenApply(parts -> new StoreBackup(parts.peer(), parts.router(), client));
  }

  /**
   * Goes on as the journal's only member, after the others were lost for good. What this replica's
   * log holds becomes the truth: writes that only the others had are lost, and writes that were
   * never acknowledged may be kept. When one of the others comes back it must not be let in again.
   *
   * @return completes when the store answers again; fails when this node is stopping, and when what
   *     it has of the journal is not its own, or not yet
   */
  public CompletionStage<Done> recoverAlone() {
    return onOwnThread(this::restartAlone).get().thenCompose(done -> ready());
  }

  /** Never beside {@link #stop}: a peer that is started after it would keep directory and port. */
  private void restartAlone() {
    synchronized (stopped) {
      if (stopped.get()) {
        throw new StoreUnavailableException("this node is stopping: ask again", null);
      }
      try {
        refuseWithoutJournal();
        if (!running.isCompletedExceptionally()) {
          close(running.join());
        }
        StoreRecovery.keepOnly(settings);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      running = start();
    }
  }

  /** What it would go on with alone would be nothing, or a part. */
  private void refuseWithoutJournal() throws IOException {
    if (StoreRejoin.isLost(settings)) {
      throw new StoreRefusedException(
          "%s has lost its own journal and waits for the others' (see %s beside it): recover on another controller, or restore a backup in a new cluster"
              .formatted(settings.self(), settings.dir()));
    }
    if (!running.isDone()) {
      throw new StoreUnavailableException(
          "the journal of %s is still starting: ask again".formatted(settings.self()), null);
    }
  }

  /** The replica's log could not be written: it runs again once that makes sense. */
  private void comeBack(Running out) {
    if (!absence.awaitRoom()) {
      return;
    }
    synchronized (stopped) {
      boolean newest =
          running.isDone() && !running.isCompletedExceptionally() && running.join() == out;
      if (stopped.get() || !newest) {
        return;
      }
      closeQuietly(out);
      outFor = String.valueOf(out.peer().logFailure());
      running = start();
    }
  }

  /** The replica did not start: its disk is full or its port is taken, and neither lasts. */
  private void startAgain(CompletableFuture<Running> failed) {
    if (!absence.awaitRoom()) {
      return;
    }
    synchronized (stopped) {
      if (!stopped.get() && running == failed) {
        running = start();
      }
    }
  }

  private static void close(Running parts) throws IOException {
    parts.router().close();
    parts.peer().close();
  }

  private void closeQuietly(Running parts) {
    try {
      close(parts);
    } catch (IOException | RuntimeException e) {
      LOG.warn("The store's peer {} did not stop cleanly", settings.self(), e);
    }
  }

  StoreClient client() {
    return client;
  }

  Optional<StorePeer> peer() {
    return running.isDone() && !running.isCompletedExceptionally()
        ? Optional.of(running.join().peer())
        : Optional.empty();
  }

  private CompletableFuture<ByteString> whenRunning(
      byte[] message, BiFunction<StoreRouter, byte[], CompletableFuture<ByteString>> send) {
    return running
        .copy()
        .orTimeout(settings.timeouts().start().toMillis(), TimeUnit.MILLISECONDS)
        .thenCompose(parts -> send.apply(parts.router(), message));
  }

  private CompletableFuture<Running> notAPeer() {
    return CompletableFuture.failedFuture(
        new StoreUnavailableException(
            "this node (hawser.store.self = \"%s\") is not among hawser.store.peers: it has no journal"
                .formatted(settings.self()),
            null));
  }

  private CompletableFuture<Running> start() {
    CompletableFuture<Running> result = new CompletableFuture<>();
    Thread thread = new Thread(() -> startInto(result), "hawser-store-start");
    thread.setDaemon(true);
    starter = thread;
    thread.start();
    return result;
  }

  private void startInto(CompletableFuture<Running> result) {
    try {
      startPeer(result);
      if (outFor != null) {
        LOG.warn("The store's peer {} runs again", settings.self());
      }
      outFor = null;
    } catch (IOException | RuntimeException | Error e) {
      // Each of many tries may fail alike.
      if (!e.toString().equals(outFor)) {
        LOG.error("The store's peer {} did not start{}", settings.self(), absence.lack(), e);
      }
      outFor = e.toString();
      boolean none =
          result.completeExceptionally(
              new StoreUnavailableException(
                  "the store did not start: " + e.getMessage() + absence.lack(), e));
      boolean forGood =
          e instanceof StoreRejoin.DamagedLogException || e instanceof StoreRejoin.LostLogException;
      if (none && !forGood) {
        startAgain(result);
      }
    }
  }

  private void startPeer(CompletableFuture<Running> result) throws IOException {
    PeerEvents events = new PeerEvents(settings, result, this::comeBack);
    if (StoreRejoin.isLost(settings)) {
      if (!rejoin(events, result, "it is not there")) {
        throw new StoreRejoin.LostLogException(
            "the journal in %s is lost".formatted(settings.dir()));
      }
      return;
    }
    try {
      started(StorePeer.start(settings, events), result);
    } catch (StoreRejoin.DamagedLogException e) {
      LOG.error("The store's peer {}", settings.self(), e);
      if (!rejoin(events, result, "it is damaged")) {
        throw e;
      }
    }
  }

  private void started(StorePeer peer, CompletableFuture<Running> result) throws IOException {
    Running parts = new Running(peer, new StoreRouter(settings, peer));
    result.complete(parts);
    if (stopped.get()) {
      // It was asked to stop while the peer was starting: nobody else ends it.
      close(parts);
    }
  }

  /** False when there is nobody else who could have the data. */
  private boolean rejoin(PeerEvents events, CompletableFuture<Running> result, String why)
      throws IOException {
    try (StoreRejoin rejoin = new StoreRejoin(settings, stopped::get)) {
      if (!rejoin.hasOthers()) {
        return false;
      }
      boolean returns = rejoin.leave(why);
      started(StorePeer.startOutside(settings, events), result);
      if (returns) {
        rejoin.enter();
      }
      return true;
    }
  }

  /**
   * Leadership goes early, while every part of the node still works; the peer itself stays until
   * the cluster is left, because the singleton writes until it has been handed over.
   */
  private void stopWith(CoordinatedShutdown shutdown) {
    shutdown.addTask(
        CoordinatedShutdown.PhaseBeforeClusterShutdown(),
        "hawser-store-transfer-leadership",
        onOwnThread(this::transferLeadership));
    shutdown.addTask(
        CoordinatedShutdown.PhaseBeforeActorSystemTerminate(),
        "hawser-store-stop",
        onOwnThread(this::stop));
  }

  static Supplier<CompletionStage<Done>> onOwnThread(Runnable task) {
    return () -> {
      CompletableFuture<Done> done = new CompletableFuture<>();
      Callable<Done> run =
          () -> {
            task.run();
            return Done.getInstance();
          };
      Thread thread =
          new Thread(
              () -> {
                try {
                  done.complete(run.call());
                } catch (Exception e) {
                  done.completeExceptionally(e);
                }
              },
              "hawser-store-stop");
      thread.setDaemon(true);
      thread.start();
      return done;
    };
  }

  private void transferLeadership() {
    peer()
        .filter(StorePeer::isLeader)
        .ifPresent(peer -> peer.transferLeadership(settings.timeouts().transfer()));
  }

  private void stop() {
    if (!stopped.compareAndSet(false, true)) {
      return;
    }
    synchronized (stopped) {
      awaitStarter();
      if (running.isDone() && !running.isCompletedExceptionally()) {
        transferLeadership();
        closeQuietly(running.join());
      }
    }
  }

  /** A peer that is just starting sees that it must not, and closes itself. */
  private void awaitStarter() {
    try {
      starter.join(STARTER_BOUND.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static final class Id extends AbstractExtensionId<HawserStore> {
    @Override
    public HawserStore createExtension(ExtendedActorSystem system) {
      return new HawserStore(system);
    }
  }
}
