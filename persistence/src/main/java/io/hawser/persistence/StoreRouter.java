package io.hawser.persistence;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.exceptions.NotLeaderException;
import org.apache.ratis.protocol.exceptions.StateMachineException;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;

/**
 * Brings a request to a peer that can answer it, within a bound.
 *
 * <p>Ratis' own client hung for 5 to 26 s at a frozen leader. Here the local replica says who
 * leads: writes go to it in-process when it is local, else over one stream; an attempt ends with
 * its time-out or with the next change of leader, whichever is first, and is repeated with the same
 * call id, which Ratis answers from its retry cache when the first one did get through. Reads are
 * answered by the local replica (linearizable: it asks the leader how far it must have applied),
 * every other attempt by the leader.
 */
final class StoreRouter implements AutoCloseable {
  private static final int THREADS = 4;

  private final StoreSettings settings;
  private final StorePeer peer;
  private final StoreTransport transport;
  private final AtomicInteger underWay = new AtomicInteger();
  private final Set<Call> calls = ConcurrentHashMap.newKeySet();
  private final Set<Attempt> attempts = ConcurrentHashMap.newKeySet();
  private final ExecutorService submitters;
  private final ScheduledThreadPoolExecutor timer;
  private volatile RaftPeerId leaderHint;

  StoreRouter(StoreSettings settings, StorePeer peer) throws IOException {
    this.settings = settings;
    this.peer = peer;
    this.transport = new StoreTransport(settings, peer);
    this.submitters = submitters(settings.limits().pendingRequests());
    this.timer = new ScheduledThreadPoolExecutor(1, StoreTransport.daemon("hawser-store-timer"));
    timer.setRemoveOnCancelPolicy(true);
  }

