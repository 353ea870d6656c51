package io.hawser.persistence;

import org.apache.ratis.conf.Parameters;
import org.apache.ratis.grpc.GrpcFactory;
import org.apache.ratis.grpc.server.GrpcLogAppender;
import org.apache.ratis.rpc.RpcFactory;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;
import org.apache.ratis.server.leader.LogAppender;

/**
 * Ratis' own gRPC, whose leader waits for peers that can't be reached. In Ratis 3.3 a follower
 * without a stream always counts as one that something must be sent to; when there is nothing to
 * send, the leader looks again without a pause until the next heartbeat is due, and allocates
 * hundreds of megabytes a second: in the first minute after the loss of a node, and in the start of
 * a cluster, whose peers don't come at the same moment.
 */
public final class PatientRpc implements RpcType {
  /** Ratis finds the type by the name of its class. */
  @Override
  public String name() {
    return PatientRpc.class.getName();
  }

  @Override
  public RpcFactory newFactory(Parameters parameters) {
    return new Factory(parameters);
  }

  private static final class Factory extends GrpcFactory {
    Factory(Parameters parameters) {
      super(parameters);
    }

    @Override
    public LogAppender newLogAppender(
        RaftServer.Division server, LeaderState state, FollowerInfo follower) {
      return new PatientAppender(server, state, follower);
    }
  }

  private static final class PatientAppender extends GrpcLogAppender {
    PatientAppender(RaftServer.Division server, LeaderState state, FollowerInfo follower) {
      super(server, state, follower);
    }

    /** What is written meanwhile ends the wait, as it ends that of a follower with a stream. */
    @Override
    public long getWaitTimeMs() {
      long wait = super.getWaitTimeMs();
      return hasAppendEntries() ? wait : Math.max(wait, getHeartbeatWaitTimeMs());
    }
  }
}
