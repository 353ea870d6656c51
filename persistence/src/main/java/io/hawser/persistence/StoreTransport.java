package io.hawser.persistence;

import java.io.IOException;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.ratis.client.RaftClientRpc;
import org.apache.ratis.grpc.GrpcFactory;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SetConfigurationRequest;

/**
 * Sends one request to one peer, once: in-process to the local one, over a stream to the others.
 */
final class StoreTransport implements AutoCloseable {
  /** One reconnection at a time to each other peer of at most five. */
  private static final int MAX_RECONNECTIONS = 4;

  private final StorePeer peer;
  private final RaftGroupId groupId;
  private final ClientId clientId = ClientId.randomId();
  private final AtomicLong callIds = new AtomicLong();
  private final RaftClientRpc rpc;
  private final Set<RaftPeerId> known = ConcurrentHashMap.newKeySet();
  private final Set<RaftPeerId> reconnecting = ConcurrentHashMap.newKeySet();
  private final ExecutorService reconnections =
      new ThreadPoolExecutor(
          0,
          MAX_RECONNECTIONS,
          10,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          daemon("hawser-store-reconnect"));

  StoreTransport(StoreSettings settings, StorePeer peer) throws IOException {
    this.peer = peer;
    this.groupId = RatisSettings.group(settings).getGroupId();
    this.rpc =
        new GrpcFactory(RatisSettings.parameters(settings))
            .newRaftClientRpc(clientId, RatisSettings.properties(settings));
    rpc.addRaftPeers(RatisSettings.raftPeers(settings));
    settings.peers().forEach(founder -> known.add(RaftPeerId.valueOf(founder.id())));
  }

  /** Members come and go; a request to one that was added later needs its address. */
  private void learn(RaftPeerId target) {
    if (!known.contains(target)) {
      rpc.addRaftPeers(peer.members());
      peer.members().forEach(member -> known.add(member.getId()));
    }
  }

  /** Blocks until the target has answered or Ratis' own time-out is over. */
  RaftClientReply changeMembers(RaftPeerId leader, SetConfigurationRequest.Arguments change)
      throws IOException {
    SetConfigurationRequest request =
        new SetConfigurationRequest(clientId, leader, groupId, nextCallId(), change);
    if (leader.equals(peer.id())) {
      return peer.changeMembers(request).join();
    }
    learn(leader);
    return rpc.sendRequest(request);
  }

  static ThreadFactory daemon(String name) {
    return task -> {
      Thread thread = new Thread(task, name);
      thread.setDaemon(true);
      return thread;
    };
  }

  long nextCallId() {
    return callIds.incrementAndGet();
  }

  /** May wait for Ratis' queues. A write that is repeated keeps its call id and is done once. */
  CompletableFuture<RaftClientReply> write(RaftPeerId target, long callId, Message message)
      throws IOException {
    return send(target, callId, message, RaftClientRequest.writeRequestType());
  }

  /** A repeated read gets a new id: the stream wants one for each request under way. */
  CompletableFuture<RaftClientReply> read(RaftPeerId target, Message message) throws IOException {
    return send(target, nextCallId(), message, RaftClientRequest.readRequestType());
  }

  private CompletableFuture<RaftClientReply> send(
      RaftPeerId target, long callId, Message message, RaftClientRequest.Type type)
      throws IOException {
    RaftClientRequest request =
        RaftClientRequest.newBuilder()
            .setClientId(clientId)
            .setGroupId(groupId)
            .setServerId(target)
            .setCallId(callId)
            .setMessage(message)
            .setType(type)
            .build();
    if (target.equals(peer.id())) {
      return peer.submit(request);
    }
    learn(target);
    return rpc.sendRequestAsyncUnordered(request)
        .whenComplete(
            (reply, failure) -> {
              if (failure != null) {
                reconnect(target, failure);
              }
            });
  }

  /**
   * A stream that failed once fails every later request until it is made anew. Closing the old one
   * takes seconds when its peer is frozen; the new one is there before that.
   */
  private void reconnect(RaftPeerId target, Throwable failure) {
    if (!reconnecting.add(target)) {
      return;
    }
    try {
      reconnections.execute(
          () -> {
            try {
              rpc.handleException(target, failure, true);
            } finally {
              reconnecting.remove(target);
            }
          });
    } catch (RejectedExecutionException e) {
      reconnecting.remove(target);
    }
  }

  @Override
  public void close() throws IOException {
    reconnections.shutdownNow();
    rpc.close();
  }
}
