package io.hawser.persistence;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.apache.pekko.Done;
import org.apache.ratis.io.CorruptedFileException;
import org.apache.ratis.proto.RaftProtos.ServerRpcProto;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SetConfigurationRequest;
import org.apache.ratis.protocol.SnapshotManagementRequest;
import org.apache.ratis.protocol.TransferLeadershipRequest;
import org.apache.ratis.protocol.exceptions.ChecksumException;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.util.ExitUtils;
import org.apache.ratis.util.NetUtils;
import org.apache.ratis.util.ProtoUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** This node's replica: the Raft server in this JVM. Its methods may block unless they say so. */
final class StorePeer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StorePeer.class);
  private static final Duration SNAPSHOT_TIMEOUT = Duration.ofMinutes(1);

  private static final int CLOSE_POLL_MILLIS = 10;
  private static final int CONNECT_MILLIS = 200;

  private final InetSocketAddress address;
  private final RaftPeerId self;
  private final RaftGroupId groupId;
  private final RaftServer server;
  private final StoreStateMachine stateMachine;
  private final ClientId clientId = ClientId.randomId();
  private final AtomicLong callIds = new AtomicLong();
  private volatile Throwable logFailure;

  private StorePeer(
      RaftServer server,
      StoreStateMachine stateMachine,
      RaftGroupId groupId,
      InetSocketAddress address) {
    this.address = address;
    this.server = server;
    this.stateMachine = stateMachine;
    this.self = server.getId();
    this.groupId = groupId;
  }

  /**
   * Starts the replica: reads its state and log back, listens, takes part in elections.
   *
   * @throws IOException when the directory is locked, damaged or not writable, or the port is taken
   */
  static StorePeer start(StoreSettings settings, StoreStateMachine.Events events)
      throws IOException {
    return start(settings, events, RatisSettings.group(settings));
  }

  /** As {@link #start(StoreSettings, StoreStateMachine.Events)}, but waits to be let in. */
  static StorePeer startOutside(StoreSettings settings, StoreStateMachine.Events events)
      throws IOException {
    return start(settings, events, RaftGroup.valueOf(RatisSettings.group(settings).getGroupId()));
  }

  private static StorePeer start(
      StoreSettings settings, StoreStateMachine.Events events, RaftGroup group) throws IOException {
    keepRatisFromExiting();
    RatisSettings.keepBuffersSmall();
    RatisSettings.keepMetricsInside();
    Files.createDirectories(settings.dir());
    LogTail.cut(settings.dir());
    StoreStateMachine stateMachine = new StoreStateMachine(settings, events);
    RaftServer server =
        RaftServer.newBuilder()
            .setServerId(RaftPeerId.valueOf(settings.self()))
            .setGroup(group)
            .setOption(RaftStorage.StartupOption.RECOVER)
            .setStateMachine(stateMachine)
            .setProperties(RatisSettings.properties(settings))
            .setParameters(RatisSettings.parameters(settings))
            .build();
    try {
      server.start();
    } catch (IOException | RuntimeException | Error e) {
      server.close();
      String message = "peer " + settings.self() + " did not start: ";
      throw isDamage(e)
          ? new StoreRejoin.DamagedLogException(message + wayOut(settings, e), e)
          : new IOException(message + e.getMessage(), e);
    }
    return new StorePeer(
        server, stateMachine, group.getGroupId(), settings.selfPeer().orElseThrow().address());
  }

  private static boolean isDamage(Throwable failure) {
    return damage(failure).isPresent();
  }

  private static Optional<Throwable> damage(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof ChecksumException || cause instanceof CorruptedFileException) {
        return Optional.of(cause);
      }
    }
    return Optional.empty();
  }

  /** A damaged log is not mended by dropping what it said: the others must not rely on it then. */
  private static String wayOut(StoreSettings settings, Throwable failure) {
    return """
        its log in %s is damaged (%s). With other controllers it comes back by itself; else delete that directory, \
        start the node and hawser restore BACKUP"""
        .formatted(settings.dir(), damage(failure).orElse(failure).getMessage());
  }

  /**
   * Ratis ends the JVM when a port is taken, and on any uncaught exception of any thread of the
   * process. This JVM runs containers: it decides itself.
   */
  private static void keepRatisFromExiting() {
    Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
    ExitUtils.disableSystemExit();
    ExitUtils.setTerminateOnUncaughtException(false);
    Thread.setDefaultUncaughtExceptionHandler(before);
  }

  RaftPeerId id() {
    return self;
  }

  /** Does not block. False once the log failed (full disk) or the peer was closed. */
  boolean isRunning() {
    return logFailure == null && divisionIsAlive();
  }

  /** Why this replica's log could not be written; null while it can. */
  Throwable logFailure() {
    return logFailure;
  }

  /**
   * Takes the replica out. A leader whose log is closed would go on with its heartbeats and keep
   * the others from electing one that can write.
   */
  void failed(Throwable cause) throws IOException {
    logFailure = cause;
    closeServer();
  }

  private boolean divisionIsAlive() {
    return division().map(division -> division.getInfo().isAlive()).orElse(false);
  }

  /** Does not block. Empty during an election. */
  Optional<RaftPeerId> leader() {
    return division().map(division -> division.getInfo().getLeaderId());
  }

  boolean isLeader() {
    return division().map(division -> division.getInfo().isLeader()).orElse(false);
  }

  /** True when this replica leads and has applied everything before its leadership. */
  boolean isReadyLeader() {
    return division().map(division -> division.getInfo().isLeaderReady()).orElse(false);
  }

  /** The last log index this replica has applied, −1 before the first. */
  long appliedIndex() {
    return division().map(division -> division.getInfo().getLastAppliedIndex()).orElse(-1L);
  }

  /** Without a majority what was applied may end long before the log does. */
  LogEnd lastEntry() {
    return division()
        .map(
            division ->
                Stream.of(
                        Optional.ofNullable(division.getRaftLog().getLastEntryTermIndex()),
                        // All of the log up to a snapshot may be gone.
                        Optional.ofNullable(division.getStateMachine().getLastAppliedTermIndex()))
                    .flatMap(Optional::stream)
                    .max(Comparator.naturalOrder()))
        .flatMap(last -> last)
        .map(last -> new LogEnd(last.getTerm(), last.getIndex()))
        .orElse(LogEnd.NOTHING);
  }

  /** Who keeps the journal now, as this replica knows it. Does not block. */
  List<RaftPeer> members() {
    return division()
        .map(division -> List.copyOf(division.getRaftConf().getCurrentPeers()))
        .orElse(List.of());
  }

  /**
   * Asks the leader, when it is this replica, to change who keeps the journal.
   *
   * @return the leader's answer, once a majority of the old and of the new members has it
   */
  CompletableFuture<RaftClientReply> changeMembers(SetConfigurationRequest request)
      throws IOException {
    return server.setConfigurationAsync(request);
  }

  /** The directory with the state's files of this group. */
  Path stateDirectory() throws IOException {
    return server
        .getDivision(groupId)
        .getRaftStorage()
        .getStorageDir()
        .getStateMachineDir()
        .toPath();
  }

  RaftGroupId groupId() {
    return groupId;
  }

  private Optional<RaftServer.Division> division() {
    try {
      return Optional.of(server.getDivision(groupId));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Returns when the request is queued; the future completes when it is answered. */
  CompletableFuture<RaftClientReply> submit(RaftClientRequest request) throws IOException {
    return server.submitClientRequestAsync(request);
  }

  /**
   * Asks for a snapshot of this replica; log up to the one before is dropped. Fails with the disk's
   * reason when it could not be written.
   */
  CompletableFuture<RaftClientReply> takeSnapshot() {
    SnapshotManagementRequest request =
        SnapshotManagementRequest.newCreate(
            clientId, self, groupId, callIds.incrementAndGet(), SNAPSHOT_TIMEOUT.toMillis(), 1);
    return server
        .snapshotManagementAsync(request)
        .thenCompose(
            reply -> {
              IOException failure = stateMachine.snapshotFailure();
              return failure == null
                  ? CompletableFuture.completedFuture(reply)
                  : CompletableFuture.failedFuture(failure);
            });
  }

  /**
   * Hands leadership to the follower heard of last, else to the next. When a whole cluster stops
   * they are gone already: one where nobody listens is not asked, Ratis would wait for it.
   *
   * @param timeout for all followers together
   * @return true when this replica is not the leader (any more)
   */
  boolean transferLeadership(Duration timeout) {
    long begun = System.nanoTime();
    List<RaftPeer> followers = followers();
    for (int i = 0; i < followers.size() && isLeader(); i++) {
      long left = timeout.toMillis() - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
      long share = left / (followers.size() - i);
      if (share <= 0 || transferLeadership(followers.get(i), share)) {
        break;
      }
    }
    return !isLeader();
  }

  private boolean transferLeadership(RaftPeer follower, long timeoutMillis) {
    if (!isListening(NetUtils.createSocketAddr(follower.getAddress()))) {
      LOG.info("Leadership did not go to {}: it is gone", follower.getId());
      return false;
    }
    try {
      RaftClientReply reply =
          server.transferLeadership(
              new TransferLeadershipRequest(
                  clientId,
                  self,
                  groupId,
                  callIds.incrementAndGet(),
                  follower.getId(),
                  timeoutMillis));
      if (reply.isSuccess()) {
        return true;
      }
      LOG.info(
          "Leadership did not go to {}: {}", follower.getId(), reply.getException().getMessage());
    } catch (IOException e) {
      LOG.info("Leadership did not go to {}: {}", follower.getId(), e.getMessage());
    }
    return false;
  }

  private List<RaftPeer> followers() {
    return division()
        .map(division -> division.getInfo().getRoleInfoProto().getLeaderInfo())
        .map(
            leader ->
                leader.getFollowerInfoList().stream()
                    .sorted(Comparator.comparingLong(ServerRpcProto::getLastRpcElapsedTimeMs))
                    .map(follower -> ProtoUtils.toRaftPeer(follower.getId()))
                    .toList())
        .orElse(List.of());
  }

  /**
   * Returns when the log is closed and the port is free, so that both can be opened again. Ratis
   * then waits 2 s more for its network threads to stay quiet, which nobody needs to wait for with
   * it.
   */
  @Override
  public void close() throws IOException {
    CompletableFuture<Done> closed =
        HawserStore.onOwnThread(
                () -> {
                  try {
                    closeServer();
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                })
            .get()
            .toCompletableFuture();
    try {
      while (!closed.isDone() && isListening(address)) {
        TimeUnit.MILLISECONDS.sleep(CLOSE_POLL_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (closed.isCompletedExceptionally()) {
      closed.join();
    }
  }

  /** Ratis closes its logs beside its ports: one that is closed before, it leaves alone. */
  private synchronized void closeServer() throws IOException {
    Optional<RaftServer.Division> log = division();
    if (log.isPresent()) {
      log.get().close();
    }
    server.close();
  }

  private static boolean isListening(InetSocketAddress address) {
    try (Socket socket = new Socket()) {
      socket.connect(address, CONNECT_MILLIS);
      return true;
    } catch (IOException refused) {
      return false;
    }
  }
}
