package io.hawser.persistence;

import io.hawser.persistence.StoreReply.Refused;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.Collectors;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftConfigurationProto;
import org.apache.ratis.proto.RaftProtos.RaftPeerProto;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.exceptions.StateMachineException;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.StateMachineStorage;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.apache.ratis.util.LifeCycle;

/**
 * Puts {@link StoreState} under Ratis: applies the log in order on one thread, answers queries on
 * any, writes the state to disk when the log has grown. Only the leader's admission ({@link
 * #startTransaction}) may look at this node's memory and disk; what is applied depends on the log
 * alone.
 */
final class StoreStateMachine extends BaseStateMachine {

  /** What the state machine tells its owner; called on Ratis' threads, must not block. */
  interface Events {
    void leaderChanged(RaftPeerId leader);

    /** This replica leads, and what was written before is applied here. */
    void leaderReady();

    /** Addresses by id; also once after each start. */
    void membersChanged(Map<String, String> members);

    void snapshotDue();

    void logFailed(Throwable cause);
  }

  private final StoreSettings.Retention retention;
  private final Events events;
  private final DiskSpace disk;
  private final SnapshotFiles files = new SnapshotFiles();
  private final ReadWriteLock lock = new ReentrantReadWriteLock();
  private StoreState state = new StoreState();
  private volatile long retainedBytes;
  private volatile IOException snapshotFailure;
  private long logBytesSinceSnapshot;
  private long logEntriesSinceSnapshot;

  StoreStateMachine(StoreSettings settings, Events events) {
    this.retention = settings.limits().retention();
    this.disk = new DiskSpace(settings.dir().toFile());
    this.events = events;
  }

  @Override
  public void initialize(RaftServer server, RaftGroupId groupId, RaftStorage storage)
      throws IOException {
    getLifeCycle()
        .startAndTransition(
            () -> {
              super.initialize(server, groupId, storage);
              files.init(storage);
              load();
            },
            IOException.class);
  }

  @Override
  public void pause() {
    getLifeCycle().transition(LifeCycle.State.PAUSING);
    getLifeCycle().transition(LifeCycle.State.PAUSED);
  }

  /** A peer that fell behind the leader's log got the leader's state as a file. */
  @Override
  public void reinitialize() throws IOException {
    load();
    if (getLifeCycleState() == LifeCycle.State.PAUSED) {
      getLifeCycle().transition(LifeCycle.State.STARTING);
      getLifeCycle().transition(LifeCycle.State.RUNNING);
    }
  }

  private void load() throws IOException {
    SnapshotFiles.Loaded loaded = files.loadNewest();
    lock.writeLock().lock();
    try {
      state = loaded.state();
      retainedBytes = state.retainedBytes();
      logBytesSinceSnapshot = 0;
      logEntriesSinceSnapshot = 0;
      setLastAppliedTermIndex(loaded.at());
    } finally {
      lock.writeLock().unlock();
    }
  }

  @Override
  public StateMachineStorage getStateMachineStorage() {
    return files;
  }

  /**
   * Refuses before anything is logged, so a full disk or heap costs nothing that was acknowledged.
   */
  @Override
  public TransactionContext startTransaction(RaftClientRequest request) throws IOException {
    TransactionContext transaction = super.startTransaction(request);
    ByteString command = request.getMessage().getContent();
    String refusal = refusal(command.byteAt(0), command.size());
    if (refusal != null) {
      transaction.setException(new StateMachineException(refusal));
    }
    return transaction;
  }

  private String refusal(byte tag, int bytes) {
    boolean delete = StoreCodec.isDelete(tag);
    long needed = delete ? retention.freeDiskBytes() / 2 : retention.freeDiskBytes();
    long free = disk.freeBytes();
    if (free < needed) {
      return "disk full: %d bytes free where the store's log is, %d needed (limits.free-disk-bytes)"
          .formatted(free, needed);
    }
    if (!delete && retainedBytes + bytes > retention.stateBytes()) {
      return "store full: %d bytes retained, limit %d (limits.state-bytes)"
          .formatted(retainedBytes, retention.stateBytes());
    }
    return null;
  }

