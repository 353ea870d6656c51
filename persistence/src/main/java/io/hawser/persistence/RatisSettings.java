package io.hawser.persistence;

import io.hawser.cluster.security.NodeTls;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.RaftConfigKeys;
import org.apache.ratis.client.RaftClientConfigKeys;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.grpc.GrpcTlsConfig;
import org.apache.ratis.metrics.MetricRegistries;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.util.SizeInBytes;
import org.apache.ratis.util.TimeDuration;

/**
 * Ratis as this store needs it: durable, linearizable, and small. Its defaults are for a server of
 * its own (200 MB of cached log, 64 MB of queues, a thread for everything).
 */
final class RatisSettings {
  /** One buffer per peer, off the heap. An entry and its 8 bytes of framing must fit. */
  private static final SizeInBytes WRITE_BUFFER = SizeInBytes.valueOf("1MB");

  private static final SizeInBytes MAX_ENTRY = SizeInBytes.valueOf((1 << 20) - 8);
  private static final SizeInBytes SEGMENT = SizeInBytes.valueOf("4MB");
  private static final SizeInBytes QUEUE = SizeInBytes.valueOf("8MB");

  /**
   * A frozen process that wakes is deposed by its peers' newer term; it need not close its store.
   */
  private static final TimeDuration NEVER = TimeDuration.valueOf(365, TimeUnit.DAYS);

  /** More replicas make writes slower and nothing safer. */
  static final int MAX_PEERS = 5;

  private RatisSettings() {}

  /**
   * Ratis brings its own Netty, whose pools start at 4 MiB per core and kind. One pool with pieces
   * of 1 MiB holds what the store sends. Before the first use of a class of it; what is set stays.
   */
  static void keepBuffersSmall() {
    String allocator = "org.apache.ratis.thirdparty.io.netty.allocator.";
    Map.of("numDirectArenas", "1", "numHeapArenas", "1", "maxOrder", "7")
        .forEach(
            (name, value) -> {
              if (System.getProperty(allocator + name) == null) {
                System.setProperty(allocator + name, value);
              }
            });
  }

  /**
   * Ratis shows its figures through JMX as long as nobody else takes them, and the first of them
   * brings up all the platform's beans. Nobody takes them here.
   */
  static void keepMetricsInside() {
    MetricRegistries registries = MetricRegistries.global();
    if (registries.getMetricRegistries().isEmpty()) {
      registries.addReporterRegistration(registry -> {}, registry -> {});
    }
  }

