package io.hawser.persistence;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.apache.ratis.client.RaftClientRpc;
import org.apache.ratis.grpc.GrpcFactory;
import org.apache.ratis.proto.RaftProtos.RaftPeerProto;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.GroupInfoReply;
import org.apache.ratis.protocol.GroupInfoRequest;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SetConfigurationRequest;
import org.apache.ratis.protocol.SetConfigurationRequest.Mode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a replica whose log is damaged or gone comes back by itself when the others have the data. It
 * must not simply begin anew under its name: it could vote for a leader that lacks what it once
 * acknowledged. So the others take it out first, while it does not run; then it runs empty, waits,
 * is sent everything, and counts again once it has it.
 *
 * <p>Two files beside the store's directory remember where this is, so a crash at any point goes on
 * there: {@code DIR.members}, who the members are while there are several; {@code DIR.rejoin}, this
 * one is on its way back. Blocks: for a thread of its own.
 */
final class StoreRejoin implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StoreRejoin.class);
  private static final Duration RETRY = Duration.ofMillis(500);

  /** It says again what it waits for after so many tries. */
  private static final int TRIES_PER_REPORT = 60;

  private static final String MEMBERS = ".members";
  private static final String RETURNING = ".rejoin";

  private final StoreSettings settings;
  private final BooleanSupplier stopped;
  private final RaftPeerId self;
  private final RaftGroupId groupId;
  private final ClientId clientId = ClientId.randomId();
  private final AtomicLong callIds = new AtomicLong();
  private final RaftClientRpc rpc;
  private final List<RaftPeerId> others = new ArrayList<>();

  /** Who the members are, by the one that leads them. */
  private record Members(RaftPeerId leader, List<RaftPeer> peers) {
    boolean has(RaftPeerId id) {
      return peers.stream().anyMatch(peer -> peer.getId().equals(id));
    }
  }

  /** The replica's log can't be used, and others may have what it had. */
  static final class DamagedLogException extends IOException {
    private static final long serialVersionUID = 1L;

    DamagedLogException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** The replica's log is gone, and there is nobody who could have what it had. */
  static final class LostLogException extends IOException {
    private static final long serialVersionUID = 1L;

    LostLogException(String message) {
      super(message);
    }
  }

  StoreRejoin(StoreSettings settings, BooleanSupplier stopped) throws IOException {
    this.settings = settings;
    this.stopped = stopped;
    this.self = RaftPeerId.valueOf(settings.self());
    this.groupId = RatisSettings.group(settings).getGroupId();
    this.rpc =
        new GrpcFactory(RatisSettings.parameters(settings))
            .newRaftClientRpc(clientId, RatisSettings.properties(settings));
    learn(RatisSettings.raftPeers(settings));
    learn(remembered(beside(settings, MEMBERS)));
  }

  private void learn(List<RaftPeer> peers) {
    for (RaftPeer peer : peers) {
      if (!peer.getId().equals(self) && !others.contains(peer.getId())) {
        rpc.addRaftPeers(List.of(peer));
        others.add(peer.getId());
      }
    }
  }

  private static Path beside(StoreSettings settings, String suffix) {
    return settings.dir().resolveSibling(settings.dir().getFileName() + suffix);
  }

  /**
   * With others an empty directory is a lost one at the next start, and they are asked; alone there
   * is no way back.
   */
  static void remember(StoreSettings settings, Map<String, String> members) {
    try {
      if (members.keySet().equals(Set.of(settings.self()))) {
        forgetOthers(settings);
      } else if (members.containsKey(settings.self())) {
        String text =
            members.entrySet().stream()
                .map(member -> member.getKey() + "=" + member.getValue() + "\n")
                .collect(Collectors.joining());
        write(beside(settings, MEMBERS), text);
      }
    } catch (IOException e) {
      LOG.warn("A lost journal would not be noticed at the next start: {}", e.toString());
    }
  }

  private static List<RaftPeer> remembered(Path file) throws IOException {
    return !Files.exists(file)
        ? List.of()
        : Files.readAllLines(file).stream()
            .map(StoreSettings.Peer::parse)
            .map(p -> RaftPeer.newBuilder().setId(p.id()).setAddress(p.host() + ":" + p.port()))
            .map(RaftPeer.Builder::build)
            .toList();
  }

  /** There is nobody left to ask. */
  static void forgetOthers(StoreSettings settings) throws IOException {
    Files.deleteIfExists(beside(settings, MEMBERS));
    Files.deleteIfExists(beside(settings, RETURNING));
  }

  /** Whole or not at all, and only when it is not so already. */
  private static void write(Path file, String text) throws IOException {
    if (Files.exists(file) && Files.readString(file).equals(text)) {
      return;
    }
    Path next = file.resolveSibling(file.getFileName() + ".next");
    try (FileChannel channel =
        FileChannel.open(
            next,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
      channel.force(true);
    }
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    try (FileChannel directory =
        FileChannel.open(file.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
      directory.force(true);
    }
  }

  /** True when this replica was one of several and its log is not there, or it was on its way. */
  static boolean isLost(StoreSettings settings) throws IOException {
    return Files.exists(beside(settings, RETURNING))
        || Files.exists(beside(settings, MEMBERS)) && StoreFiles.isEmpty(settings.dir());
  }

  /** True when somebody else may have the data. */
  boolean hasOthers() {
    return !others.isEmpty();
  }

  /**
   * Has the others take this replica out and sets its directory aside. Waits for a majority of
   * them.
   *
   * @return false when it was no member any more: an operator has removed it, and lets it in
   */
  boolean leave(String why) throws IOException {
    LOG.error(
        "The journal of {} in {}: {}. The others are asked for theirs", self, settings.dir(), why);
    if (find().has(self)) {
      write(beside(settings, RETURNING), "");
      change(false);
    }
    if (!StoreFiles.isEmpty(settings.dir())) {
      setAside();
    }
    return Files.exists(beside(settings, RETURNING));
  }

  /** For whoever wants to look; the one from before goes. */
  private void setAside() throws IOException {
    Path aside = beside(settings, ".damaged");
    if (Files.exists(aside)) {
      try (var all = Files.walk(aside)) {
        for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
    Files.move(settings.dir(), aside, StandardCopyOption.ATOMIC_MOVE);
    LOG.warn("What was left of the journal is kept in {}", aside);
  }

  /** Has the others let this replica in again, which runs now; returns once it holds everything. */
  void enter() throws IOException {
    change(true);
    Files.deleteIfExists(beside(settings, RETURNING));
    LOG.warn("{} has the whole journal again, from the others", self);
  }

  /** Asks until somebody knows a leader that answers. */
  private Members find() throws IOException {
    for (int tries = 1; ; tries++) {
      for (RaftPeerId other : List.copyOf(others)) {
        Optional<Members> found = ask(other);
        if (found.isPresent()) {
          return found.get();
        }
      }
      pause(tries, "no leader among " + others);
    }
  }

  /** What a leader says; an answer of another member may be an old one. */
  private Optional<Members> ask(RaftPeerId other) {
    try {
      RaftClientReply reply =
          rpc.sendRequest(
              new GroupInfoRequest(clientId, other, groupId, callIds.incrementAndGet()));
      if (reply instanceof GroupInfoReply info && info.getConf().isPresent()) {
        List<RaftPeer> peers =
            info.getConf().get().getPeersList().stream().map(StoreRejoin::peer).toList();
        learn(peers);
        return info.getRoleInfoProto().hasLeaderInfo()
            ? Optional.of(new Members(other, peers))
            : Optional.empty();
      }
    } catch (IOException | RuntimeException e) {
      LOG.debug("{} does not say who keeps the journal", other, e);
    }
    return Optional.empty();
  }

  private static RaftPeer peer(RaftPeerProto proto) {
    return RaftPeer.newBuilder().setId(proto.getId()).setAddress(proto.getAddress()).build();
  }

  /** Until this replica is a member or none, whoever leads by then. */
  private void change(boolean in) throws IOException {
    Members now = find();
    for (int tries = 1; now.has(self) != in; tries++) {
      String last;
      try {
        RaftClientReply reply = rpc.sendRequest(request(now, in));
        if (reply.isSuccess()) {
          return;
        }
        last = String.valueOf(reply.getException());
      } catch (IOException | RuntimeException e) {
        last = ScalaFutures.cause(e).toString();
      }
      pause(tries, last);
      // Somebody else may have changed the members meanwhile: theirs stands.
      now = find();
    }
  }

  private SetConfigurationRequest request(Members now, boolean in) {
    return new SetConfigurationRequest(
        clientId,
        now.leader(),
        groupId,
        callIds.incrementAndGet(),
        SetConfigurationRequest.Arguments.newBuilder()
            .setServersInCurrentConf(now.peers())
            .setServersInNewConf(with(now.peers(), in))
            .setMode(Mode.COMPARE_AND_SET)
            .build());
  }

  private List<RaftPeer> with(List<RaftPeer> peers, boolean in) {
    List<RaftPeer> next =
        new ArrayList<>(peers.stream().filter(peer -> !peer.getId().equals(self)).toList());
    if (in) {
      StoreSettings.Peer own = settings.selfPeer().orElseThrow();
      next.add(RaftPeer.newBuilder().setId(self).setAddress(own.host() + ":" + own.port()).build());
    }
    return next;
  }

  private void pause(int tries, String why) throws IOException {
    if (tries % TRIES_PER_REPORT == 0) {
      LOG.error("{} still waits for a majority of the others to take it back; last: {}", self, why);
    }
    if (stopped.getAsBoolean()) {
      throw new IOException("stopped while waiting for the others: " + why);
    }
    LockSupport.parkNanos(RETRY.toNanos());
  }

  @Override
  public void close() throws IOException {
    rpc.close();
  }
}
