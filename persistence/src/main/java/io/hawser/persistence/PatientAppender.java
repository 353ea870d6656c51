package io.hawser.persistence;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.grpc.server.GrpcLogAppender;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;
import org.apache.ratis.util.AwaitForSignal;

/**
 * What a leader sends to one follower.
 *
 * <p>In Ratis 3.3 a follower without a stream always counts as one that something must be sent to;
 * when there is nothing to send, the leader looks again without a pause until the next heartbeat is
 * due, and allocates hundreds of megabytes a second: in the first minute after the loss of a node,
 * and in the start of a cluster, whose peers don't come at the same moment. This one waits.
 *
 * <p>And a linearizable read after a write asks for a heartbeat, which proves that the leader still
 * leads; but the read could miss its heartbeat, and all reads then waited for the next regular one,
 * a second later. There were three ways to miss it: the heartbeat was sent before the read noted
 * which one it waits for; the wish was forgotten with the sending of a message that had been
 * composed before it; and a signal before the wait did not end the wait.
 */
final class PatientAppender extends GrpcLogAppender {
  private final Signal signal = new Signal(this);
  private volatile long wanted;

  PatientAppender(RaftServer.Division server, LeaderState state, FollowerInfo follower) {
    super(server, state, follower);
  }

  /** What is written meanwhile ends the wait, as it ends that of a follower with a stream. */
  @Override
  public long getWaitTimeMs() {
    long wait = super.getWaitTimeMs();
    return hasAppendEntries() ? wait : Math.max(wait, getHeartbeatWaitTimeMs());
  }

  /** Ratis calls it for reads only, and {@link #getCallId} directly after it. */
  @Override
  public void triggerHeartbeat() {
    wanted = super.getCallId();
    super.triggerHeartbeat();
  }

  /**
   * The first message that was composed after the last wish for a heartbeat; the answer to any from
   * it on will do.
   */
  @Override
  public long getCallId() {
    return wanted;
  }

  /** Called when a message is sent, which may have been composed before the wish. */
  @Override
  protected void resetHeartbeatTrigger() {
    long sent = super.getCallId() - 1;
    if (sent >= wanted) {
      super.resetHeartbeatTrigger();
    }
  }

  @Override
  public AwaitForSignal getEventAwaitForSignal() {
    return signal;
  }

  /** Keeps one signal for who waits later. */
  private static final class Signal extends AwaitForSignal {
    private final Semaphore given = new Semaphore(0);

    Signal(Object name) {
      super(name);
    }

    @Override
    public void await() throws InterruptedException {
      given.acquire();
      given.drainPermits();
    }

    @Override
    public boolean await(long time, TimeUnit unit) throws InterruptedException {
      boolean signaled = given.tryAcquire(Math.max(0, time), unit);
      given.drainPermits();
      return signaled;
    }

    @Override
    public void signal() {
      if (given.availablePermits() == 0) {
        given.release();
      }
    }
  }
}