  @Override
  public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
    LogEntryProto entry = transaction.getLogEntry();
    ByteString data = entry.getStateMachineLogEntry().getLogData();
    StoreReply reply;
    lock.writeLock().lock();
    try {
      reply = apply(data);
      retainedBytes = state.retainedBytes();
      updateLastAppliedTermIndex(entry.getTerm(), entry.getIndex());
    } finally {
      lock.writeLock().unlock();
    }
    countTowardsSnapshot(data.size());
    return CompletableFuture.completedFuture(message(reply));
  }

  private StoreReply apply(ByteString data) {
    try {
      // Copies out of Ratis' buffers, which are reused.
      return state.apply(StoreCodec.decodeCommand(data.newInput()));
    } catch (IOException e) {
      return new Refused("not a command: " + e.getMessage());
    }
  }

  private void countTowardsSnapshot(int bytes) {
    logBytesSinceSnapshot += bytes;
    logEntriesSinceSnapshot++;
    // A state that is larger than the log which it stands for is written less often.
    long times = Math.max(1, files.latestBytes() / retention.logBytes());
    if (logBytesSinceSnapshot >= times * retention.logBytes()
        || logEntriesSinceSnapshot >= times * retention.logEntries()) {
      // Counted anew whether it succeeds or not: after a failure the next try waits for as much
      // log.
      logBytesSinceSnapshot = 0;
      logEntriesSinceSnapshot = 0;
      events.snapshotDue();
    }
  }

  /**
   * Runs on the thread that applies, which waits for it.
   *
   * @return the index up to which the log may go: that of the older of two good files, so that a
   *     damaged newest one can be replaced by it and the log
   */
  @Override
  public long takeSnapshot() {
    TermIndex applied = getLastAppliedTermIndex();
    if (applied == null || applied.getIndex() < 0) {
      return RaftLog.INVALID_LOG_INDEX;
    }
    var latest = files.getLatestSnapshot();
    if (latest != null && latest.getIndex() >= applied.getIndex()) {
      return RaftLog.INVALID_LOG_INDEX;
    }
    try {
      // Nobody changes the state meanwhile: this is the only thread that does.
      long logUpTo = files.write(state, applied);
      snapshotFailure = null;
      return logUpTo;
    } catch (IOException e) {
      // Thrown, it would leave whoever asked, and everybody who asks after that, waiting for a
      // minute.
      snapshotFailure = e;
      return RaftLog.INVALID_LOG_INDEX;
    }
  }

  /** Why the state could not be written at the last try; null when it could. */
  IOException snapshotFailure() {
    return snapshotFailure;
  }

  @Override
  public CompletableFuture<Message> query(Message request) {
    lock.readLock().lock();
    try {
      StoreQuery query = StoreCodec.decodeQuery(request.getContent().newInput());
      return CompletableFuture.completedFuture(message(state.query(query)));
    } catch (IOException e) {
      return CompletableFuture.completedFuture(
          message(new Refused("not a query: " + e.getMessage())));
    } finally {
      lock.readLock().unlock();
    }
  }

  private static Message message(StoreReply reply) {
    return Message.valueOf(UnsafeByteOperations.unsafeWrap(StoreCodec.encode(reply)));
  }

  @Override
  public void notifyLeaderChanged(RaftGroupMemberId member, RaftPeerId leader) {
    events.leaderChanged(leader);
  }

  @Override
  public void notifyLeaderReady() {
    events.leaderReady();
  }

  @Override
  public void notifyConfigurationChanged(long term, long index, RaftConfigurationProto members) {
    events.membersChanged(
        members.getPeersList().stream()
            .collect(
                Collectors.toMap(
                    peer -> peer.getId().toStringUtf8(),
                    RaftPeerProto::getAddress,
                    (one, same) -> same,
                    TreeMap::new)));
  }

  @Override
  public void notifyLogFailed(Throwable cause, LogEntryProto entry) {
    events.logFailed(cause);
  }

  @Override
  public void close() {
    getLifeCycle().checkStateAndClose();
  }
}
