package io.hawser.persistence;

import com.typesafe.config.Config;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What {@code hawser.store} says, checked.
 *
 * @param dir this node's own directory
 * @param self this node's peer id; it need not be among the peers
 * @param peers the peers that form the group at its first start: 1, 3 or 5. Later the group itself
 *     knows who its members are
 */
record StoreSettings(
    Path dir, String self, List<Peer> peers, Access access, Timeouts timeouts, Limits limits) {

  /** Raft entries must fit the log's write buffer of 1 MiB with room for their header. */
  private static final int MAX_CHUNK_BYTES = 900 * 1024;

  /** One replica: where its Raft port listens. */
  record Peer(String id, String host, int port) {
    static Peer parse(String text) {
      int equals = text.indexOf('=');
      int colon = text.lastIndexOf(':');
      if (equals < 1 || colon < equals + 2) {
        throw invalid("peers", text, "id=host:port");
      }
      try {
        int port = Integer.parseInt(text.substring(colon + 1));
        if (port < 1 || port > 65535) {
          throw invalid("peers", text, "a port from 1 to 65535");
        }
        return new Peer(text.substring(0, equals), text.substring(equals + 1, colon), port);
      } catch (NumberFormatException e) {
        throw invalid("peers", text, "id=host:port with a number as port");
      }
    }

    InetSocketAddress address() {
      return new InetSocketAddress(host, port);
    }
  }

  /**
   * How peers find and trust each other.
   *
   * @param group name of the group; peers of another group are refused
   * @param address {@code host:port} of this node when it is not among the peers: it then waits
   *     until they make it one
   * @param tlsDir where this node's identity is; empty: no TLS
   */
  record Access(String group, String address, Optional<Path> tlsDir) {}

  /** See the comments in {@code reference.conf}. */
  record Timeouts(
      Duration write, Duration read, Attempts attempts, Duration start, Duration transfer) {}

  /** How long one attempt may take, how long to wait before the next, and an election's range. */
  record Attempts(
      Duration attempt, Duration retryDelay, Duration electionMin, Duration electionMax) {}

  /** See the comments in {@code reference.conf}; all sizes in bytes. */
  record Limits(Sizes sizes, int pendingRequests, Retention retention) {
    int writeBytes() {
      return sizes.writeBytes();
    }

    int snapshotBytes() {
      return sizes.snapshotBytes();
    }

    int chunkBytes() {
      return sizes.chunkBytes();
    }

    int pageBytes() {
      return sizes.pageBytes();
    }
  }

  /** Of one write, one snapshot, a piece of either in the log, and an answer. */
  record Sizes(int writeBytes, int snapshotBytes, int chunkBytes, int pageBytes) {}

  /** Bounds of what a peer keeps in memory and on disk. */
  record Retention(long stateBytes, long logBytes, long logEntries, long freeDiskBytes) {}

  /** True when this node runs one of the replicas. */
  boolean isPeer() {
    return selfPeer().isPresent();
  }

  /** True when this node is one of those that form the group. */
  boolean isFounder() {
    return peers.stream().anyMatch(peer -> peer.id().equals(self));
  }

  /** Where this node's replica listens. */
  Optional<Peer> selfPeer() {
    Optional<Peer> founder = peers.stream().filter(peer -> peer.id().equals(self)).findFirst();
    return founder.isPresent() || access.address().isEmpty()
        ? founder
        : Optional.of(Peer.parse(self + "=" + access.address()));
  }

  /**
   * Reads {@code hawser.store}.
   *
   * @throws IllegalArgumentException naming the setting and what was expected
   */
  static StoreSettings from(Config store) {
    StoreSettings settings =
        new StoreSettings(
            Path.of(store.getString("dir")),
            store.getString("self"),
            store.getStringList("peers").stream().map(Peer::parse).toList(),
            new Access(
                store.getString("group"),
                store.getString("address"),
                Optional.of(store.getString("tls-dir")).filter(d -> !d.isEmpty()).map(Path::of)),
            timeouts(store.getConfig("timeouts")),
            limits(store.getConfig("limits")));
    settings.check();
    return settings;
  }

  private static Timeouts timeouts(Config config) {
    return new Timeouts(
        config.getDuration("write"),
        config.getDuration("read"),
        new Attempts(
            config.getDuration("attempt"),
            config.getDuration("retry-delay"),
            config.getDuration("election-min"),
            config.getDuration("election-max")),
        config.getDuration("start"),
        config.getDuration("transfer"));
  }

  private static Limits limits(Config config) {
    return new Limits(
        new Sizes(
            Math.toIntExact(config.getBytes("write-bytes")),
            Math.toIntExact(config.getBytes("snapshot-bytes")),
            Math.toIntExact(config.getBytes("chunk-bytes")),
            Math.toIntExact(config.getBytes("page-bytes"))),
        config.getInt("pending-requests"),
        new Retention(
            stateBytes(config),
            config.getBytes("log-bytes"),
            config.getLong("log-entries"),
            config.getBytes("free-disk-bytes")));
  }

  /** What a large state needs comes with the heap that holds it; nobody sets it twice. */
  private static long stateBytes(Config config) {
    int percent = config.getInt("state-heap-percent");
    return Math.max(
        config.getBytes("state-bytes"), Runtime.getRuntime().maxMemory() / 100 * percent);
  }

  private void check() {
    Set<String> ids = new HashSet<>();
    for (Peer peer : peers) {
      if (!ids.add(peer.id())) {
        throw invalid("peers", peer.id(), "every id once");
      }
    }
    if (isFounder() && peers.size() != 1 && peers.size() != 3 && peers.size() != 5) {
      throw invalid("peers", peers.size() + " peers", "1, 3 or 5");
    }
    if (isPeer() && dir.toString().isEmpty()) {
      throw invalid("dir", "nothing", "a directory of this node's own");
    }
    if (limits.chunkBytes() < 1024 || limits.chunkBytes() > MAX_CHUNK_BYTES) {
      throw invalid(
          "limits.chunk-bytes", "" + limits.chunkBytes(), "1024 to " + MAX_CHUNK_BYTES + " bytes");
    }
    if (timeouts.attempts().electionMin().compareTo(timeouts.attempts().electionMax()) >= 0) {
      throw invalid("timeouts.election-min", "no range", "less than election-max");
    }
  }

  private static IllegalArgumentException invalid(String setting, String found, String expected) {
    return new IllegalArgumentException(
        "hawser.store." + setting + ": expected " + expected + ", found \"" + found + "\"");
  }
}