  /** Handing a request to Ratis can wait for its queues, so it is done here and not by an actor. */
  private static ExecutorService submitters(int queued) {
    ThreadPoolExecutor executor =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(2 * queued),
            StoreTransport.daemon("hawser-store"));
    executor.allowCoreThreadTimeOut(true);
    return executor;
  }

  /**
   * Answered by the local replica once it has applied all that was acknowledged before; no other
   * peer will do.
   */
  CompletableFuture<Void> caughtUp() {
    try {
      byte[] query = StoreCodec.encode(new StoreQuery.HighestSequenceNr(""));
      return transport
          .read(peer.id(), Message.valueOf(UnsafeByteOperations.unsafeWrap(query)))
          .orTimeout(settings.timeouts().read().toMillis(), TimeUnit.MILLISECONDS)
          .thenAccept(
              reply -> {
                if (!reply.isSuccess()) {
                  throw new StoreUnavailableException(
                      "this replica is not up to date", reply.getException());
                }
              });
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  StoreTransport transport() {
    return transport;
  }

  CompletableFuture<ByteString> write(byte[] command) {
    return submit(true, command, settings.timeouts().write());
  }

  CompletableFuture<ByteString> read(byte[] query) {
    return submit(false, query, settings.timeouts().read());
  }

  private CompletableFuture<ByteString> submit(boolean write, byte[] content, Duration timeout) {
    int limit = settings.limits().pendingRequests();
    if (underWay.incrementAndGet() > limit) {
      underWay.decrementAndGet();
      return CompletableFuture.failedFuture(
          new StoreUnavailableException(
              limit + " requests are under way (limits.pending-requests)", null));
    }
    Message message = Message.valueOf(UnsafeByteOperations.unsafeWrap(content));
    Call call = new Call(write, message, transport.nextCallId(), timeout);
    calls.add(call);
    call.result.whenComplete(
        (reply, failure) -> {
          calls.remove(call);
          underWay.decrementAndGet();
        });
    attempt(call);
    return call.result;
  }

  /**
   * Ends the attempts that wait for somebody who does not lead any more. Called on Ratis' thread.
   */
  void leaderChanged(RaftPeerId leader) {
    for (Attempt attempt : attempts) {
      // A read waits for the leader's word even when a follower answers it.
      if (!attempt.call.write || !attempt.target.equals(leader)) {
        attempt.end(null, new IOException("the leader is now " + leader));
      }
    }
  }

  private void attempt(Call call) {
    Optional<RaftPeerId> target = target(call);
    call.attempts++;
    if (target.isEmpty()) {
      again(call, new IOException("no leader is ready"));
      return;
    }
    Attempt attempt = new Attempt(call, target.get());
    attempts.add(attempt);
    try {
      long millis = settings.timeouts().attempts().attempt().toMillis();
      attempt.timeout =
          timer.schedule(
              () -> attempt.end(null, new TimeoutException("no answer from " + attempt.target)),
              millis,
              TimeUnit.MILLISECONDS);
      submitters.execute(() -> send(attempt));
    } catch (RejectedExecutionException e) {
      attempt.end(null, e);
    }
  }

  /**
   * Where the next attempt goes; nobody while there is no leader. A single peer must not be read
   * before it has applied its own log again: Ratis skips the check of a read's index when a group
   * has one member (LeaderStateImpl.getReadIndex), so a read right after a restart would find
   * nothing.
   */
  private Optional<RaftPeerId> target(Call call) {
    boolean local = peer.isRunning();
    if (isAlone()) {
      return local && peer.isReadyLeader() ? Optional.of(peer.id()) : Optional.empty();
    }
    Optional<RaftPeerId> leader = local ? peer.leader() : Optional.empty();
    boolean here = !call.write && leader.isPresent() && call.attempts % 2 == 0;
    return here ? Optional.of(peer.id()) : leader.or(() -> Optional.of(otherPeer(call.attempts)));
  }

  /**
   * The local replica is out of order or has not been found by the leader yet, which takes the
   * leader a moment after a long absence: whoever was named as leader, else one after the other.
   */
  private RaftPeerId otherPeer(int attempt) {
    RaftPeerId hint = leaderHint;
    if (hint != null) {
      leaderHint = null;
      return hint;
    }
    List<RaftPeerId> others = members().stream().filter(other -> !other.equals(peer.id())).toList();
    return others.isEmpty() ? peer.id() : others.get(attempt % others.size());
  }

  /** The founders, until this replica has heard of later members. */
  private List<RaftPeerId> members() {
    List<RaftPeerId> now = peer.members().stream().map(RaftPeer::getId).toList();
    return now.isEmpty()
        ? settings.peers().stream().map(founder -> RaftPeerId.valueOf(founder.id())).toList()
        : now;
  }

  private boolean isAlone() {
    return members().equals(List.of(peer.id()));
  }

  private void send(Attempt attempt) {
    Call call = attempt.call;
    try {
      CompletableFuture<RaftClientReply> reply =
          call.write
              ? transport.write(attempt.target, call.callId, call.message)
              : transport.read(attempt.target, call.message);
      reply.whenComplete((answer, failure) -> attempt.end(answer, ScalaFutures.cause(failure)));
    } catch (IOException | RuntimeException e) {
      attempt.end(null, e);
    }
  }

  private void ended(Call call, RaftClientReply reply, Throwable failure) {
    Throwable cause = failure != null ? failure : reply.getException();
    if (cause == null) {
      call.result.complete(reply.getMessage().getContent());
    } else if (cause instanceof StateMachineException) {
      call.result.completeExceptionally(new StoreRefusedException(reason(cause)));
    } else {
      if (cause instanceof NotLeaderException notLeader && notLeader.getSuggestedLeader() != null) {
        leaderHint = notLeader.getSuggestedLeader().getId();
      }
      again(call, cause);
    }
  }

  /** The first cause's own words, without the names that Ratis wraps around them. */
  private static String reason(Throwable failure) {
    Throwable innermost = failure;
    while (innermost.getCause() != null) {
      innermost = innermost.getCause();
    }
    return innermost.getMessage();
  }

  private void again(Call call, Throwable cause) {
    if (peer.logFailure() != null && isAlone()) {
      call.result.completeExceptionally(unavailable(call, peer.logFailure()));
      return;
    }
    long delay = settings.timeouts().attempts().retryDelay().toNanos();
    if (System.nanoTime() + delay - call.deadlineNanos >= 0) {
      call.result.completeExceptionally(unavailable(call, cause));
      return;
    }
    try {
      timer.schedule(() -> attempt(call), delay, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      call.result.completeExceptionally(unavailable(call, e));
    }
  }

  private StoreUnavailableException unavailable(Call call, Throwable cause) {
    String peers = members().stream().map(RaftPeerId::toString).collect(Collectors.joining(", "));
    return new StoreUnavailableException(
        "%s not answered after %d attempts within %d ms; leader %s of %s; last: %s"
            .formatted(
                call.write ? "write" : "read",
                call.attempts,
                call.timeout.toMillis(),
                peer.leader().map(RaftPeerId::toString).orElse("unknown"),
                peers,
                reason(cause)),
        cause);
  }

  /** Whoever waits is answered: also a call between two attempts, which only the timer knew. */
  @Override
  public void close() throws IOException {
    timer.shutdownNow();
    submitters.shutdownNow();
    IOException stopping = new IOException("the store is stopping");
    for (Call call : calls) {
      call.result.completeExceptionally(unavailable(call, stopping));
    }
    transport.close();
  }

  /** A request until it is answered; a write's call id is the same for every attempt. */
  private static final class Call {
    final boolean write;
    final Message message;
    final long callId;
    final Duration timeout;
    final long deadlineNanos;
    final CompletableFuture<ByteString> result = new CompletableFuture<>();
    // One attempt after the other, each handed over by an executor.
    volatile int attempts;

    Call(boolean write, Message message, long callId, Duration timeout) {
      this.write = write;
      this.message = message;
      this.callId = callId;
      this.timeout = timeout;
      this.deadlineNanos = System.nanoTime() + timeout.toNanos();
    }
  }

  /** One try at one peer; the first of answer, time-out and change of leader ends it. */
  private final class Attempt {
    final Call call;
    final RaftPeerId target;
    private final AtomicBoolean ended = new AtomicBoolean();
    volatile ScheduledFuture<?> timeout;

    Attempt(Call call, RaftPeerId target) {
      this.call = call;
      this.target = target;
    }

    void end(RaftClientReply reply, Throwable failure) {
      if (!ended.compareAndSet(false, true)) {
        return;
      }
      attempts.remove(this);
      ScheduledFuture<?> pending = timeout;
      if (pending != null) {
        pending.cancel(false);
      }
      StoreRouter.this.ended(call, reply, failure);
    }
  }
}