  static RaftGroup group(StoreSettings settings) {
    String name = "io.hawser.persistence/" + settings.access().group();
    UUID id = UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8));
    RaftGroupId groupId = RaftGroupId.valueOf(id);
    // Without members a replica waits to be added; one that was has the list on its disk.
    return settings.isFounder()
        ? RaftGroup.valueOf(groupId, raftPeers(settings))
        : RaftGroup.valueOf(groupId);
  }

  static List<RaftPeer> raftPeers(StoreSettings settings) {
    return settings.peers().stream()
        .map(
            peer ->
                RaftPeer.newBuilder()
                    .setId(peer.id())
                    .setAddress(peer.host() + ":" + peer.port())
                    .build())
        .toList();
  }

  /** Mutual TLS, for the server's and the client's side alike. */
  static Parameters parameters(StoreSettings settings) throws IOException {
    Parameters parameters = new Parameters();
    if (settings.access().tlsDir().isPresent()) {
      NodeTls tls = NodeTls.open(settings.access().tlsDir().get());
      GrpcConfigKeys.TLS.setConf(
          parameters, new GrpcTlsConfig(tls.keyManager(), tls.trustManager(), true));
    }
    return parameters;
  }

  static RaftProperties properties(StoreSettings settings) {
    RaftProperties properties = new RaftProperties();
    storage(properties, settings);
    elections(properties, settings);
    bounds(properties, settings);
    transport(properties, settings);
    return properties;
  }

  private static void storage(RaftProperties properties, StoreSettings settings) {
    File directory = settings.dir().toFile();
    RaftServerConfigKeys.setStorageDir(properties, List.of(directory));
    RaftServerConfigKeys.setRemovedGroupsDir(properties, new File(directory, "removed-groups"));
    RaftServerConfigKeys.Log.setSegmentSizeMax(properties, SEGMENT);
    RaftServerConfigKeys.Log.setPreallocatedSize(properties, SizeInBytes.valueOf("1MB"));
    RaftServerConfigKeys.Log.setWriteBufferSize(properties, WRITE_BUFFER);
    // Commit indexes in the log cost a flush each: 6.2 flushes per commit over three peers, 3.0
    // without.
    RaftServerConfigKeys.Log.setLogMetadataEnabled(properties, false);
    // The state machine says when to take a snapshot and up to where the log may go, so that a peer
    // which is down does not keep everybody's log growing: it gets a snapshot instead.
    RaftServerConfigKeys.Snapshot.setAutoTriggerEnabled(properties, false);
    RaftServerConfigKeys.Log.setPurgeUptoSnapshotIndex(properties, true);
    RaftServerConfigKeys.Log.setPurgeGap(properties, 1);
    // Composed, an append that begins where one under way does is taken for the same: a follower
    // then acknowledges entries that it does not have, and never gets them (docs/adr/0004).
    RaftServerConfigKeys.Log.setAppendEntriesComposeEnabled(properties, false);
    RaftServerConfigKeys.Log.Appender.setInstallSnapshotEnabled(properties, true);
    // By default the leader looks for a peer that was away only every 5 s.
    RaftServerConfigKeys.Log.Appender.setRetryPolicy(properties, "1ms,10, 250ms,1000000");
    RaftServerConfigKeys.Log.Appender.setSnapshotChunkSizeMax(
        properties, SizeInBytes.valueOf("1MB"));
  }

  private static void elections(RaftProperties properties, StoreSettings settings) {
    TimeDuration min = duration(settings.timeouts().attempts().electionMin());
    TimeDuration max = duration(settings.timeouts().attempts().electionMax());
    RaftServerConfigKeys.Rpc.setTimeoutMin(properties, min);
    RaftServerConfigKeys.Rpc.setTimeoutMax(properties, max);
    TimeDuration first = firstElection(settings, min);
    RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMin(properties, first);
    RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMax(properties, first.multiply(1.1));
    RaftServerConfigKeys.setCloseThreshold(properties, NEVER);
    RaftServerConfigKeys.Read.setOption(properties, RaftServerConfigKeys.Read.Option.LINEARIZABLE);
    RaftServerConfigKeys.Read.setTimeout(
        properties, duration(settings.timeouts().attempts().attempt()));
    RaftServerConfigKeys.Rpc.setRequestTimeout(
        properties, duration(settings.timeouts().attempts().attempt()));
    // Answers are remembered for longer than anybody retries.
    RaftServerConfigKeys.RetryCache.setExpiryTime(
        properties, duration(settings.timeouts().write().multipliedBy(3).dividedBy(2)));
  }

  /**
   * Until there has been a leader. A single peer has nobody to wait for. Several that start
   * together have their turns, further apart than a vote takes in a JVM that has just started: with
   * times drawn from one range all three voted for themselves in one start of thirty, and were
   * apart for no longer in the next round.
   */
  private static TimeDuration firstElection(StoreSettings settings, TimeDuration min) {
    if (settings.peers().size() == 1 && settings.isFounder()) {
      return TimeDuration.valueOf(20, TimeUnit.MILLISECONDS);
    }
    List<String> ids = settings.peers().stream().map(peer -> peer.id()).sorted().toList();
    int turn = ids.contains(settings.self()) ? ids.indexOf(settings.self()) : ids.size();
    return min.multiply(0.3 + 0.2 * turn);
  }

  private static void bounds(RaftProperties properties, StoreSettings settings) {
    RaftServerConfigKeys.Log.setSegmentCacheNumMax(properties, 2);
    RaftServerConfigKeys.Log.setSegmentCacheSizeMax(properties, SizeInBytes.valueOf("8MB"));
    RaftServerConfigKeys.Log.setQueueByteLimit(properties, QUEUE);
    RaftServerConfigKeys.Write.setByteLimit(properties, QUEUE);
    RaftServerConfigKeys.Write.setElementLimit(
        properties, Math.max(1, settings.limits().pendingRequests()) * MAX_PEERS);
    RaftServerConfigKeys.Log.Appender.setBufferByteLimit(properties, MAX_ENTRY);
    RaftServerConfigKeys.Log.Appender.setWaitTimeMin(properties, TimeDuration.ONE_MILLISECOND);
  }

  private static void transport(RaftProperties properties, StoreSettings settings) {
    RaftConfigKeys.Rpc.setType(properties, new PatientRpc());
    settings
        .selfPeer()
        .ifPresent(
            peer -> {
              GrpcConfigKeys.Server.setHost(properties, peer.host());
              GrpcConfigKeys.Server.setPort(properties, peer.port());
            });
    GrpcConfigKeys.Server.setBossGroupSize(properties, 1);
    GrpcConfigKeys.Server.setWorkerGroupSize(properties, 2);
    GrpcConfigKeys.Client.setWorkerGroupSize(properties, 1);
    // A page or a part is at most this; nothing of that size is allocated before it comes.
    int largest = Math.max(settings.limits().pageBytes(), settings.limits().writeBytes());
    GrpcConfigKeys.setMessageSizeMax(properties, SizeInBytes.valueOf(largest + (4 << 20)));
    RaftClientConfigKeys.Rpc.setRequestTimeout(
        properties, duration(settings.timeouts().attempts().attempt()));
  }

  static TimeDuration duration(Duration duration) {
    return TimeDuration.valueOf(duration.toMillis(), TimeUnit.MILLISECONDS);
  }
}
